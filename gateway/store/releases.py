"""Crossings and releases: what was computed, what was authorised, what left."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from gateway.errors import CeilingReached
from gateway.ledger.entry import Entry
from gateway.ledger.log import append, written_at
from gateway.store.database import one_writer
from gateway.store.tables import CROSSING, RELEASE
from gateway.store.webhooks import Event, announce_release

# Entries are dated before they are numbered: two may be in the other order, by this much at most.
_APART: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Crossed:
    """One crossing of one département as of one date, by reference: what it found is sealed.

    `signals` and `people` speak of pseudonyms; `persons` says which subjects were one person, sealed with
    identities; `lives` how long each signal has lived. Empty: made by an earlier version.
    """

    id: str
    departement: str
    as_of: date
    signals: str
    counts: str
    version: str
    people: str = ""
    persons: str = ""
    lives: str = ""


@dataclass(frozen=True, slots=True)
class Extracted:
    """One extract, sealed for its recipient and not yet authorised to leave."""

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
    sealed: str
    sealed_size: int
    seconds: float


def keep_crossing(engine: Engine, crossed: Crossed, entry: Entry) -> int:
    """Store a crossing and its entry; the second time gives the first's index."""
    with one_writer(engine) as connection:
        known = connection.scalar(
            select(CROSSING.c.ledger_index).where(CROSSING.c.id == crossed.id)
        )
        if known is not None:
            return int(known)
        index = append(connection, entry)
        connection.execute(
            insert(CROSSING).values(
                id=crossed.id,
                departement=crossed.departement,
                as_of=crossed.as_of,
                signals=crossed.signals,
                counts=crossed.counts,
                version=crossed.version,
                ledger_index=index,
                people=crossed.people,
                persons=crossed.persons,
                lives=crossed.lives,
            )
        )
        return index


def authorise(
    engine: Engine, extracted: Extracted, entry: Entry, *, daily_rows: int | None = None
) -> int:
    """Write the entry that lets a release leave; the second time gives the first's index.

    `daily_rows`: the most its habilitation lets leave on the day (UTC) of the entry. Two at once cannot
    both pass: what is counted is still true when it is written. Raises `CeilingReached`.
    """
    with one_writer(engine) as connection:
        row = connection.execute(
            select(RELEASE.c.authorised_index).where(RELEASE.c.id == extracted.id)
        ).first()
        if row is not None:
            return int(row.authorised_index)
        if daily_rows is not None:
            _check_ceiling(connection, extracted, entry.at, daily_rows)
        index = append(connection, entry)
        connection.execute(
            insert(RELEASE).values(
                id=extracted.id,
                product=extracted.product,
                recipient=extracted.recipient,
                departement=extracted.departement,
                period=extracted.period,
                habilitation=extracted.habilitation,
                habilitation_version=extracted.habilitation_version,
                habilitation_digest=extracted.habilitation_digest,
                name=extracted.name,
                sha256=extracted.sha256,
                size=extracted.size,
                rows=extracted.rows,
                sealed=extracted.sealed,
                sealed_size=extracted.sealed_size,
                authorised_index=index,
                delivered=False,
                seconds=extracted.seconds,
            )
        )
        return index


def _check_ceiling(
    connection: Connection, extracted: Extracted, at: datetime, daily_rows: int
) -> None:
    already = rows_authorised(connection, extracted.habilitation, at)
    if already + extracted.rows > daily_rows:
        raise CeilingReached(
            f"plafond du jour atteint : {already} lignes déjà autorisées aujourd'hui, "
            f"{extracted.rows} demandées, {daily_rows} au plus par jour"
        )


def rows_authorised(connection: Connection, habilitation: str, at: datetime) -> int:
    """How many rows left or may leave under a habilitation, all versions, on the day (UTC) of `at`."""
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = connection.execute(
        select(RELEASE.c.rows, RELEASE.c.authorised_index)
        .where(RELEASE.c.habilitation == habilitation)
        .order_by(RELEASE.c.authorised_index.desc())
    )
    total = 0
    for row in rows:
        written = written_at(connection, row.authorised_index)
        if written < day - _APART:
            break
        total += row.rows if day <= written < day + timedelta(days=1) else 0
    return total


def write_manifest(engine: Engine, release: str, manifest: str) -> str:
    """Fix the manifest of a release: the first one written is the one that leaves, for ever."""
    with one_writer(engine) as connection:
        known = connection.scalar(select(RELEASE.c.manifest).where(RELEASE.c.id == release))
        if known is not None:
            return str(known)
        connection.execute(update(RELEASE).where(RELEASE.c.id == release).values(manifest=manifest))
        return manifest


def keep_prepared(engine: Engine, release: str, prepared: str) -> str:
    """What its place gave for a release: the first one written is the one that will be delivered."""
    with one_writer(engine) as connection:
        known = connection.scalar(select(RELEASE.c.prepared).where(RELEASE.c.id == release))
        if known is not None:
            return str(known)
        connection.execute(update(RELEASE).where(RELEASE.c.id == release).values(prepared=prepared))
        return prepared


def find_prepared(engine: Engine, release: str) -> str | None:
    """What was prepared for a release; None when nothing stands."""
    with engine.begin() as connection:
        known = connection.scalar(select(RELEASE.c.prepared).where(RELEASE.c.id == release))
    return None if known is None else str(known)


def forget_prepared(engine: Engine, release: str) -> None:
    """What was prepared stands there no more."""
    with one_writer(engine) as connection:
        connection.execute(update(RELEASE).where(RELEASE.c.id == release).values(prepared=None))


def mark_delivered(engine: Engine, release: str, location: str, entry: Entry) -> int:
    """The recipient's place holds it: said once."""
    with one_writer(engine) as connection:
        known = connection.scalar(select(RELEASE.c.delivered_index).where(RELEASE.c.id == release))
        if known is not None:
            return int(known)
        index = append(connection, entry)
        connection.execute(
            update(RELEASE)
            .where(RELEASE.c.id == release)
            .values(
                delivered=True,
                delivered_index=index,
                delivered_at=datetime.now(UTC),
                location=location,
            )
        )
        announce_release(connection, release, Event.RELEASE_AVAILABLE, entry.at)
        return index


def refuse_release(engine: Engine, entry: Entry) -> int:
    """No grant in force: nothing leaves, and that is written."""
    with engine.begin() as connection:
        return append(connection, entry)


def find_crossing(connection: Connection, crossing: str) -> Crossed | None:
    """A crossing already done."""
    row = connection.execute(select(CROSSING).where(CROSSING.c.id == crossing)).first()
    return None if row is None else _crossed(row)


def latest_crossing(connection: Connection, departement: str, as_of: date) -> Crossed | None:
    """The last crossing of a département as of a date."""
    row = connection.execute(
        select(CROSSING)
        .where(CROSSING.c.departement == departement, CROSSING.c.as_of == as_of)
        .order_by(CROSSING.c.ledger_index.desc())
        .limit(1)
    ).first()
    return None if row is None else _crossed(row)


def last_crossing(connection: Connection, departement: str) -> Crossed | None:
    """The last crossing of a département, whatever its date."""
    row = connection.execute(
        select(CROSSING)
        .where(CROSSING.c.departement == departement)
        .order_by(CROSSING.c.as_of.desc(), CROSSING.c.ledger_index.desc())
        .limit(1)
    ).first()
    return None if row is None else _crossed(row)


def first_followed(connection: Connection, departement: str) -> date | None:
    """The date of the first crossing of a département that kept the lives of its signals."""
    kept = select(func.min(CROSSING.c.as_of)).where(
        CROSSING.c.departement == departement, CROSSING.c.lives != ""
    )
    found: date | None = connection.scalar(kept)
    return found


def find_release(connection: Connection, release: str) -> Row[Any] | None:
    """One release."""
    return connection.execute(select(RELEASE).where(RELEASE.c.id == release)).first()


def find_extracted(connection: Connection, release: str) -> Extracted | None:
    """The extract of a release already authorised."""
    columns = [RELEASE.c[field.name] for field in fields(Extracted)]
    row = connection.execute(select(*columns).where(RELEASE.c.id == release)).first()
    return None if row is None else Extracted(*row)


def next_edition(
    connection: Connection, product: str, recipient: str, departement: str, period: date
) -> int:
    """Which release of this product for this period the next one is: 1, then 2 for a correction."""
    count = select(func.count()).where(
        RELEASE.c.product == product,
        RELEASE.c.recipient == recipient,
        RELEASE.c.departement == departement,
        RELEASE.c.period == period,
    )
    return connection.execute(count).scalar_one() + 1


def edition_of(connection: Connection, release: str) -> int:
    """Which release of its product for its period one already authorised is: 1, then 2."""
    this, other = RELEASE.alias("this"), RELEASE.alias("other")
    same = ("product", "recipient", "departement", "period")
    count = select(func.count()).where(
        this.c.id == release,
        *(other.c[column] == this.c[column] for column in same),
        other.c.authorised_index <= this.c.authorised_index,
    )
    return connection.execute(count).scalar_one()


def all_releases(connection: Connection) -> Sequence[Row[Any]]:
    """Every release, in the order they were authorised."""
    return connection.execute(select(RELEASE).order_by(RELEASE.c.authorised_index)).all()


def _crossed(row: Row[Any]) -> Crossed:
    return Crossed(*(getattr(row, field.name) for field in fields(Crossed)))
