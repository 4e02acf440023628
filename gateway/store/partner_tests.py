"""Tests sent to partners, and what they answered. A test holds nobody and is never a release."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.store.database import one_writer
from gateway.store.tables import DELIVERY, PARTNER_TEST


@dataclass(frozen=True, slots=True)
class Sent:
    """One test: what its recipient's place must be told (`prepared`), and the last word of it."""

    name: str
    partner: str
    sha256: str
    sent_at: datetime
    prepared: str
    answer: str = ""
    answered_at: datetime | None = None


def keep_sent(engine: Engine, sent: Sent, *, by: str) -> None:
    """Write that a test leaves, before it does. Raises `IntegrityError` under a name already taken."""
    with one_writer(engine) as connection:
        connection.execute(
            insert(PARTNER_TEST).values(
                name=sent.name,
                partner=sent.partner,
                sha256=sent.sha256,
                sent_at=sent.sent_at,
                sent_by=by,
                prepared=sent.prepared,
            )
        )
        facts = {"test": "sent", "sha256": sent.sha256}
        append(connection, Entry(Act.PARTNER_CHANGED, sent.sent_at, sent.partner, by, facts))


def keep_answer(engine: Engine, sent: Sent, answer: str) -> bool:
    """Write what a partner answered to a test, once each; say whether it is new."""
    at = datetime.now(UTC)
    with one_writer(engine) as connection:
        standing = connection.scalar(
            select(PARTNER_TEST.c.answer).where(PARTNER_TEST.c.name == sent.name)
        )
        if standing == answer:
            return False
        connection.execute(
            update(PARTNER_TEST)
            .where(PARTNER_TEST.c.name == sent.name)
            .values(answer=answer, answered_at=at)
        )
        facts = {"test": "answered", "answer": answer, "sha256": sent.sha256}
        append(connection, Entry(Act.PARTNER_CHANGED, at, sent.partner, facts=facts))
        return True


def sent_to(connection: Connection, partner: str) -> Sequence[Sent]:
    """The tests sent to a partner, oldest first."""
    ordered = select(PARTNER_TEST).order_by(PARTNER_TEST.c.sent_at, PARTNER_TEST.c.name)
    return [
        _of(row) for row in connection.execute(ordered.where(PARTNER_TEST.c.partner == partner))
    ]


def last_received(connection: Connection, partner: str) -> Mapping[str, Any] | None:
    """The last test file this partner sent us: its delivery and its verdict."""
    row = connection.execute(
        select(DELIVERY.c.id, DELIVERY.c.verdict, DELIVERY.c.code, DELIVERY.c.received_at)
        .where(DELIVERY.c.partner == partner, DELIVERY.c.is_test)
        .order_by(DELIVERY.c.ledger_index.desc())
        .limit(1)
    ).first()
    return None if row is None else dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name


def _of(row: Row[Any]) -> Sent:
    return Sent(
        row.name,
        row.partner,
        row.sha256,
        row.sent_at,
        row.prepared,
        row.answer or "",
        row.answered_at,
    )
