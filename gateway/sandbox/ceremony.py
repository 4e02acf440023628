"""The key ceremony of invented partners, played by two invented people: the demo and tests have nobody else."""

from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from gateway.authorising.catalogue import check_draft
from gateway.enrolment import propose_openpgp
from gateway.habilitation import Draft, load
from gateway.pgp import fingerprint_of
from gateway.settings import Settings
from gateway.store.approvals import decide
from gateway.store.database import open_engine
from gateway.store.deeds import DEEDS
from gateway.store.habilitation_answers import approve as agree
from gateway.store.habilitation_demands import request, submit
from gateway.store.habilitations import current
from gateway.store.partner_keys import Kind, Standing, keys_of

FIRST, SECOND = "administratrice-un", "administrateur-deux"
MOTIVE = "cérémonie du bac à sable"


def enrol(settings: Settings, folder: Path) -> None:
    """Bring into force the key of each partner that has one in `folder`; twice is once."""
    settings.var.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = open_engine(settings.database_url)
    try:
        for partner in settings.partners:
            path = folder / f"{partner.alias}.asc"
            if not path.is_file():
                continue
            with engine.begin() as connection:
                known = keys_of(connection, partner.alias)
            if any((k.kind, k.standing) == (Kind.OPENPGP, Standing.IN_FORCE) for k in known):
                continue
            approve(engine, partner.alias, path.read_text("utf-8"))
    finally:
        engine.dispose()


def habilitate(settings: Settings, folder: Path) -> None:
    """Approve the habilitation of each draft in `folder` that is not approved as it is; twice is once."""
    settings.var.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = open_engine(settings.database_url)
    try:
        for path in sorted(folder.glob("*.toml")):
            grant_to(engine, load(path))
    finally:
        engine.dispose()


def grant_to(engine: Engine, draft: Draft) -> None:
    """Approve one draft, as two people would, unless its last version says the same."""
    with engine.begin() as connection:
        known = current(connection, draft.id, draft.starts)
    if known is not None and known.digest() == draft.digest():
        return
    asked = request(engine, draft, by=FIRST, motive=MOTIVE)
    # Weeks of the past are replayed: the day it is judged on is the day it begins.
    submitted = submit(engine, asked.number, by=FIRST, check=partial(check_draft, on=draft.starts))
    if submitted.approval is not None:
        agree(engine, asked.number, by=SECOND, digest=submitted.approval.digest)


def approve(engine: Engine, partner: str, armored: str) -> None:
    """Bring one key into force, as two people would."""
    spoken = fingerprint_of(armored)
    asked = propose_openpgp(engine, partner, armored, read_aloud=spoken, by=FIRST, motive=MOTIVE)
    decide(engine, asked.id, by=SECOND, agrees=True, then=DEEDS[asked.matter])
