"""Habilitations as they stand: versions approved by two people, and what was decided of each since.

1. A version is written once, by the answer of the second person, and never changed. A new one supersedes
   the one before at once: its dates say from when it opens anything.
2. Suspended, in force again, revoked: one person is enough to close, never to open wider. What was
   suspended opens again as it was; what was revoked never does, a new version is asked for.
3. `current` says what holds on a day: the last version, and where it stands. It is read anew each time, so
   that a revocation counts at the next look.
4. What the database holds is checked against the digest the ledger tells: altered, it is nobody's.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, insert, select

from gateway.errors import Misconfigured, NotAuthorised
from gateway.habilitation import Draft, Habilitation, Status, freeze, kept
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.store.approvals import Approval
from gateway.store.database import one_writer
from gateway.store.tables import HABILITATION_EVENT, HABILITATION_VERSION
from gateway.store.webhooks import Event, announce

ACTS: Final[Mapping[Status, Act]] = {
    Status.SUSPENDED: Act.HABILITATION_SUSPENDED,
    Status.ACTIVE: Act.HABILITATION_RESUMED,
    Status.REVOKED: Act.HABILITATION_REVOKED,
}
# What may be decided of a habilitation that stands so.
NEXT: Final[Mapping[Status, tuple[Status, ...]]] = {
    Status.ACTIVE: (Status.SUSPENDED, Status.REVOKED),
    Status.SUSPENDED: (Status.ACTIVE, Status.REVOKED),
    Status.EXPIRED: (Status.REVOKED,),
    Status.REVOKED: (),
    Status.SUPERSEDED: (),
}


@dataclass(frozen=True, slots=True)
class Approved:
    """One version as it was written, and when it was decided."""

    habilitation: Habilitation
    demand: int
    decided_at: datetime
    ledger_index: int


def next_version(connection: Connection, habilitation: str) -> int:
    """The number its next version will bear."""
    return len(_rows(connection, habilitation)) + 1


def shown(
    connection: Connection, draft: Draft, *, demand: int, changes: Mapping[str, str]
) -> Mapping[str, str]:
    """Exactly what both people read: the whole content, and what it changes of the version before."""
    number = next_version(connection, draft.id)
    return {
        "demande": f"D{demand}",
        "version": str(number),
        "remplace": str(number - 1) if number > 1 else "aucune",
        **{f"change {name}": what for name, what in changes.items()},
        "contenu": draft.canonical,
        "sha256": draft.digest(),
    }


def adopt(connection: Connection, given: Approval) -> int:
    """What the approval allows: this content is the next version. Raises `NotAuthorised`."""
    draft, at = kept(given.shown["contenu"]), given.decided_at or datetime.now(UTC)
    number, demand = next_version(connection, draft.id), int(given.shown["demande"][1:])
    if (given.shown["version"], given.subject) != (str(number), draft.id):
        raise NotAuthorised(
            f"une autre version de {draft.id} a été approuvée entre-temps : soumettez de nouveau la demande"
        )
    facts: dict[str, str | int] = {
        "version": number,
        "sha256": draft.digest(),
        "request": given.id,
        "recipient": draft.organisation.siret,
        "about": draft.product or draft.flow or "",
    }
    entry = Entry(Act.HABILITATION_APPROVED, at, draft.id, actor=given.decided_by, facts=facts)
    connection.execute(
        insert(HABILITATION_VERSION).values(
            habilitation=draft.id,
            number=number,
            demand=demand,
            content=draft.canonical,
            sha256=draft.digest(),
            approval=given.id,
            requested_by=given.requested_by,
            approved_by=given.decided_by,
            decided_at=at,
            ledger_index=append(connection, entry),
        )
    )
    announce(connection, draft.organisation.siret, Event.HABILITATION_CHANGED, draft.id, at)
    return number


def decide_state(
    engine: Engine,
    habilitation: str,
    wanted: Status,
    *,
    by: str,
    motive: str,
    now: datetime | None = None,
) -> int:
    """Suspend, resume or revoke; give the ledger's index. Raises `NotAuthorised`."""
    at = now or datetime.now(UTC)
    with one_writer(engine) as connection:
        standing = current(connection, habilitation, at.date())
        if standing is None:
            raise NotAuthorised(f"aucune habilitation {habilitation}")
        if wanted not in NEXT[standing.status]:
            raise NotAuthorised(f"habilitation {habilitation} : elle est déjà {standing.status}")
        facts = {"version": standing.version, "was": standing.status.value}
        entry = Entry(ACTS[wanted], at, habilitation, actor=by, facts=facts)
        index = append(connection, entry)
        connection.execute(
            insert(HABILITATION_EVENT).values(
                ledger_index=index,
                habilitation=habilitation,
                state=wanted.value,
                by=by,
                at=at,
                motive=motive,
            )
        )
        siret = standing.organisation.siret
        announce(connection, siret, Event.HABILITATION_CHANGED, habilitation, at)
        return index


def current(connection: Connection, habilitation: str, on: date) -> Habilitation | None:
    """The last version of a habilitation, and where it stands on a day. Raises `Misconfigured`."""
    every = history(connection, habilitation, on)
    return every[-1].habilitation if every else None


def every_current(connection: Connection, on: date) -> Sequence[Habilitation]:
    """The last version of each habilitation, by name. Raises `Misconfigured`."""
    column = HABILITATION_VERSION.c.habilitation
    names = connection.scalars(select(column).distinct().order_by(column)).all()
    found = (current(connection, name, on) for name in names)
    return [one for one in found if one is not None]


def history(connection: Connection, habilitation: str, on: date) -> Sequence[Approved]:
    """Every version, oldest first, each as it stands on a day. Raises `Misconfigured`."""
    rows = _rows(connection, habilitation)
    last = len(rows)
    state = _decided(connection, habilitation, rows[-1].ledger_index) if rows else Status.ACTIVE
    return [_approved(row, state if row.number == last else Status.SUPERSEDED, on) for row in rows]


def _rows(connection: Connection, habilitation: str) -> Sequence[Row[Any]]:
    return connection.execute(
        select(HABILITATION_VERSION)
        .where(HABILITATION_VERSION.c.habilitation == habilitation)
        .order_by(HABILITATION_VERSION.c.number)
    ).all()


def _decided(connection: Connection, habilitation: str, since: int) -> Status:
    """The last thing decided of it since its last version."""
    column = HABILITATION_EVENT.c
    last = connection.scalar(
        select(column.state)
        .where(column.habilitation == habilitation, column.ledger_index > since)
        .order_by(column.ledger_index.desc())
        .limit(1)
    )
    return Status(last) if last else Status.ACTIVE


def _approved(row: Row[Any], status: Status, on: date) -> Approved:
    if hashlib.sha256(row.content.encode()).hexdigest() != row.sha256:
        raise Misconfigured(
            f"la version {row.number} de l'habilitation {row.habilitation} n'est plus celle qui a été "
            "approuvée : restaurez la base, le journal dit son empreinte"
        )
    draft = kept(row.content)
    if status is Status.ACTIVE and on > draft.ends:
        status = Status.EXPIRED
    people = {"requested_by": row.requested_by, "approved_by": row.approved_by}
    habilitation = freeze(draft, version=row.number, status=status, **people)
    at = row.decided_at
    at = at if at.tzinfo else at.replace(tzinfo=UTC)  # SQLite keeps no zone
    return Approved(habilitation, row.demand, at, row.ledger_index)
