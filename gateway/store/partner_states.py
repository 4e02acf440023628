"""What an operator decided of a partner: active unless a line says otherwise."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Connection, select

from gateway.store.tables import PARTNER_STATE


class State(StrEnum):
    """Where a partner stands; values are stable."""

    ACTIVE = "active"
    PAUSED = "paused"
    OFFBOARDED = "offboarded"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a partner stands, and since when; None: it was always so."""

    state: str = State.ACTIVE.value
    since: datetime | None = None


def state_of(connection: Connection, partner: str) -> str:
    """Where a partner stands."""
    return standing_of(connection, partner).state


def standing_of(connection: Connection, partner: str) -> Standing:
    """Where a partner stands, and since when."""
    row = connection.execute(
        select(PARTNER_STATE).where(PARTNER_STATE.c.partner == partner)
    ).first()
    if row is None:
        return Standing()
    since: datetime = row.since
    return Standing(row.state, since if since.tzinfo else since.replace(tzinfo=UTC))
