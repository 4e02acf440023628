"""What somebody asks for, from the first draft to the answer of a second person. Told as D12.

1. REQUESTED: whoever asked may still change it. SUBMITTED: an approval waits, bound to the digest of exactly
   what it shows. CHANGES_REQUESTED: to amend, then submit again. APPROVED, REFUSED: for good.
2. While it is submitted, its approval is the one truth, wherever the answer is given: refused there, it is
   REFUSED; expired there, it is REQUESTED again. Approved there, this line says so in the same unit of work.
3. Who asked amends and submits, alone; somebody else answers (`habilitation_answers`). What DataPass asked
   belongs to the first person who takes it up.
4. Another version approved meanwhile: what was shown is not what would change, so it is submitted again.
5. Every step is a ledger entry. What people write to each other stays here, where it can be erased.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from gateway.errors import Misconfigured, NotAuthorised
from gateway.habilitation import Draft, kept
from gateway.habilitation.difference import difference, reopening, told
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.store import approvals
from gateway.store.approvals import Approval, Matter, ask_within
from gateway.store.database import one_writer
from gateway.store.habilitations import last_approved, next_version, shown
from gateway.store.legal_documents import has_document, keep_documents
from gateway.store.tables import HABILITATION_DEMAND

DATAPASS: Final = "datapass"


class State(StrEnum):
    """Where a demand stands; values are stable."""

    REQUESTED = "REQUESTED"
    SUBMITTED = "SUBMITTED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One demand as it stands. `approval` is the last one asked for; `message`, the last answer."""

    number: int
    draft: Draft
    state: State
    motive: str
    requested_by: str
    requested_at: datetime
    message: str = ""
    approval: Approval | None = None
    decided_by: str = ""
    decided_at: datetime | None = None
    version: int | None = None

    @property
    def name(self) -> str:
        """As people say it: D12."""
        return f"D{self.number}"


def request(
    engine: Engine,
    draft: Draft,
    *,
    by: str,
    motive: str,
    documents: Iterable[bytes] = (),
    now: datetime | None = None,
) -> Demand:
    """Keep a draft that its author may still change. Raises `Misconfigured` (a document)."""
    with one_writer(engine) as connection:
        return request_within(connection, draft, by=by, motive=motive, documents=documents, now=now)


def request_within(
    connection: Connection,
    draft: Draft,
    *,
    by: str,
    motive: str,
    documents: Iterable[bytes] = (),
    now: datetime | None = None,
) -> Demand:
    """The same, in the unit of work of whoever alone writes (`one_writer`)."""
    at = now or datetime.now(UTC)
    keep_documents(connection, documents, at=at)
    number = (connection.scalar(select(func.max(HABILITATION_DEMAND.c.number))) or 0) + 1
    connection.execute(
        insert(HABILITATION_DEMAND).values(
            number=number,
            habilitation=draft.id,
            content=draft.canonical,
            sha256=draft.digest(),
            state=State.REQUESTED.value,
            motive=motive,
            requested_by=by,
            requested_at=at,
            message="",
        )
    )
    demand = find(connection, number, now=at)
    tell_demand(connection, Act.HABILITATION_REQUESTED, demand, by, at)
    return demand


def amend(
    engine: Engine,
    number: int,
    draft: Draft,
    *,
    by: str,
    documents: Iterable[bytes] = (),
    now: datetime | None = None,
) -> Demand:
    """Change what is asked for; it is to be submitted (again). Raises `NotAuthorised`, `Misconfigured`."""
    with one_writer(engine) as connection:
        return amend_within(connection, number, draft, by=by, documents=documents, now=now)


def amend_within(
    connection: Connection,
    number: int,
    draft: Draft,
    *,
    by: str,
    documents: Iterable[bytes] = (),
    now: datetime | None = None,
) -> Demand:
    """The same, in the unit of work of whoever alone writes (`one_writer`)."""
    at = now or datetime.now(UTC)
    demand = find(connection, number, now=at)
    _check_may_write(connection, demand, by)
    if draft.id != demand.draft.id:
        raise NotAuthorised(f"{demand.name} porte sur {demand.draft.id} : faites une autre demande")
    keep_documents(connection, documents, at=at)
    content = {"content": draft.canonical, "sha256": draft.digest()}
    change_demand(connection, number, state=State.REQUESTED.value, requested_by=by, **content)
    demand = find(connection, number, now=at)
    tell_demand(connection, Act.HABILITATION_REQUESTED, demand, by, at)
    return demand


def submit(
    engine: Engine,
    number: int,
    *,
    by: str,
    check: Callable[[Draft], None],
    now: datetime | None = None,
) -> Demand:
    """Ask a second person for exactly this; `check` raises what forbids it. Raises `NotAuthorised`."""
    at = now or datetime.now(UTC)
    with one_writer(engine) as connection:
        demand = find(connection, number, now=at)
        _check_may_write(connection, demand, by)
        if demand.state is State.CHANGES_REQUESTED:
            raise NotAuthorised(
                f"{demand.name} : des changements sont demandés, passerelle habilitation amend d'abord"
            )
        check(demand.draft)
        document = demand.draft.legal_basis.document
        if document is not None and not has_document(connection, document):
            raise NotAuthorised(f"{demand.name} : le PDF de la base légale n'a pas été déposé")
        asked = ask_within(
            connection,
            Matter.HABILITATION,
            demand.draft.id,
            shown(connection, demand.draft, demand=number, changes=changes(connection, demand, at)),
            by=by,
            motive=demand.motive,
            now=at,
        )
        change_demand(
            connection, number, state=State.SUBMITTED.value, requested_by=by, approval=asked.id
        )
        tell_demand(connection, Act.HABILITATION_SUBMITTED, demand, by, at, request=asked.id)
        return find(connection, number, now=at)


def find(connection: Connection, number: int, *, now: datetime | None = None) -> Demand:
    """One demand. Raises `NotAuthorised` when there is none of that number."""
    row = connection.execute(
        select(HABILITATION_DEMAND).where(HABILITATION_DEMAND.c.number == number)
    ).first()
    if row is None:
        raise NotAuthorised(f"aucune demande D{number} : passerelle habilitation list les donne")
    return _of(connection, row, now or datetime.now(UTC))


def every(connection: Connection, *, now: datetime | None = None) -> Sequence[Demand]:
    """Every demand ever made, oldest first."""
    at = now or datetime.now(UTC)
    rows = connection.execute(select(HABILITATION_DEMAND).order_by(HABILITATION_DEMAND.c.number))
    return [_of(connection, row, at) for row in rows.all()]


def changes(connection: Connection, demand: Demand, at: datetime) -> dict[str, str]:
    """What it would change of the version it supersedes, field by field, each widening marked."""
    before = last_approved(connection, demand.draft.id, at.date())
    if before is None:
        return {}
    return dict(told([*reopening(before), *difference(before, demand.draft)]))


def change_demand(connection: Connection, number: int, **values: object) -> None:
    """Write what changes of the line of a demand."""
    column = HABILITATION_DEMAND.c.number
    connection.execute(update(HABILITATION_DEMAND).where(column == number).values(**values))


def tell_demand(
    connection: Connection, act: Act, demand: Demand, by: str, at: datetime, **more: str
) -> None:
    """Write one step of a demand in the ledger."""
    content: dict[str, str | int] = {"demand": demand.number, "sha256": demand.draft.digest()}
    append(connection, Entry(act, at, demand.draft.id, actor=by, facts={**content, **more}))


def _check_may_write(connection: Connection, demand: Demand, by: str) -> None:
    """Only whoever asked, and only while nobody is asked to answer."""
    if demand.requested_by not in (by, DATAPASS):
        raise NotAuthorised(
            f"{demand.name} est celle de {demand.requested_by} : faites une autre demande"
        )
    if demand.state in (State.APPROVED, State.REFUSED):
        raise NotAuthorised(f"{demand.name} est décidée : faites une autre demande")
    if demand.state is State.SUBMITTED and not _is_outdated(connection, demand):
        raise NotAuthorised(f"{demand.name} est soumise : attendez la réponse")


def _is_outdated(connection: Connection, demand: Demand) -> bool:
    """Whether another version came since it was submitted: nobody can agree to it any more."""
    asked = demand.approval
    return asked is not None and asked.shown["version"] != str(
        next_version(connection, demand.draft.id)
    )


def _of(connection: Connection, row: Row[Any], now: datetime) -> Demand:
    if hashlib.sha256(row.content.encode()).hexdigest() != row.sha256:
        raise Misconfigured(
            f"D{row.number} n'est plus ce qui a été demandé : restaurez la base, le journal dit son empreinte"
        )
    asked = approvals.find(connection, row.approval, now=now) if row.approval else None
    state, by, at = State(row.state), row.decided_by, row.decided_at
    if state is State.SUBMITTED and asked is not None:
        state = _TOLD_BY[asked.state]
        by, at = asked.decided_by, asked.decided_at
    return Demand(
        number=row.number,
        draft=kept(row.content),
        state=state,
        motive=row.motive,
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        message=row.message,
        approval=asked,
        decided_by=by or "",
        decided_at=at,
        version=row.version,
    )


# What its approval says of a demand that is submitted.
_TOLD_BY: Final = {
    approvals.State.PENDING: State.SUBMITTED,
    approvals.State.GIVEN: State.APPROVED,
    approvals.State.REFUSED: State.REFUSED,
    approvals.State.EXPIRED: State.REQUESTED,
}
