"""A delivery judged and kept as the path does, without a file: what its sender is answered."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Engine

from gateway.delivery import Kept
from gateway.errors import Refused
from gateway.stages.admit import Place, Terms, admit_content, admit_name, admit_period
from gateway.stages.keep import keep
from gateway.store.deliveries import Passport, index_version
from schemas.codes import Code
from schemas.registry import contract
from tests.world.records import DAY, collected, digest, passport, refusal, treated

TERMS = Terms(contract("cd-parcours"))


def numbered(number: int, *, partner: str = "cd", **changes: Any) -> Passport:
    """What the lookout reads of a well-named file of that number; each one is another delivery."""
    name = f"CD-PARCOURS_08_20220615_{number:06}_V1.csv"
    label = str(changes.pop("label", number))
    given = {"name": name, "sequence": number, "partner": partner, "stated_departement": "08"}
    return passport(f"cd-parcours-{partner}-{label}", **(given | changes))


def judged(engine: Engine, shown: Passport, content: str, terms: Terms = TERMS) -> Place | Code:
    """The verdict on a delivery of this content, nothing kept yet."""
    try:
        admit_name(shown, terms)
        with engine.begin() as connection:
            place = admit_content(connection, shown, digest(content), terms)
            admit_period(connection, shown, shown.reference_date or DAY, terms)
    except Refused as refused:
        return refused.code
    return place


def kept(engine: Engine, shown: Passport, content: str, verdict: Place | Code) -> Kept:
    """That verdict kept; or not, if the history moved since."""
    held = replace(collected(), delivery=shown.delivery, digest=digest(f"sealed {content}"))
    if isinstance(verdict, Code):
        return keep(engine, shown, held, refusal(shown.delivery, verdict))
    with engine.begin() as connection:
        version = index_version(connection, shown.departement)
    outcome = treated(
        shown.delivery,
        base_version=version,
        history=verdict.history,
        plaintext=digest(content),
        reference_date=shown.reference_date,
    )
    return keep(engine, shown, held, outcome)


def arrive(
    engine: Engine,
    shown: Passport,
    content: str = "",
    terms: Terms = TERMS,
    *,
    faulty: Code | None = None,
) -> Code | None:
    """Judge and keep; give the code of the refusal, None when accepted. `faulty`: refused for that else."""
    content = content or shown.delivery
    verdict = judged(engine, shown, content, terms)
    if faulty is not None and isinstance(verdict, Place):
        verdict = faulty
    found = kept(engine, shown, content, verdict)
    assert not found.stale
    return found.code
