"""What recipients answered to releases: the last word of each, with its entry, written together.

1. A final word is never replaced by one that is not; otherwise the later word stands.
2. The same word again, or an older one, writes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, select, update

from gateway.ledger.entry import Entry
from gateway.ledger.log import append
from gateway.store.database import one_writer
from gateway.store.tables import RELEASE

# Words that come before a recipient has made up its mind.
ON_THE_WAY = ("received", "readable")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Word:
    """What a recipient said of a release, and when as far as its place tells."""

    answer: str
    said_at: datetime | None

    @property
    def rank(self) -> tuple[bool, datetime]:
        """What makes a word stand over another."""
        return self.answer not in ON_THE_WAY, self.said_at or _LONG_AGO


def awaited(connection: Connection, recipient: str) -> Mapping[str, str]:
    """Releases delivered to this recipient where it can answer: what was prepared → which release."""
    rows = connection.execute(
        select(RELEASE.c.prepared, RELEASE.c.id).where(
            RELEASE.c.recipient == recipient, RELEASE.c.delivered, RELEASE.c.prepared != ""
        )
    )
    return {row.prepared: row.id for row in rows}


@dataclass(frozen=True, slots=True)
class Delivered:
    """A release its recipient can answer, since when, and what it said of it (empty: nothing yet)."""

    release: str
    delivered_at: datetime
    answer: str


def delivered_to(connection: Connection, recipient: str) -> Sequence[Delivered]:
    """What was delivered to this recipient where it can answer, oldest first.

    What an earlier version delivered has no date, and is not waited for; nor is what was taken back.
    """
    rows = connection.execute(
        select(RELEASE.c.id, RELEASE.c.delivered_at, RELEASE.c.answer)
        .where(
            RELEASE.c.recipient == recipient,
            RELEASE.c.delivered,
            RELEASE.c.prepared != "",
            RELEASE.c.delivered_at.is_not(None),
            RELEASE.c.withdrawn_at.is_(None),
        )
        .order_by(RELEASE.c.delivered_at)
    )
    return [Delivered(row.id, row.delivered_at, row.answer or "") for row in rows]


def mark_answered(engine: Engine, release: str, word: Word, entry: Entry) -> bool:
    """Write a word and its entry, unless it says nothing new; say whether it did."""
    with one_writer(engine) as connection:
        row = connection.execute(
            select(RELEASE.c.answer, RELEASE.c.answered_at).where(RELEASE.c.id == release)
        ).one()
        standing = _standing(row.answer, row.answered_at)
        if standing is not None and word.rank <= standing.rank:
            return False
        index = append(connection, entry)
        said_at = word.said_at or datetime.now(UTC)
        connection.execute(
            update(RELEASE)
            .where(RELEASE.c.id == release)
            .values(answer=word.answer, answered_at=said_at, answered_index=index)
        )
        return True


def _standing(answer: str | None, at: datetime | None) -> Word | None:
    if answer is None or at is None:
        return None
    return Word(answer, at)
