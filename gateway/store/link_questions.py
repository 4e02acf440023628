"""The human queue: pairs of subjects that a person must judge, as the crossings find them.

1. A pair is one question for ever, whatever the crossings: its number is random and stays.
2. A crossing says every question it asks; one it no longer asks is over (`gone`), and comes back if asked
   again. One that was decided waits for nothing; undone, it is open again.
3. Nothing here says who anybody is: subjects are random, reasons are words.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from gateway.errors import NotAuthorised
from gateway.store.tables import LINK_DECISION, LINK_QUESTION


class State(StrEnum):
    """Where a question stands."""

    OPEN = "open"
    DECIDED = "decided"
    GONE = "gone"


BETWEEN = " ; "  # of the reasons of one question


@dataclass(frozen=True, slots=True)
class Asked:
    """What a crossing asks of one pair. `grade`: X or D of the passes, S of the scorer (with its weight)."""

    left: str
    right: str
    grade: str
    why: str
    band: str = ""
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One pair in the queue."""

    id: str
    departement: str
    asked: Asked
    first_seen: datetime
    last_seen: datetime
    state: State


def keep_questions(
    connection: Connection, departement: str, asked: Iterable[Asked], *, now: datetime
) -> int:
    """Write what a crossing asks; give how many questions are open. To be called as the one writer."""
    known = {(one.asked.left, one.asked.right): one for one in _read(connection, departement)}
    decided = _decided(connection, departement)
    fresh = []
    for one in asked:
        before = known.pop((one.left, one.right), None)
        told = _row(one) | {"state": _state(one, decided).value, "last_seen": now}
        if before is None:
            fresh.append(
                {"id": secrets.token_hex(6), "departement": departement, "first_seen": now, **told}
            )
        else:
            _update(connection, before.id, **told)
    if fresh:
        connection.execute(insert(LINK_QUESTION), fresh)
    for over in known.values():
        if over.state is State.OPEN:
            _update(connection, over.id, state=State.GONE.value)
    return len(open_questions(connection, departement))


def open_questions(connection: Connection, departement: str | None = None) -> Sequence[Question]:
    """What waits for a person, oldest first."""
    return [one for one in _read(connection, departement) if one.state is State.OPEN]


def all_questions(connection: Connection, departement: str | None = None) -> Sequence[Question]:
    """Every question ever asked, oldest first."""
    return _read(connection, departement)


def find_question(connection: Connection, question: str) -> Question:
    """One question. Raises `NotAuthorised` when there is none of that number."""
    row = connection.execute(select(LINK_QUESTION).where(LINK_QUESTION.c.id == question)).first()
    if row is None:
        raise NotAuthorised(f"aucune question {question} : passerelle person link list les donne")
    return _of(row)


def mark(connection: Connection, departement: str, left: str, right: str, state: State) -> None:
    """Say where the question of a pair stands."""
    connection.execute(
        update(LINK_QUESTION)
        .where(
            LINK_QUESTION.c.departement == departement,
            LINK_QUESTION.c.left == left,
            LINK_QUESTION.c.right == right,
        )
        .values(state=state.value)
    )


def _state(one: Asked, decided: frozenset[tuple[str, str]]) -> State:
    return State.DECIDED if (one.left, one.right) in decided else State.OPEN


def _decided(connection: Connection, departement: str) -> frozenset[tuple[str, str]]:
    rows = connection.execute(
        select(LINK_DECISION.c.left, LINK_DECISION.c.right).where(
            LINK_DECISION.c.departement == departement, LINK_DECISION.c.undone_at.is_(None)
        )
    )
    return frozenset((row.left, row.right) for row in rows)


def _row(one: Asked) -> dict[str, Any]:
    return {
        "left": one.left,
        "right": one.right,
        "grade": one.grade,
        "band": one.band,
        "weight": one.weight,
        "why": one.why,
    }


def _update(connection: Connection, question: str, **values: object) -> None:
    connection.execute(update(LINK_QUESTION).where(LINK_QUESTION.c.id == question).values(**values))


def _read(connection: Connection, departement: str | None) -> list[Question]:
    wanted = select(LINK_QUESTION).order_by(LINK_QUESTION.c.first_seen, LINK_QUESTION.c.id)
    if departement is not None:
        wanted = wanted.where(LINK_QUESTION.c.departement == departement)
    return [_of(row) for row in connection.execute(wanted)]


def _of(row: Row[Any]) -> Question:
    asked = Asked(row.left, row.right, row.grade, row.why, row.band, row.weight)
    return Question(row.id, row.departement, asked, row.first_seen, row.last_seen, State(row.state))
