"""What people decide of two subjects: one person (two people agree), or two (one says so). Undone by one.

1. A link takes two people, like what cannot be taken back from whoever read it; telling two subjects apart,
   or undoing a decision, only takes away: one person, with a motive.
2. A decision is one more fact that `gateway.identity.resolve` reads: nothing is merged, nothing to unmerge.
3. Each is a ledger entry in the same unit of work; it names the question, never a subject's identity.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, insert, select, update

from gateway.errors import NotAuthorised
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.store.approvals import Approval, Matter, ask, digest_of
from gateway.store.database import one_writer
from gateway.store.link_questions import Question, State, find_question, mark
from gateway.store.tables import LINK_DECISION

SAME, DIFFERENT = "same", "different"
_NEVER_ASKED: Final = "cette question n'attend plus de réponse"


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided of one pair; in force while `undone_at` is None."""

    id: str
    departement: str
    left: str
    right: str
    verdict: str
    motive: str
    by: str
    seconded_by: str
    at: datetime
    undone_at: datetime | None


def in_force(connection: Connection, departement: str) -> Sequence[Decision]:
    """What `resolve` reads, by pair."""
    rows = connection.execute(
        select(LINK_DECISION)
        .where(LINK_DECISION.c.departement == departement, LINK_DECISION.c.undone_at.is_(None))
        .order_by(LINK_DECISION.c.left, LINK_DECISION.c.right)
    )
    return [_of(row) for row in rows]


def decisions_digest(connection: Connection, departement: str) -> str:
    """What a crossing stands on, of decisions: another one when any is taken or undone. Empty: none."""
    known = in_force(connection, departement)
    text = "\n".join(f"{one.left} {one.right} {one.verdict}" for one in known)
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def every_decision(connection: Connection) -> Sequence[Decision]:
    """All of them, undone or not, oldest first."""
    rows = connection.execute(
        select(LINK_DECISION).order_by(LINK_DECISION.c.at, LINK_DECISION.c.id)
    )
    return [_of(row) for row in rows]


def ask_together(
    engine: Engine, question: str, *, by: str, motive: str, now: datetime | None = None
) -> Approval:
    """Ask a second person to agree that two subjects are one. Raises `NotAuthorised`."""
    with engine.begin() as connection:
        shown = shown_of(_waiting(connection, question))
    return ask(engine, Matter.LINK, question, shown, by=by, motive=motive, now=now)


def come_together(connection: Connection, given: Approval) -> None:
    """What the approval allows: the link, decided by two people."""
    question = _waiting(connection, given.subject)
    if digest_of(Matter.LINK, question.id, shown_of(question)) != given.digest:
        raise NotAuthorised(
            f"la question {question.id} n'est plus celle qui a été lue : redemandez"
        )
    at = given.decided_at or datetime.now(UTC)
    by, second = given.requested_by, given.decided_by
    _decide(connection, question, SAME, by=by, second=second, motive=given.motive, at=at)


def tell_apart(
    engine: Engine, question: str, *, by: str, motive: str, now: datetime | None = None
) -> Decision:
    """Say that two subjects are two people. Raises `NotAuthorised`."""
    at = now or datetime.now(UTC)
    with one_writer(engine) as connection:
        asked = _waiting(connection, question)
        return _decide(connection, asked, DIFFERENT, by=by, second="", motive=motive, at=at)


def undo(
    engine: Engine, decision: str, *, by: str, motive: str, now: datetime | None = None
) -> Decision:
    """Take a decision back: the pair is a question again. Raises `NotAuthorised`."""
    at = now or datetime.now(UTC)
    with one_writer(engine) as connection:
        known = _find(connection, decision)
        if known.undone_at is not None:
            raise NotAuthorised(f"la décision {decision} a déjà été défaite")
        connection.execute(
            update(LINK_DECISION)
            .where(LINK_DECISION.c.id == decision)
            .values(undone_at=at, undone_by=by, undone_motive=motive)
        )
        mark(connection, known.departement, known.left, known.right, State.OPEN)
        facts = {"departement": known.departement, "verdict": known.verdict}
        append(connection, Entry(Act.LINK_UNDONE, at, decision, actor=by, facts=facts))
        return _find(connection, decision)


def shown_of(question: Question) -> Mapping[str, str]:
    """What both people approve: the question and the pair, by references."""
    asked = question.asked
    return {
        "question": question.id,
        "departement": question.departement,
        "sujet_departement": asked.left,
        "sujet_pole_emploi": asked.right,
        "grade": asked.grade,
        "pourquoi": asked.why,
        "effet": "une seule personne à partir du prochain croisement",
    }


def _waiting(connection: Connection, question: str) -> Question:
    found = find_question(connection, question)
    if found.state is not State.OPEN:
        raise NotAuthorised(_NEVER_ASKED)
    return found


def _decide(
    connection: Connection,
    question: Question,
    verdict: str,
    *,
    by: str,
    second: str,
    motive: str,
    at: datetime,
) -> Decision:
    decision = secrets.token_hex(6)
    asked = question.asked
    connection.execute(
        insert(LINK_DECISION).values(
            id=decision,
            departement=question.departement,
            left=asked.left,
            right=asked.right,
            verdict=verdict,
            motive=motive,
            by=by,
            seconded_by=second or None,
            at=at,
        )
    )
    mark(connection, question.departement, asked.left, asked.right, State.DECIDED)
    facts = {"departement": question.departement, "question": question.id, "verdict": verdict}
    append(connection, Entry(Act.LINK_DECIDED, at, decision, actor=second or by, facts=facts))
    return _find(connection, decision)


def _find(connection: Connection, decision: str) -> Decision:
    row = connection.execute(select(LINK_DECISION).where(LINK_DECISION.c.id == decision)).first()
    if row is None:
        raise NotAuthorised(f"aucune décision {decision} : passerelle person link decisions")
    return _of(row)


def _of(row: Row[Any]) -> Decision:
    return Decision(
        row.id,
        row.departement,
        row.left,
        row.right,
        row.verdict,
        row.motive,
        row.by,
        row.seconded_by or "",
        row.at,
        row.undone_at,
    )
