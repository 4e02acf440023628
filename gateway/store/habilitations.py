"""Habilitations as they stand: versions approved by two people, and what was decided of each since.

1. A version is written once, by the answer of the second person, and never changed. It supersedes the one
   before from its own first day: a renewal approved in time leaves no hole.
2. One person is enough to close (suspend, revoke), never to open: what was suspended opens again as it was
   by two (`habilitation_resumes`); what was revoked never does, a new version is asked for.
3. `current` says what holds on a day: the last version that has begun (none has: the last one), and where it
   stands. It is read anew each time, so that a revocation counts at the next look. What closes a version
   closes those approved before it was said, future ones too.
4. What the database holds is checked against the digest the ledger tells: altered, it is nobody's.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, insert, select

from gateway.errors import Misconfigured, NotAuthorised
from gateway.habilitation import Draft, Habilitation, Status, freeze, kept
from gateway.habilitation.model import same_person
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.store.approvals import Approval
from gateway.store.database import one_writer
from gateway.store.tables import HABILITATION_EVENT, HABILITATION_VERSION
from gateway.store.webhooks import Event, announce

ACTS: Final[Mapping[Status, Act]] = {
    Status.SUSPENDED: Act.HABILITATION_SUSPENDED,
    Status.REVOKED: Act.HABILITATION_REVOKED,
}
# What one person may decide of a habilitation that stands so.
NEXT: Final[Mapping[Status, tuple[Status, ...]]] = {
    Status.ACTIVE: (Status.SUSPENDED, Status.REVOKED),
    Status.SUSPENDED: (Status.REVOKED,),
    Status.EXPIRED: (Status.REVOKED,),
    Status.REVOKED: (),
    Status.SUPERSEDED: (),
}


STANDS: Final[Mapping[Status, str]] = {
    Status.ACTIVE: "en vigueur",
    Status.SUPERSEDED: "remplacée",
    Status.SUSPENDED: "suspendue",
    Status.REVOKED: "révoquée",
    Status.EXPIRED: "expirée",
}


@dataclass(frozen=True, slots=True)
class Approved:
    """One version as it was written, and when it was decided."""

    habilitation: Habilitation
    demand: int
    decided_at: datetime
    ledger_index: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided of a habilitation since its version was approved."""

    ledger_index: int
    status: Status
    by: str
    at: datetime
    motive: str


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
    if same_person(given.requested_by, given.decided_by):
        raise NotAuthorised("qui demande n'approuve pas : une seconde personne doit répondre")
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
    """Suspend or revoke: one person closes. Give the ledger's index. Raises `NotAuthorised`."""
    with one_writer(engine) as connection:
        return close_within(connection, habilitation, wanted, by=by, motive=motive, now=now)


def close_within(
    connection: Connection,
    habilitation: str,
    wanted: Status,
    *,
    by: str,
    motive: str,
    now: datetime | None = None,
) -> int:
    """The same, in the unit of work of whoever alone writes (`one_writer`). Raises `NotAuthorised`."""
    at = now or datetime.now(UTC)
    standing = current(connection, habilitation, at.date())
    if standing is None:
        raise NotAuthorised(f"aucune habilitation {habilitation}")
    if wanted not in ACTS:
        raise NotAuthorised("rouvrir demande deux personnes : passerelle habilitation resume")
    if wanted not in NEXT[standing.status]:
        raise NotAuthorised(
            f"habilitation {habilitation} : elle est déjà {STANDS[standing.status]}"
        )
    facts = {"version": standing.version, "was": standing.status.value}
    entry = Entry(ACTS[wanted], at, habilitation, actor=by, facts=facts)
    return record_event(connection, entry, wanted, motive)


def record_event(connection: Connection, entry: Entry, status: Status, motive: str) -> int:
    """Write one decision and its entry together; give the ledger's index."""
    index = append(connection, entry)
    connection.execute(
        insert(HABILITATION_EVENT).values(
            ledger_index=index,
            habilitation=entry.subject,
            state=status.value,
            by=entry.actor,
            at=entry.at,
            motive=motive,
        )
    )
    standing = current(connection, entry.subject, entry.at.date())
    if standing is not None:
        siret, event = standing.organisation.siret, Event.HABILITATION_CHANGED
        announce(connection, siret, event, entry.subject, entry.at)
    return index


def current(connection: Connection, habilitation: str, on: date) -> Habilitation | None:
    """The version of a habilitation that counts on a day, and where it stands. Raises `Misconfigured`."""
    return _counting(history(connection, habilitation, on), on)


def last_approved(connection: Connection, habilitation: str, on: date) -> Habilitation | None:
    """Its last version, begun or not: the one that the next would supersede. Raises `Misconfigured`."""
    every = history(connection, habilitation, on)
    return every[-1].habilitation if every else None


def every_current(connection: Connection, on: date) -> Sequence[Habilitation]:
    """The version of each habilitation that counts on a day, by name. Raises `Misconfigured`."""
    column = HABILITATION_VERSION.c.habilitation
    names = connection.scalars(select(column).distinct().order_by(column)).all()
    found = (current(connection, name, on) for name in names)
    return [one for one in found if one is not None]


def every_on(connection: Connection, on: date) -> Sequence[Habilitation]:
    """What stood at the end of a day (UTC), by name: nothing decided since counts. Raises `Misconfigured`."""
    column = HABILITATION_VERSION.c.habilitation
    names = connection.scalars(select(column).distinct().order_by(column)).all()
    found = (history(connection, name, on, known_by=on) for name in names)
    counting = (_counting(every, on) for every in found)
    return [one for one in counting if one is not None]


def covered_until(connection: Connection, habilitation: str, on: date) -> date | None:
    """The last day it opens anything without a hole from a day on, later versions counted; None: not open then."""
    every = history(connection, habilitation, on)
    present = _counting(every, on)
    if present is None or present.status is not Status.ACTIVE:
        return None
    ends = present.ends
    for one in (each.habilitation for each in every if each.habilitation.version > present.version):
        if one.status is Status.ACTIVE and one.starts <= ends + timedelta(days=1):
            ends = max(ends, one.ends)
    return ends


def history(
    connection: Connection, habilitation: str, on: date, *, known_by: date = date.max
) -> Sequence[Approved]:
    """Every version, oldest first, each as it stands on a day. Raises `Misconfigured`.

    `known_by`: only what was decided by the end of that day.
    """
    every = _rows(connection, habilitation)
    rows = [row for row in every if row.decided_at.date() <= known_by]
    if not rows:
        return []
    said = [one for one in events(connection, habilitation) if one.at.date() <= known_by]
    approved = [_approved(row, _said_since(row.ledger_index, said), on) for row in rows]
    present = _counting(approved, on)
    return [_superseded(one) if present and _is_before(one, present) else one for one in approved]


def events(connection: Connection, habilitation: str) -> Sequence[Decision]:
    """Everything decided of it beside its versions, oldest first."""
    rows = connection.execute(
        select(HABILITATION_EVENT)
        .where(HABILITATION_EVENT.c.habilitation == habilitation)
        .order_by(HABILITATION_EVENT.c.ledger_index)
    )
    return [
        Decision(row.ledger_index, Status(row.state), row.by, row.at, row.motive) for row in rows
    ]


def _counting(every: Sequence[Approved], on: date) -> Habilitation | None:
    begun = [one for one in every if one.habilitation.starts <= on]
    return (begun or every)[-1].habilitation if every else None


def _said_since(index: int, said: Sequence[Decision]) -> Status:
    since = [event.status for event in said if event.ledger_index > index]
    return since[-1] if since else Status.ACTIVE


def _is_before(one: Approved, present: Habilitation) -> bool:
    return one.habilitation.version < present.version


def _superseded(one: Approved) -> Approved:
    return replace(one, habilitation=replace(one.habilitation, status=Status.SUPERSEDED))


def _rows(connection: Connection, habilitation: str) -> Sequence[Row[Any]]:
    return connection.execute(
        select(HABILITATION_VERSION)
        .where(HABILITATION_VERSION.c.habilitation == habilitation)
        .order_by(HABILITATION_VERSION.c.number)
    ).all()


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
    return Approved(habilitation, row.demand, row.decided_at, row.ledger_index)
