"""Write one coherent invented département, laid out like the folder its partners would fill.

1. Same arguments, same bytes: everything is drawn from generators seeded by the arguments.
2. People are drawn and written one after the other; what stays in memory is the list of identifiers
   (so that none is given twice) and the rows of the contact feed (so that they can be sorted).
3. Some households are couples; some spouses are known to the CNAF only; some people are known to
   Pôle emploi only, here or in another département.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from random import Random

from schemas.generator import casting, nir, pe
from schemas.generator.defects import LEAST_PEOPLE
from schemas.generator.desk import Desk
from schemas.generator.people import Member, Registry
from schemas.generator.scenarios import Scenario
from schemas.generator.truth import Truth
from schemas.generator.wishes import Wishes
from schemas.generator.witness import Nobody, Witness

_DEPARTEMENT = re.compile(r"0[1-9]|1\d|2[1-9AB]|[3-8]\d|9[0-5]|97[1-8]|98[678]")


def write_departement(
    into: Path,
    *,
    departement: str,
    people: int,
    seed: int,
    as_of: date,
    witness: Witness | None = None,
) -> Truth:
    """Write the folder `into` and tell what was drawn; `people` counts those the CD follows.

    A `witness` is shown everybody as they are written; it changes none of the bytes.

    Raises `ValueError` when there are fewer people than defects to place, or no such département.
    """
    check_possible(departement, people)
    for folder in ("cnaf", "pe", "cd", "expected"):
        (into / folder).mkdir(parents=True, exist_ok=True)
    rng = Random(f"{departement}:{seed}:{people}:{as_of}")
    registry = Registry(rng, departement=departement, as_of=as_of)
    wishes, seen = Wishes(departement, people, seed, as_of), witness or Nobody()
    seen.opened(registry)
    with ExitStack() as files:
        desk = Desk(files, into, registry, rng, wishes=wishes, witness=seen)
        for member, scenario in _population(registry, rng, people):
            if scenario is None:
                desk.acquaint(member)
            else:
                desk.enrol(member, scenario)
        desk.finish()
        seen.closed()
    rows = desk.conclude(seed)
    return _truth(registry, rows, departement=departement, seed=seed, as_of=as_of)


def check_possible(departement: str, people: int) -> None:
    """Raise `ValueError` when there are too few people, or no such département."""
    if people < LEAST_PEOPLE:
        raise ValueError(f"at least {LEAST_PEOPLE} people, one per known defect")
    if not _DEPARTEMENT.fullmatch(departement):
        raise ValueError("two digits, 2A, 2B, or three digits overseas")


def _population(
    registry: Registry, rng: Random, people: int
) -> Iterator[tuple[Member, Scenario | None]]:
    """Everybody the CNAF knows; those without scenario are unknown to the département."""
    single: Member | None = None
    for scenario in casting.cast(rng, people):
        if single is not None and rng.random() < 0.12:
            member = registry.spouse(single, provisional=scenario.provisional)
            single = None
        else:
            member = registry.applicant(provisional=scenario.provisional)
            single = member
        yield member, scenario
        if single is not None and rng.random() < 0.05:
            yield registry.spouse(single), None
            single = None


def _truth(
    registry: Registry, rows: dict[str, int], *, departement: str, seed: int, as_of: date
) -> Truth:
    drawn = registry.drawn
    return Truth(
        departement=departement,
        as_of=as_of,
        pe_reference=pe.reference_date(as_of),
        seed=seed,
        rows=rows,
        nirs13=frozenset(drawn.nirs13),
        nirs15=frozenset(map(nir.with_key, drawn.nirs13)),
        names=frozenset(drawn.names),
        first_names=frozenset(drawn.first_names),
        birth_dates=frozenset(drawn.birth_dates),
        emails=frozenset(drawn.emails),
        phones=frozenset(drawn.phones),
        matricules=frozenset(drawn.matricules),
        numdemrsa=frozenset(drawn.numdemrsa),
        pe_ids=frozenset(drawn.pe_ids),
        cd_ids=frozenset(drawn.cd_ids),
    )
