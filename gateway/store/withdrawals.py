"""Releases taken back at their recipient's place: which are to be, that one began, how it ended.

1. To be taken back: delivered, not collected, not answered, under a habilitation that is suspended, revoked
   or expired on that day; or begun by an operator, and not ended.
2. A withdrawal is begun in the database before anything is removed, so that nobody else hands it over
   meanwhile, and whoever comes after a kill knows that what is gone may have been removed by us.
3. It ends with its entry, in one unit of work: once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, func, select, update

from gateway.errors import NotAuthorised
from gateway.habilitation import Status
from gateway.ledger.entry import Entry
from gateway.ledger.log import append
from gateway.store.database import one_writer
from gateway.store.habilitations import every_current
from gateway.store.tables import HABILITATION_EVENT, HABILITATION_VERSION, RELEASE
from gateway.store.webhooks import Event, announce_release

DECISION: Final = "DECISION"
CLOSED = (Status.SUSPENDED, Status.REVOKED, Status.EXPIRED)


@dataclass(frozen=True, slots=True)
class Left:
    """A release to take back. `why`: how its habilitation stands, `DECISION` when somebody decided."""

    id: str
    recipient: str
    habilitation: str
    name: str
    sealed: str
    sealed_size: int
    manifest: str
    why: str


def standing_mark(connection: Connection, on: date) -> tuple[object, ...]:
    """What changes whenever something may have to be taken back: cheap to ask, every few seconds."""
    decided = select(func.max(HABILITATION_EVENT.c.ledger_index))
    approved = select(func.max(HABILITATION_VERSION.c.ledger_index))
    delivered = select(func.max(RELEASE.c.delivered_index))
    begun = select(func.max(RELEASE.c.withdrawn_at))
    every = (decided, approved, delivered, begun)
    return (on, *(connection.scalar(query) for query in every))


def to_take_back(connection: Connection, on: date) -> Sequence[Left]:
    """Every release to take back on a day, oldest first. Raises `Misconfigured`."""
    closed = {
        one.id: one.status.value for one in every_current(connection, on) if one.status in CLOSED
    }
    waiting = select(RELEASE).where(
        RELEASE.c.delivered.is_(True),
        RELEASE.c.collected_at.is_(None),
        RELEASE.c.answered_at.is_(None),
        RELEASE.c.withdrawn_index.is_(None),
        RELEASE.c.habilitation.in_(closed) | RELEASE.c.withdrawn_at.is_not(None),
    )
    rows = connection.execute(waiting.order_by(RELEASE.c.authorised_index)).all()
    return [_left(row, closed) for row in rows]


def find_left(connection: Connection, release: str) -> Left:
    """One release an operator takes back. Raises `NotAuthorised` when there is none of that id."""
    row = connection.execute(select(RELEASE).where(RELEASE.c.id == release)).first()
    if row is None:
        raise NotAuthorised(f"aucune publication {release} : passerelle release list les donne")
    return _left(row, {})


def begin_withdrawal(
    engine: Engine, release: str, *, motive: str = "", now: datetime | None = None
) -> bool:
    """Nobody hands it over any more; say whether it is the first attempt. Raises `NotAuthorised`."""
    with one_writer(engine) as connection:
        row = connection.execute(select(RELEASE).where(RELEASE.c.id == release)).one()
        why = _why_not(row)
        if why:
            raise NotAuthorised(f"{release} ne peut plus être reprise : elle {why}")
        if row.withdrawn_at is not None:
            return False
        connection.execute(
            update(RELEASE)
            .where(RELEASE.c.id == release)
            .values(withdrawn_at=now or datetime.now(UTC), withdrawn_motive=motive)
        )
        return True


def mark_withdrawn(engine: Engine, release: str, entry: Entry, *, collected: bool) -> bool:
    """It ended, and this is its entry; say whether it had not yet. `collected`: nothing stood there."""
    with one_writer(engine) as connection:
        known = connection.execute(
            select(RELEASE.c.withdrawn_index).where(RELEASE.c.id == release)
        ).scalar_one()
        if known is not None:
            return False
        index = append(connection, entry)
        values: dict[str, object] = {"withdrawn_index": index, "withdrawn_at": entry.at}
        if collected:
            values |= {"collected_at": entry.at, "collected_index": index}
        connection.execute(update(RELEASE).where(RELEASE.c.id == release).values(**values))
        if not collected:
            announce_release(connection, release, Event.RELEASE_WITHDRAWN, entry.at)
        return True


def _why_not(row: Row[Any]) -> str:
    told = {
        "n'est pas encore remise : suspendez son habilitation": not row.delivered,
        "a été collectée": row.collected_at is not None,
        "a reçu une réponse de son destinataire": row.answered_at is not None,
        "est déjà reprise": row.withdrawn_index is not None,
    }
    return next((why for why, holds in told.items() if holds), "")


def _left(row: Row[Any], closed: dict[str, str]) -> Left:
    return Left(
        row.id,
        row.recipient,
        row.habilitation,
        row.name,
        row.sealed,
        row.sealed_size,
        row.manifest or "",
        closed.get(row.habilitation, DECISION),
    )
