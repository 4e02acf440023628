"""Releases as their recipient finds them by the API: which are its own, where each stands, what was fetched.

1. A release is its recipient's alone, and exists for it once it was delivered: another's is not found.
2. Before a byte of it leaves, an entry says which; the ceiling of the day is counted in the same unit of
   work, so that two downloads at once cannot pass it together. What was not sent is given back.
3. Its last byte sent, it was collected: an entry, once for each time it was left there.
4. Left there again, it is counted from that day: what was said and done before stays in the ledger.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Engine, Row, insert, select, update

from gateway.errors import GatewayError, NotAuthorised
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.store.database import one_writer
from gateway.store.tables import PICKUP_DAY, RELEASE

Facts: TypeAlias = Mapping[str, str | int]
SUFFIX: Final = ".gpg"


class Standing(StrEnum):
    """Where a release stands at its pick-up."""

    AVAILABLE = "disponible"
    COLLECTED = "retiree"
    WITHDRAWN = "reprise"
    EXPIRED = "expiree"


class CopiesSpent(GatewayError):
    """This release has left as many times as it may today."""


@dataclass(frozen=True, slots=True)
class Pickup:
    """One release of one recipient, as its row says. The file is OpenPGP: `file_sha256`, `file_size` are its own."""

    id: str
    product: str
    recipient: str
    departement: str
    period: date
    habilitation: str
    habilitation_version: int
    habilitation_digest: str
    name: str
    sha256: str
    size: int
    rows: int
    file_sha256: str
    file_size: int
    authorised_index: int
    delivered_index: int
    delivered_at: datetime
    collected_at: datetime | None
    collected_index: int | None
    withdrawn_at: datetime | None
    withdrawn_index: int | None
    answer: str
    answered_at: datetime | None

    @property
    def file(self) -> str:
        """Its name at the pick-up."""
        return f"{self.name}{SUFFIX}"

    def standing(self, now: datetime, keep_days: int | None) -> Standing:
        """Where it stands, if it stays so many days there (None: for ever)."""
        if self.withdrawn_at is not None:
            return Standing.WITHDRAWN
        if keep_days is not None and now - self.delivered_at >= timedelta(days=keep_days):
            return Standing.EXPIRED
        return Standing.COLLECTED if self.is_collected else Standing.AVAILABLE

    @property
    def is_collected(self) -> bool:
        """Whether it was fetched whole since it was left there last."""
        return self.collected_at is not None and self.collected_at >= self.delivered_at


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which releases of a recipient: of a product, of a département, of a period, delivered before an index."""

    product: str = ""
    departement: str = ""
    since: date | None = None
    before: int | None = None


def find_pickup(connection: Connection, release: str, recipient: str) -> Pickup | None:
    """One release of this recipient; None when there is none it may know of."""
    row = connection.execute(
        select(RELEASE).where(
            RELEASE.c.id == release, RELEASE.c.recipient == recipient, RELEASE.c.delivered
        )
    ).first()
    return None if row is None else _pickup(row)


def pickups(
    connection: Connection, recipient: str, wanted: Wanted, *, limit: int
) -> Sequence[Pickup]:
    """The releases of a recipient, the last delivered first, so many at most."""
    query = select(RELEASE).where(RELEASE.c.recipient == recipient, RELEASE.c.delivered)
    if wanted.product:
        query = query.where(RELEASE.c.product == wanted.product)
    if wanted.departement:
        query = query.where(RELEASE.c.departement == wanted.departement)
    if wanted.since is not None:
        query = query.where(RELEASE.c.period >= wanted.since)
    if wanted.before is not None:
        query = query.where(RELEASE.c.delivered_index < wanted.before)
    last_first = RELEASE.c.delivered_index.desc()
    rows = connection.execute(query.order_by(last_first).limit(limit)).all()
    return [_pickup(row) for row in rows]


def manifest_of(connection: Connection, release: str) -> str:
    """The manifest that left with a release; empty when there is none."""
    return connection.scalar(select(RELEASE.c.manifest).where(RELEASE.c.id == release)) or ""


def note_fetch(
    engine: Engine,
    pickup: Pickup,
    count: int,
    *,
    ceiling: int,
    facts: Facts,
    now: datetime | None = None,
) -> int:
    """Count `count` bytes of today's `ceiling` and write that they leave. Raises `CopiesSpent`, `NotAuthorised`."""
    at = now or datetime.now(UTC)
    with one_writer(engine) as connection:
        withdrawn = select(RELEASE.c.withdrawn_at).where(RELEASE.c.id == pickup.id)
        if connection.execute(withdrawn).scalar_one() is not None:
            raise NotAuthorised("la publication a été reprise")
        left = _fetched(connection, pickup.id, at.date())
        if left + count > ceiling:
            raise CopiesSpent
        _count(connection, pickup.id, at.date(), left + count)
        said: Facts = {
            "recipient": pickup.recipient,
            "file_sha256": pickup.file_sha256,
            "bytes": count,
        }
        return append(
            connection, Entry(Act.RELEASE_FETCHED, at, pickup.id, facts={**said, **facts})
        )


def give_back(engine: Engine, release: str, day: date, count: int) -> None:
    """These bytes of a download did not leave after all."""
    with one_writer(engine) as connection:
        left = _fetched(connection, release, day)
        _count(connection, release, day, max(0, left - count))


def mark_collected(engine: Engine, pickup: Pickup, facts: Facts) -> int:
    """Its last byte was sent: said once for each time it was left there. Give the entry's index."""
    at = datetime.now(UTC)
    with one_writer(engine) as connection:
        row = connection.execute(select(RELEASE).where(RELEASE.c.id == pickup.id)).one()
        known = _pickup(row)
        if known.is_collected and known.collected_index is not None:
            return known.collected_index
        said: Facts = {"recipient": pickup.recipient, "file_sha256": pickup.file_sha256}
        entry = Entry(Act.RELEASE_COLLECTED, at, pickup.id, facts={**said, **facts})
        return _change(connection, pickup.id, entry, "collected")


def mark_redelivered(engine: Engine, pickup: Pickup, facts: Facts) -> int:
    """It was left there again. Raises `NotAuthorised` when it was taken back meanwhile."""
    at = datetime.now(UTC)
    with one_writer(engine) as connection:
        row = connection.execute(select(RELEASE).where(RELEASE.c.id == pickup.id)).one()
        if row.withdrawn_at is not None:
            raise NotAuthorised("la publication a été reprise")
        said: Facts = {"recipient": pickup.recipient, "file_sha256": pickup.file_sha256}
        entry = Entry(Act.RELEASE_REDELIVERED, at, pickup.id, facts={**said, **facts})
        index = append(connection, entry)
        connection.execute(update(RELEASE).where(RELEASE.c.id == pickup.id).values(delivered_at=at))
        return index


def note_stopped(engine: Engine, pickup: Pickup, why: str, facts: Facts) -> int:
    """A download was stopped on its way, and why."""
    said: Facts = {"recipient": pickup.recipient, "why": why}
    entry = Entry(Act.RELEASE_STOPPED, datetime.now(UTC), pickup.id, facts={**said, **facts})
    with one_writer(engine) as connection:
        return append(connection, entry)


def keep_message(engine: Engine, release: str, message: str) -> None:
    """What a recipient adds to its answer."""
    with one_writer(engine) as connection:
        connection.execute(
            update(RELEASE).where(RELEASE.c.id == release).values(answer_message=message)
        )


def _change(connection: Connection, release: str, entry: Entry, what: str) -> int:
    index = append(connection, entry)
    values = {f"{what}_at": datetime.now(UTC), f"{what}_index": index}
    connection.execute(update(RELEASE).where(RELEASE.c.id == release).values(**values))
    return index


def _fetched(connection: Connection, release: str, day: date) -> int:
    column = PICKUP_DAY.c
    known = connection.scalar(
        select(column.bytes).where(column.release == release, column.day == day)
    )
    return int(known or 0)


def _count(connection: Connection, release: str, day: date, count: int) -> None:
    column = PICKUP_DAY.c
    changed = connection.execute(
        update(PICKUP_DAY).where(column.release == release, column.day == day).values(bytes=count)
    )
    if not changed.rowcount:
        connection.execute(insert(PICKUP_DAY).values(release=release, day=day, bytes=count))


def _pickup(row: Row[Any]) -> Pickup:
    # What an earlier version delivered has no date: it is as old as can be.
    left = row.delivered_at or datetime.min.replace(tzinfo=UTC)
    return Pickup(
        id=row.id,
        product=row.product,
        recipient=row.recipient,
        departement=row.departement,
        period=row.period,
        habilitation=row.habilitation,
        habilitation_version=row.habilitation_version,
        habilitation_digest=row.habilitation_digest,
        name=row.name,
        sha256=row.sha256,
        size=row.size,
        rows=row.rows,
        file_sha256=row.sealed,
        file_size=row.sealed_size,
        authorised_index=row.authorised_index,
        delivered_index=row.delivered_index,
        delivered_at=left,
        collected_at=row.collected_at,
        collected_index=row.collected_index,
        withdrawn_at=row.withdrawn_at,
        withdrawn_index=row.withdrawn_index,
        answer=row.answer or "",
        answered_at=row.answered_at,
    )
