"""Persons to erase: asked by one, ordered by another, then carried out where the frames can be opened.

    asked → ordered → rewritten → done        (asked and never answered: forgotten)

1. A line holds random subjects only, and none once the person is erased.
2. The ledger, the request and the line know the identifier as a commitment: who asked was given the salt,
   once; it is kept nowhere.
3. `rewritten`: nothing that is named speaks of the person any more. A second look, `SECOND_LOOK` later,
   ends it: what was walking meanwhile has been kept by then, and is rewritten too.
"""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Column, Connection, Engine, Row, delete, insert, select, update

from gateway.errors import NotAuthorised
from gateway.store.approvals import LIFETIME, Approval, Matter, ask
from gateway.store.database import one_writer
from gateway.store.tables import ERASURE, LINK_DECISION, LINK_QUESTION

SECOND_LOOK: Final = timedelta(hours=1)
# Columns that name subjects, in lines that decide something of two of them. Whoever adds one names it here.
SPOKEN_OF: Final[tuple[Column[str], ...]] = (
    LINK_QUESTION.c.left,
    LINK_QUESTION.c.right,
    LINK_DECISION.c.left,
    LINK_DECISION.c.right,
)


class State(StrEnum):
    """Where an erasure stands; values are stable."""

    ASKED = "asked"
    ORDERED = "ordered"
    REWRITTEN = "rewritten"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Erasure:
    """One erasure. `subjects`: whom, until it is done. `counts`: what was touched."""

    id: str
    departement: str
    state: State
    subjects: tuple[str, ...]
    commitment: str
    counts: Mapping[str, int]
    asked_at: datetime
    erased_at: datetime | None
    ledger_index: int | None


def ask_erasure(
    engine: Engine,
    departement: str,
    subject: str,
    commitment: str,
    held: Mapping[str, int],
    *,
    by: str,
    motive: str,
) -> Approval:
    """Ask a second person to have somebody erased; `held` is what both read of what we have."""
    at, identity = datetime.now(UTC), f"effacement-{secrets.token_hex(6)}"
    shown = {
        "departement": departement,
        "engagement": commitment,
        **{name: str(number) for name, number in held.items()},
        "effet": "la personne est effacée de tout ce qui est gardé ; rien ne la rend",
    }
    with one_writer(engine) as connection:
        connection.execute(delete(ERASURE).where(ERASURE.c.state == State.ASKED.value, _old(at)))
        connection.execute(
            insert(ERASURE).values(
                id=identity,
                departement=departement,
                state=State.ASKED.value,
                subjects=json.dumps([subject]),
                commitment=commitment,
                counts="{}",
                asked_at=at,
            )
        )
    return ask(engine, Matter.ERASURE, identity, shown, by=by, motive=motive, now=at)


def order_erasure(connection: Connection, given: Approval) -> None:
    """What the approval allows. Raises `NotAuthorised` when it was asked too long ago."""
    asked = update(ERASURE).where(
        ERASURE.c.id == given.subject, ERASURE.c.state == State.ASKED.value
    )
    if connection.execute(asked.values(state=State.ORDERED.value)).rowcount != 1:
        raise NotAuthorised(f"{given.subject} n'est plus à ordonner : redemandez l'effacement")


def unfinished(connection: Connection) -> Sequence[Erasure]:
    """What is ordered and not over, oldest first."""
    states = [State.ORDERED.value, State.REWRITTEN.value]
    rows = connection.execute(
        select(ERASURE)
        .where(ERASURE.c.state.in_(states))
        .order_by(ERASURE.c.asked_at, ERASURE.c.id)
    )
    return [_of(row) for row in rows]


def every_erasure(connection: Connection) -> Sequence[Erasure]:
    """Every erasure ever ordered or asked, oldest first."""
    return [_of(row) for row in connection.execute(select(ERASURE).order_by(ERASURE.c.asked_at))]


def find_erasure(connection: Connection, identity: str) -> Erasure:
    """One erasure. Raises `NotAuthorised` when there is none of that id."""
    row = connection.execute(select(ERASURE).where(ERASURE.c.id == identity)).first()
    if row is None:
        raise NotAuthorised(f"aucun effacement {identity} : passerelle person erasures les donne")
    return _of(row)


def mark_rewritten(
    connection: Connection,
    erasure: Erasure,
    subjects: Iterable[str],
    counts: Mapping[str, int],
    *,
    at: datetime,
    ledger_index: int,
) -> None:
    """Nothing named speaks of these subjects any more."""
    _update(
        connection,
        erasure,
        state=State.REWRITTEN.value,
        subjects=json.dumps(sorted(subjects)),
        counts=json.dumps(dict(counts), sort_keys=True),
        erased_at=at,
        ledger_index=ledger_index,
    )


def mark_done(connection: Connection, erasure: Erasure) -> None:
    """It is over: the line says when and how much, and no longer who."""
    _update(connection, erasure, state=State.DONE.value, subjects="[]")


def _update(connection: Connection, erasure: Erasure, **values: object) -> None:
    connection.execute(update(ERASURE).where(ERASURE.c.id == erasure.id).values(**values))


def _old(now: datetime) -> Any:  # noqa: ANN401 - a condition of SQL
    return ERASURE.c.asked_at <= now - LIFETIME


def _of(row: Row[Any]) -> Erasure:
    return Erasure(
        row.id,
        row.departement,
        State(row.state),
        tuple(json.loads(row.subjects)),
        row.commitment,
        json.loads(row.counts),
        row.asked_at,
        row.erased_at,
        row.ledger_index,
    )
