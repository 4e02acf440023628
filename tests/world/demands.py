"""Demands as two invented people bring them to an end: one asks, the other answers."""

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from sqlalchemy import Engine, select

from gateway.authorising.catalogue import check_draft
from gateway.habilitation import Draft, Status, load
from gateway.ledger.entry import Entry
from gateway.ledger.tables import ENTRY
from gateway.store.approvals import Approval, decide
from gateway.store.deeds import DEEDS
from gateway.store.habilitation_answers import approve
from gateway.store.habilitation_demands import Demand, request, submit
from gateway.store.habilitations import current
from tests.world.habilitations import EXAMPLES

NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
ASKS, ANSWERS = "camille", "dominique"


def draft(**changes: Any) -> Draft:
    """What somebody may ask for: the published example, changed as a test wishes."""
    return replace(load(EXAMPLES / "contacts-rdv-insertion.example.toml"), **changes)


def submitted(
    engine: Engine, asked: Draft | None = None, *, by: str = ASKS, now: datetime = NOW
) -> Demand:
    """A demand that waits for an answer."""
    made = request(engine, asked or draft(), by=by, motive="convention", now=now)
    return submit(engine, made.number, by=by, check=judged(now.date()), now=now)


def granted(engine: Engine, asked: Draft | None = None, *, now: datetime = NOW) -> Demand:
    """A demand that was approved to the letter."""
    made = submitted(engine, asked, now=now)
    return approve(engine, made.number, by=ANSWERS, digest=digest(made), now=now)


def digest(demand: Demand) -> str:
    """The digest of what was shown."""
    assert demand.approval is not None
    return demand.approval.digest


def judged(on: date) -> Any:
    """The catalogue, on a day."""
    return partial(check_draft, on=on)


def acts(engine: Engine) -> list[tuple[str, str]]:
    """What the ledger tells, and who did it."""
    with engine.begin() as connection:
        bodies = connection.scalars(select(ENTRY.c.body).order_by(ENTRY.c.seq)).all()
    return [(e.act.value, e.actor) for e in (Entry.decode(bytes(body)) for body in bodies)]


def status(engine: Engine) -> Status | None:
    """Where the habilitation stands, None before its first version."""
    with engine.begin() as connection:
        found = current(connection, draft().id, NOW.date())
    return found.status if found is not None else None


def answered(engine: Engine, asked: Approval, *, by: str, agrees: bool, now: Any = NOW) -> Approval:
    """As `passerelle approval` does."""
    return decide(engine, asked.id, by=by, agrees=agrees, then=DEEDS[asked.matter], now=now)
