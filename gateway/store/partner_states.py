"""What operators decided of a partner: in test, active, paused, gone. No line: active.

1. `test`: only files marked as tests are taken, nothing is released to it.
2. `paused`: its places are not looked at, nothing is released; what waits there waits.
3. `offboarded`: the same for good, and none of its keys is in force any more.
Every change is a ledger entry, in the same unit of work.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, Engine, insert, select, update

from gateway.errors import NotAuthorised
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.store.database import one_writer
from gateway.store.tables import PARTNER_STATE


class State(StrEnum):
    """Where a partner stands; values are stable."""

    TEST = "test"
    ACTIVE = "active"
    PAUSED = "paused"
    OFFBOARDED = "offboarded"


STATES: Final[Mapping[State, str]] = {
    State.TEST: "en recette",
    State.ACTIVE: "en service",
    State.PAUSED: "en pause",
    State.OFFBOARDED: "parti",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """The present state of one partner, the one before, who decided it and why."""

    state: State = State.ACTIVE
    was: State = State.ACTIVE
    motive: str = ""
    by: str = ""
    since: datetime | None = None


def standing_of(connection: Connection, partner: str) -> Standing:
    """Where one partner stands."""
    return standings(connection).get(partner, Standing())


def standings(connection: Connection) -> Mapping[str, Standing]:
    """Every partner somebody decided about."""
    return {
        row.partner: Standing(
            State(row.state),
            State(row.was),
            row.motive,
            row.by,
            row.since,
        )
        for row in connection.execute(select(PARTNER_STATE))
    }


def change(engine: Engine, partner: str, state: State, *, by: str, motive: str) -> None:
    """Decide of a partner. Raises `NotAuthorised`: one that left comes back under another alias."""
    with one_writer(engine) as connection:
        write(connection, partner, state, by=by, motive=motive)


def write(connection: Connection, partner: str, state: State, *, by: str, motive: str) -> None:
    """The same, inside somebody else's unit of work."""
    at, before = datetime.now(UTC), standings(connection).get(partner)
    if before is not None and before.state is State.OFFBOARDED:
        raise NotAuthorised(f"{partner} est parti : son retour se déclare sous un autre nom court")
    was = (before or Standing()).state
    values = {
        "state": state.value,
        "was": was.value,
        "motive": motive,
        "by": by,
        "since": at,
    }
    if before is None:
        connection.execute(insert(PARTNER_STATE).values(partner=partner, **values))
    else:
        connection.execute(
            update(PARTNER_STATE).where(PARTNER_STATE.c.partner == partner).values(**values)
        )
    facts = {"state": state.value, "was": was.value}
    append(connection, Entry(Act.PARTNER_CHANGED, at, partner, actor=by, facts=facts))
