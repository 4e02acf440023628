"""Deliveries, their partitions and the identity index: what `keep` writes and others read."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, func, insert, or_, select, update

from gateway.delivery import Collected, Counts, Refusal, Treated, Verdict
from gateway.ledger.entry import Entry
from gateway.ledger.log import append
from gateway.store.database import one_writer
from gateway.store.tables import DELIVERY, IDENTITY_INDEX, PARTITION
from schemas.codes import Code

# A delivery refused before its bytes were ours has nothing in the vault.
NOTHING = ""
_LATEST = (
    PARTITION.c.reference_date.desc(),
    PARTITION.c.sent_at.desc(),
    PARTITION.c.kept_order.desc(),
)


@dataclass(frozen=True, slots=True)
class Passport:
    """Who sent what: known before the bytes are."""

    delivery: str
    flow: str
    partner: str
    departement: str
    name: str
    reference_date: date | None = None
    stated_departement: str = ""
    is_well_named: bool = True
    sent_at: datetime | None = None
    post: str = ""  # where it waits; empty in what an earlier version wrote
    arrival: str = ""  # its key there; empty in what an earlier version wrote
    sequence: int | None = None  # as its name states it
    environment: str = ""  # as its name states it: P or T
    is_test: bool = False  # an echo: answered, never kept with journeys, never crossed
    replay_of: str = ""  # the delivery that an operator has treated again
    waives: tuple[Code, ...] = ()  # the checks that two people set aside for these bytes


@dataclass(frozen=True, slots=True)
class Partition:
    """One accepted full set: where its facts and identities are sealed."""

    delivery: str
    flow: str
    reference_date: date
    facts: str
    identities: str
    sent_at: datetime


class Stale(Exception):
    """Another delivery changed meanwhile what this one was judged by: the index, or its flow's history."""


def keep_treated(
    engine: Engine,
    passport: Passport,
    collected: Collected | None,
    treated: Treated,
    entry: Entry,
    *,
    also: Callable[[Connection], object] | None = None,
) -> Row[Any]:
    """Store an accepted delivery and its entry; give what is of record. Raises `Stale`.

    `also` is written with them, or not at all.
    """
    with one_writer(engine) as connection:
        known = find_delivery(connection, passport.delivery)
        if known is not None:
            return known
        known_index = index_version(connection, passport.departement)
        if not passport.is_test and known_index != treated.base_version:
            raise Stale
        history = accepted_so_far(connection, passport.partner, passport.flow)
        if not passport.is_test and history != treated.history:
            raise Stale
        index = append(connection, entry)
        if not passport.is_test:
            _insert_partition(connection, passport, treated, index)
        values = _of_record(passport, collected, treated) | {"verdict": Verdict.ACCEPTED}
        if also is not None:
            also(connection)
        return _insert(connection, values | {"reference_date": treated.reference_date}, index)


def keep_refusal(
    engine: Engine,
    passport: Passport,
    collected: Collected | None,
    refusal: Refusal,
    entry: Entry,
    *,
    also: Callable[[Connection], object] | None = None,
) -> Row[Any]:
    """Store a refusal or a duplicate and its entry; give what is of record.

    `also` is written with them, or not at all.
    """
    verdict = Verdict.DUPLICATE if refusal.code is Code.DUPLICATE else Verdict.REFUSED
    with one_writer(engine) as connection:
        known = find_delivery(connection, passport.delivery)
        if known is not None:
            return known
        index = append(connection, entry)
        values = _of_record(passport, collected, refusal)
        kept = _insert(connection, values | {"verdict": verdict, "code": refusal.code}, index)
        if also is not None:
            also(connection)
        return kept


def mark_acknowledged(
    engine: Engine, passport: Passport, keys: Sequence[str], entry_of: Callable[[Row[Any]], Entry]
) -> None:
    """The sender was told of this delivery, and of its others whose arrivals are given: once each."""
    waited = and_(DELIVERY.c.partner == passport.partner, DELIVERY.c.arrival.in_(keys))
    with one_writer(engine) as connection:
        told = connection.execute(
            select(DELIVERY)
            .where(DELIVERY.c.acknowledged_at.is_(None))
            .where(or_(DELIVERY.c.id == passport.delivery, waited))
            .order_by(DELIVERY.c.ledger_index)
        ).all()
        for row in told:
            connection.execute(
                update(DELIVERY)
                .where(DELIVERY.c.id == row.id)
                .values(acknowledged_at=datetime.now(UTC))
            )
            append(connection, entry_of(row))


def index_version(connection: Connection, departement: str) -> int:
    """The present version of a département's identity index; 0 when there is none."""
    found = connection.scalar(
        select(func.max(IDENTITY_INDEX.c.version)).where(
            IDENTITY_INDEX.c.departement == departement
        )
    )
    return found or 0


def index_digest(connection: Connection, departement: str) -> str | None:
    """Where the present identity index is sealed."""
    return connection.scalar(
        select(IDENTITY_INDEX.c.digest)
        .where(IDENTITY_INDEX.c.departement == departement)
        .order_by(IDENTITY_INDEX.c.version.desc())
        .limit(1)
    )


def accepted_so_far(connection: Connection, partner: str, flow: str) -> int:
    """How many deliveries of this flow were accepted from this partner: it moves with their history."""
    counted = select(func.count()).where(
        DELIVERY.c.partner == partner,
        DELIVERY.c.flow == flow,
        DELIVERY.c.verdict == Verdict.ACCEPTED,
        DELIVERY.c.is_test.is_(False),
    )
    return connection.scalar(counted) or 0


def latest_partition(
    connection: Connection,
    departement: str,
    flow: str,
    *,
    kind: str | None = None,
    until: date | None = None,
    before: date | None = None,
) -> Partition | None:
    """The last accepted full set of a flow: latest reference date, then last sent, then last kept.

    `kind`: of one kind of file only; `until` and `before`: that speaks of this day or earlier, of an
    earlier one.
    """
    conditions = [PARTITION.c.departement == departement, PARTITION.c.flow == flow]
    if kind is not None:
        conditions.append(PARTITION.c.kind == kind)
    if until is not None:
        conditions.append(PARTITION.c.reference_date <= until)
    if before is not None:
        conditions.append(PARTITION.c.reference_date < before)
    row = connection.execute(
        select(PARTITION).where(*conditions).order_by(*_LATEST).limit(1)
    ).first()
    return None if row is None else _partition(row)


def partitions_of(connection: Connection, departement: str, flow: str) -> Sequence[Partition]:
    """Every accepted file of a flow, oldest first: by reference date, then sent, then kept."""
    rows = connection.execute(
        select(PARTITION)
        .where(PARTITION.c.departement == departement, PARTITION.c.flow == flow)
        .order_by(PARTITION.c.reference_date, PARTITION.c.sent_at, PARTITION.c.kept_order)
    )
    return [_partition(row) for row in rows]


def partitions_between(
    connection: Connection, departement: str, flow: str, *, kind: str, since: date, until: date
) -> Sequence[Partition]:
    """The full sets of one kind that speak of a day between these two, the last one first."""
    rows = connection.execute(
        select(PARTITION)
        .where(PARTITION.c.departement == departement, PARTITION.c.flow == flow)
        .where(PARTITION.c.kind == kind, PARTITION.c.reference_date.between(since, until))
        .order_by(*_LATEST)
    )
    return [_partition(row) for row in rows]


def previous_partition(
    connection: Connection, passport: Passport, reference: date
) -> Partition | None:
    """The last accepted full set of this sender, flow and département before this one; None for a first.

    Before: an earlier day, or the same day sent earlier. A replay is compared to what was before the
    delivery it replays.
    """
    sent = passport.sent_at or datetime.now(UTC)
    earlier = and_(PARTITION.c.reference_date == reference, PARTITION.c.sent_at <= sent)
    itself = (DELIVERY.c.id == passport.delivery, DELIVERY.c.id == (passport.replay_of or None))
    replays = DELIVERY.c.replay_of == (passport.replay_of or passport.delivery)
    row = connection.execute(
        select(PARTITION)
        .where(PARTITION.c.departement == passport.departement)
        .where(PARTITION.c.flow == passport.flow, PARTITION.c.partner == passport.partner)
        .where(or_(PARTITION.c.reference_date < reference, earlier))
        .where(PARTITION.c.delivery.not_in(select(DELIVERY.c.id).where(or_(*itself, replays))))
        .order_by(*_LATEST)
        .limit(1)
    ).first()
    return None if row is None else _partition(row)


def all_deliveries(connection: Connection) -> Sequence[Row[Any]]:
    """Every delivery, in ledger order."""
    return connection.execute(select(DELIVERY).order_by(DELIVERY.c.ledger_index)).all()


def find_delivery(connection: Connection, delivery: str) -> Row[Any] | None:
    """One delivery."""
    return connection.execute(select(DELIVERY).where(DELIVERY.c.id == delivery)).first()


def _partition(row: Row[Any]) -> Partition:
    return Partition(
        row.delivery, row.flow, row.reference_date, row.facts, row.identities, row.sent_at
    )


def _insert(connection: Connection, values: Mapping[str, object], index: int) -> Row[Any]:
    connection.execute(
        insert(DELIVERY).values(received_at=datetime.now(UTC), ledger_index=index, **values)
    )
    kept = find_delivery(connection, str(values["id"]))
    if kept is None:
        raise LookupError("a row just written is not there")
    return kept


def _of_record(
    passport: Passport, collected: Collected | None, outcome: Treated | Refusal
) -> dict[str, object]:
    counts: Counts = outcome.counts
    return {
        "id": passport.delivery,
        "flow": passport.flow,
        "partner": passport.partner,
        "departement": passport.departement,
        "name": passport.name,
        "digest": collected.digest if collected else NOTHING,
        "size": collected.size if collected else 0,
        "code": None,
        "stage": outcome.stage if isinstance(outcome, Refusal) else "keep",
        "plaintext": outcome.plaintext,
        "contract_version": outcome.contract_version,
        "rows_read": counts.read,
        "rows_accepted": counts.accepted,
        "rows_rejected": counts.rejected,
        "rows_ignored": counts.ignored,
        "report": outcome.report,
        "codes": json.dumps(dict(outcome.codes), sort_keys=True),
        "timings": _timings(collected, outcome),
        "arrival": passport.arrival,
        "sequence": passport.sequence,
        "is_test": passport.is_test,
        "replay_of": passport.replay_of or None,
        "rejects": outcome.rejects,
        "kind": outcome.kind if isinstance(outcome, Treated) else "",
    }


def _insert_partition(
    connection: Connection, passport: Passport, treated: Treated, index: int
) -> None:
    connection.execute(
        insert(IDENTITY_INDEX).values(
            departement=passport.departement,
            version=treated.base_version + 1,
            digest=treated.index,
        )
    )
    connection.execute(
        insert(PARTITION).values(
            delivery=passport.delivery,
            departement=passport.departement,
            flow=passport.flow,
            partner=passport.partner,
            reference_date=treated.reference_date,
            sent_at=passport.sent_at or datetime.now(UTC),
            kept_order=index,
            facts=treated.facts,
            identities=treated.identities,
            rows=treated.counts.accepted,
            kind=treated.kind,
        )
    )


def _timings(collected: Collected | None, outcome: Treated | Refusal) -> str:
    first = {"collect": collected.seconds} if collected else {}
    spent = {**first, **outcome.timings}
    return ";".join(f"{stage}={seconds:.3f}" for stage, seconds in spent.items())
