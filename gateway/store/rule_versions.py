"""What each département decided of its rules: versions numbered from 1, each decided by two people.

1. A version is written once, by the answer of the second person, and never changed: `08-3` means the same
   for ever. To undo one is to decide another.
2. In force on a day: the version whose effective date is the latest on or before it; of two with the same
   date, the last decided.
3. The request shows the whole content and what it changes. If another version was decided meanwhile, what
   was shown is no longer what would change: the answer is refused.
4. The content is text here: what it means is the business of the rules (`gateway.rules.written`).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, select

from gateway.errors import NotAuthorised
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.store.approvals import Approval, Matter, ask
from gateway.store.tables import RULE_CONFIGURATION


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """One version of one département."""

    departement: str
    number: int
    effective: date
    content: str
    sha256: str
    approval: str
    proposed_by: str
    approved_by: str
    decided_at: datetime

    @property
    def version(self) -> str:
        """Its name, as signals bear it: `08-3`."""
        return f"{self.departement}-{self.number}"


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody proposes: the whole content, from when, and what it changes of what version."""

    departement: str
    number: int
    effective: date
    content: str
    replaces: str
    changes: Mapping[str, str]

    @property
    def shown(self) -> Mapping[str, str]:
        """What both people read."""
        changes = {f"change {name}": what for name, what in self.changes.items()}
        return {
            "version": f"{self.departement}-{self.number}",
            "en vigueur le": self.effective.isoformat(),
            "remplace": self.replaces,
            **changes,
            "contenu": self.content,
            "sha256": digest(self.content),
        }


def digest(content: str) -> str:
    """SHA-256 of a content."""
    return hashlib.sha256(content.encode()).hexdigest()


def propose(
    engine: Engine, draft: Draft, *, by: str, motive: str, now: datetime | None = None
) -> Approval:
    """Ask a second person. Asking again for the same is asking once."""
    return ask(engine, Matter.RULES, draft.departement, draft.shown, by=by, motive=motive, now=now)


def adopt(connection: Connection, given: Approval) -> None:
    """What the approval allows: this content is the next version of the département."""
    departement, shown = given.subject, given.shown
    number = next_number(connection, departement)
    if shown["version"] != f"{departement}-{number}":
        raise NotAuthorised(
            f"{shown['version']} a été décidée entre-temps : proposez de nouveau, à partir d'elle"
        )
    at = given.decided_at or datetime.now(UTC)
    facts = {
        "departement": departement,
        "version": shown["version"],
        "effective": shown["en vigueur le"],
        "replaces": shown["remplace"],
        "sha256": shown["sha256"],
        "request": given.id,
    }
    entry = Entry(Act.RULES_CHANGED, at, departement, actor=given.decided_by, facts=facts)
    connection.execute(
        insert(RULE_CONFIGURATION).values(
            departement=departement,
            number=number,
            effective=date.fromisoformat(shown["en vigueur le"]),
            content=shown["contenu"],
            sha256=shown["sha256"],
            approval=given.id,
            proposed_by=given.requested_by,
            approved_by=given.decided_by,
            decided_at=at,
            ledger_index=append(connection, entry),
        )
    )


def next_number(connection: Connection, departement: str) -> int:
    """The number the next version of a département will bear."""
    column = RULE_CONFIGURATION.c
    last = connection.scalar(
        select(func.max(column.number)).where(column.departement == departement)
    )
    return int(last or 0) + 1


def decided(connection: Connection, departement: str) -> Sequence[RuleVersion]:
    """Every version of a département, in the order they were decided."""
    rows = connection.execute(
        select(RULE_CONFIGURATION)
        .where(RULE_CONFIGURATION.c.departement == departement)
        .order_by(RULE_CONFIGURATION.c.number)
    )
    return [_of(row) for row in rows]


def in_force(connection: Connection, departement: str, on: date) -> RuleVersion | None:
    """The version in force on a day; None when the département decided none by then."""
    begun = [each for each in decided(connection, departement) if each.effective <= on]
    return max(begun, key=lambda each: (each.effective, each.number), default=None)


def departements(connection: Connection) -> Sequence[str]:
    """The départements that decided something."""
    column = RULE_CONFIGURATION.c.departement
    return list(connection.scalars(select(column).distinct().order_by(column)))


def _of(row: Row[Any]) -> RuleVersion:
    return RuleVersion(
        row.departement,
        row.number,
        row.effective,
        row.content,
        row.sha256,
        row.approval,
        row.proposed_by,
        row.approved_by,
        row.decided_at,
    )
