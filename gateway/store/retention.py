"""What has been kept long enough: found from dates alone, given up in one unit of work with its entry.

1. Bytes as received and rejected lines: from the reception (CASF R262-116-5: the exchange, two months).
   What quarantine holds, or a replay waits for, is not due yet. A replay counts from its original.
2. Facts and identities: from the reception of each file, by source (Pôle emploi: three years from
   transmission). The latest file has no privilege: once older, it is gone.
3. Crossings: from the day they were made, but for the last of each département while its journeys are there.
4. Sealed copies of releases: from their delivery. Versions of an identity index: the last two stay, for
   a treatment may be reading the one before.
5. Lines of deliveries and releases stay: they name no person. The ledger keeps counts only.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select

from gateway.keyring import Drawer
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append, written_at
from gateway.store.database import one_writer
from gateway.store.discards import Given, Thing, gave_up, give_up, note
from gateway.store.quarantine import Standing
from gateway.store.tables import (
    CROSSING,
    DELIVERY,
    IDENTITY_INDEX,
    LINK_CHANGE,
    PARTITION,
    QUARANTINE,
    RELEASE,
    REPLAY,
    UNTRIMMED,
)

VERSIONS: Final = 2


class Kind(StrEnum):
    """What is given up, as people and the ledger read it; values are stable."""

    RECEIVED = "depots_recus"
    REJECTS = "lignes_rejetees"
    PARTITIONS = "fichiers_de_parcours"
    CROSSINGS = "croisements"
    RELEASES = "publications"
    INDEXES = "versions_d_index"
    UNMATCHED = "personnes_non_rapprochees"
    SUBJECTS = "sujets_d_index"
    CALLS = "appels_api"
    TRACES = "traces_api"


@dataclass(frozen=True, slots=True)
class Terms:
    """Calendar months, and days for the people Pôle emploi alone knows."""

    received_months: int = 2
    pe_months: int = 36
    cnaf_months: int = 36
    cd_months: int = 36
    returns_months: int = 12
    crossings_months: int = 6
    releases_months: int = 2
    unmatched_days: int = 45

    def months_of(self, flow: str) -> int:
        """How long the facts of a flow are kept. A flow of an unknown source is kept the shortest."""
        if flow == "cd-retours":
            return self.returns_months
        source = flow.partition("-")[0]
        known = {"pe": self.pe_months, "cnaf": self.cnaf_months, "cd": self.cd_months}
        return known.get(source, min(known.values()))


@dataclass(frozen=True, slots=True)
class Due:
    """One thing kept long enough, and the sealed objects it names."""

    kind: Kind
    holder: str
    departement: str
    things: tuple[Thing, ...]
    rank: int = 0  # of an index, its version


def due(connection: Connection, terms: Terms, now: datetime) -> Sequence[Due]:
    """What must be given up now. Writes nothing."""
    finders = (_received, _partitions, _crossings, _releases, _indexes)
    return [one for find in finders for one in find(connection, terms, now)]


def counted(found: Sequence[Due]) -> Mapping[str, int]:
    """How many of each kind."""
    return dict(sorted(Counter(one.kind.value for one in found).items()))


def give_up_due(engine: Engine, terms: Terms, now: datetime) -> Mapping[str, int]:
    """Stop naming what is due, note its objects to erase, and write one entry, in one unit of work."""
    with one_writer(engine) as connection:
        found = due(connection, terms, now)
        for kind, forget in _FORGET.items():
            forget(connection, [one for one in found if one.kind is kind], now)
        note(connection, (thing for one in found for thing in one.things), now)
        if found:
            append(connection, entry(counted(found), now))
        return counted(found)


def entry(counts: Mapping[str, int], at: datetime) -> Entry:
    """What the ledger keeps of a purge: how many of what, nobody."""
    return Entry(Act.RETENTION_APPLIED, at, f"conservation-{at:%Y-%m-%d}", facts=counts)


def months_before(now: datetime, months: int) -> datetime:
    """The same day so many months earlier; the last of the month when it has no such day."""
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    longest = monthrange(year, month + 1)[1]
    return now.replace(year=year, month=month + 1, day=min(now.day, longest))


def first_received(connection: Connection) -> Mapping[str, datetime]:
    """Delivery → when its bytes first came: a replay's are those of its original."""
    rows = connection.execute(
        select(DELIVERY.c.id, DELIVERY.c.received_at, DELIVERY.c.replay_of)
    ).all()
    at = {row.id: row.received_at for row in rows}
    return {row.id: at.get(row.replay_of, at[row.id]) for row in rows}


def mark_untrimmed(connection: Connection, departement: str, now: datetime) -> None:
    """The identity index of a département may speak of subjects that no kept file speaks of."""
    known = select(UNTRIMMED).where(UNTRIMMED.c.departement == departement)
    if connection.execute(known).first() is None:
        connection.execute(insert(UNTRIMMED).values(departement=departement, since=now))


def _received(connection: Connection, terms: Terms, now: datetime) -> Iterator[Due]:
    limit, first = months_before(now, terms.received_months), first_received(connection)
    held = select(QUARANTINE.c.delivery).where(QUARANTINE.c.state == Standing.HELD.value)
    done = select(DELIVERY.c.id).where(DELIVERY.c.id == REPLAY.c.id).exists()
    awaited = select(REPLAY.c.original).where(~done)
    rows = connection.execute(
        select(DELIVERY).where(DELIVERY.c.id.not_in(held), DELIVERY.c.id.not_in(awaited))
    ).all()
    given = {kind: set(connection.scalars(gave_up(kind))) for kind in Given}
    for row in rows:
        if first[row.id] > limit:
            continue
        if row.digest and row.id not in given[Given.RECEIVED]:
            yield Due(Kind.RECEIVED, row.id, row.departement, ((Drawer.RECEPTION, row.digest),))
        if row.rejects and row.id not in given[Given.REJECTS]:
            yield Due(Kind.REJECTS, row.id, row.departement, ((Drawer.RELEASES, row.rejects),))


def _partitions(connection: Connection, terms: Terms, now: datetime) -> Iterator[Due]:
    first = first_received(connection)
    for row in connection.execute(select(PARTITION).order_by(PARTITION.c.kept_order)).all():
        if first[row.delivery] <= months_before(now, terms.months_of(row.flow)):
            things = ((Drawer.JOURNEYS, row.facts), (Drawer.IDENTITY, row.identities))
            yield Due(Kind.PARTITIONS, row.delivery, row.departement, things)


def _crossings(connection: Connection, terms: Terms, now: datetime) -> Iterator[Due]:
    limit = months_before(now, terms.crossings_months)
    latest = CROSSING.c.as_of.desc(), CROSSING.c.ledger_index.desc()
    followed = set(
        connection.scalars(
            select(PARTITION.c.departement).where(PARTITION.c.flow == "cd-parcours").distinct()
        )
    )
    seen: set[str] = set()
    for row in connection.execute(select(CROSSING).order_by(CROSSING.c.departement, *latest)).all():
        is_last = row.departement not in seen
        seen.add(row.departement)
        stays = is_last and row.departement in followed
        if not stays and written_at(connection, row.ledger_index) <= limit:
            moved = select(LINK_CHANGE.c.moved).where(LINK_CHANGE.c.crossing == row.id)
            identities = (row.persons, *connection.scalars(moved))
            yield Due(Kind.CROSSINGS, row.id, row.departement, _sealed_of(row, identities))


def _sealed_of(row: Row[Any], identities: Iterable[str]) -> tuple[Thing, ...]:
    journeys = (row.signals, row.people, row.lives)
    return (
        *((Drawer.JOURNEYS, one) for one in journeys),
        *((Drawer.IDENTITY, one) for one in identities),
    )


def _releases(connection: Connection, terms: Terms, now: datetime) -> Iterator[Due]:
    limit = months_before(now, terms.releases_months)
    left = select(RELEASE).where(
        RELEASE.c.delivered.is_(True), RELEASE.c.id.not_in(gave_up(Given.RELEASE))
    )
    for row in connection.execute(left.order_by(RELEASE.c.authorised_index)).all():
        # An earlier version did not write when it was delivered.
        at = row.delivered_at or written_at(connection, row.authorised_index)
        if at <= limit:
            yield Due(Kind.RELEASES, row.id, row.departement, ((Drawer.RELEASES, row.sealed),))


def _indexes(connection: Connection, terms: Terms, now: datetime) -> Iterator[Due]:
    del terms, now  # they are copies: none is of use once it was replaced
    last = (
        select(IDENTITY_INDEX.c.departement, func.max(IDENTITY_INDEX.c.version).label("version"))
        .group_by(IDENTITY_INDEX.c.departement)
        .subquery()
    )
    query = select(IDENTITY_INDEX).join(last, last.c.departement == IDENTITY_INDEX.c.departement)
    old = query.where(IDENTITY_INDEX.c.version <= last.c.version - VERSIONS)
    order = IDENTITY_INDEX.c.departement, IDENTITY_INDEX.c.version
    for row in connection.execute(old.order_by(*order)).all():
        things = ((Drawer.IDENTITY, row.digest),)
        yield Due(Kind.INDEXES, row.departement, row.departement, things, row.version)


_Forget = Callable[[Connection, Sequence[Due], datetime], None]


def _forget_received(connection: Connection, found: Sequence[Due], now: datetime) -> None:
    give_up(connection, Given.RECEIVED, (one.holder for one in found), now)


def _forget_rejects(connection: Connection, found: Sequence[Due], now: datetime) -> None:
    give_up(connection, Given.REJECTS, (one.holder for one in found), now)


def _forget_releases(connection: Connection, found: Sequence[Due], now: datetime) -> None:
    give_up(connection, Given.RELEASE, (one.holder for one in found), now)


def _forget_partitions(connection: Connection, found: Sequence[Due], now: datetime) -> None:
    for one in found:
        connection.execute(delete(PARTITION).where(PARTITION.c.delivery == one.holder))
        mark_untrimmed(connection, one.departement, now)


def _forget_crossings(connection: Connection, found: Sequence[Due], now: datetime) -> None:
    del now
    for one in found:
        connection.execute(delete(CROSSING).where(CROSSING.c.id == one.holder))
        connection.execute(delete(LINK_CHANGE).where(LINK_CHANGE.c.crossing == one.holder))


def _forget_indexes(connection: Connection, found: Sequence[Due], now: datetime) -> None:
    del now
    for one in found:
        connection.execute(
            delete(IDENTITY_INDEX).where(
                IDENTITY_INDEX.c.departement == one.holder, IDENTITY_INDEX.c.version == one.rank
            )
        )


_FORGET: Final[Mapping[Kind, _Forget]] = {
    Kind.RECEIVED: _forget_received,
    Kind.REJECTS: _forget_rejects,
    Kind.RELEASES: _forget_releases,
    Kind.PARTITIONS: _forget_partitions,
    Kind.CROSSINGS: _forget_crossings,
    Kind.INDEXES: _forget_indexes,
}
