"""What takes two people: one asks, another answers, both in the ledger.

1. An approval binds the digest of exactly what was shown: something else is another request.
2. Who asked never answers. A request waits `LIFETIME`, then nobody can answer it any more.
3. Asking for what already waits gives the request that waits. A decided request stays as it is.
4. What an approval allows is done by whoever owns it (keys, quarantine, policies), in the same unit of
   work as the decision: `decide` hands its connection.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, insert, select, update

from gateway.errors import NotAuthorised
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.store.database import one_writer
from gateway.store.tables import APPROVAL

LIFETIME: Final = timedelta(days=7)


class Matter(StrEnum):
    """What can be asked for; values are stable."""

    KEY = "key"  # a partner's OpenPGP key or certificate comes into force
    HOST_KEY = "host-key"  # a partner's SSH host key comes into force
    LEGACY = "legacy"  # a partner is spoken to with old algorithms, until a date
    QUARANTINE = "quarantine"  # refused bytes are treated all the same
    ERASURE = "erasure"  # a person is erased from everything that is kept
    LINK = "link"  # two subjects are one person
    RULES = "rules"  # a département decides another version of its rules
    EPOCH = "pseudonym-epoch"  # people are named otherwise from now on, for one domain
    BRIDGE = "pseudonym-bridge"  # a recipient is given both names of its people, once
    REIDENTIFICATION = "reidentification"  # one pseudonym is said to be somebody, once
    HABILITATION = "habilitation"  # an organisation may receive a product, or send a flow
    CLIENT = "client"  # a system of an organisation may speak to the API


class State(StrEnum):
    """Where a request stands."""

    PENDING = "pending"
    GIVEN = "given"
    REFUSED = "refused"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Approval:
    """One request. `shown` is what both people read, without any value from a file."""

    id: str
    matter: Matter
    subject: str
    digest: str
    shown: Mapping[str, str]
    motive: str
    requested_by: str
    requested_at: datetime
    expires_at: datetime
    state: State
    decided_by: str = ""
    decided_at: datetime | None = None


def digest_of(matter: Matter, subject: str, shown: Mapping[str, str]) -> str:
    """SHA-256 of exactly what is shown, and of what it is about."""
    text = json.dumps([matter.value, subject, dict(shown)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def ask(
    engine: Engine,
    matter: Matter,
    subject: str,
    shown: Mapping[str, str],
    *,
    by: str,
    motive: str,
    now: datetime | None = None,
) -> Approval:
    """Ask a second person; the request that already waits for the same thing is given back."""
    with one_writer(engine) as connection:
        return ask_within(connection, matter, subject, shown, by=by, motive=motive, now=now)


def ask_within(
    connection: Connection,
    matter: Matter,
    subject: str,
    shown: Mapping[str, str],
    *,
    by: str,
    motive: str,
    now: datetime | None = None,
) -> Approval:
    """The same, in the unit of work of whoever alone writes (`one_writer`)."""
    at, digest = now or datetime.now(UTC), digest_of(matter, subject, shown)
    for waiting in _read(connection, state=State.PENDING, now=at):
        if (waiting.digest, waiting.requested_by) == (digest, by):
            return waiting
    request = secrets.token_hex(6)
    connection.execute(
        insert(APPROVAL).values(
            id=request,
            kind=matter.value,
            subject=subject,
            digest=digest,
            shown=json.dumps(dict(shown), sort_keys=True, ensure_ascii=False),
            motive=motive,
            requested_by=by,
            requested_at=at,
            expires_at=at + LIFETIME,
            state=State.PENDING.value,
        )
    )
    asked = find(connection, request, now=at)
    append(connection, _entry(Act.APPROVAL_REQUESTED, asked, by, at))
    return asked


def decide(
    engine: Engine,
    request: str,
    *,
    by: str,
    agrees: bool,
    then: Callable[[Connection, Approval], None] | None = None,
    now: datetime | None = None,
) -> Approval:
    """Answer a request; `then` does what it allows, in the same unit of work. Raises `NotAuthorised`."""
    with one_writer(engine) as connection:
        return answer_within(connection, request, by=by, agrees=agrees, then=then, now=now)


def answer_within(
    connection: Connection,
    request: str,
    *,
    by: str,
    agrees: bool,
    then: Callable[[Connection, Approval], None] | None = None,
    now: datetime | None = None,
) -> Approval:
    """The same, in the unit of work of whoever alone writes (`one_writer`). Raises `NotAuthorised`."""
    at = now or datetime.now(UTC)
    asked = find(connection, request, now=at)
    if asked.state is not State.PENDING:
        raise NotAuthorised(f"la demande {request} n'attend plus de réponse ({asked.state})")
    if asked.requested_by == by:
        raise NotAuthorised("qui demande n'approuve pas : une seconde personne doit répondre")
    state, act = (
        (State.GIVEN, Act.APPROVAL_GIVEN) if agrees else (State.REFUSED, Act.APPROVAL_REFUSED)
    )
    connection.execute(
        update(APPROVAL)
        .where(APPROVAL.c.id == request)
        .values(state=state.value, decided_by=by, decided_at=at)
    )
    decided = find(connection, request, now=at)
    if agrees and then is not None:
        then(connection, decided)
    append(connection, _entry(act, decided, by, at))
    return decided


def find(connection: Connection, request: str, *, now: datetime | None = None) -> Approval:
    """One request. Raises `NotAuthorised` when there is none of that id."""
    row = connection.execute(select(APPROVAL).where(APPROVAL.c.id == request)).first()
    if row is None:
        raise NotAuthorised(f"aucune demande {request} : passerelle approval list les donne")
    return _of(row, now or datetime.now(UTC))


def waiting(connection: Connection, *, now: datetime | None = None) -> Sequence[Approval]:
    """The requests a second person may answer, oldest first."""
    return _read(connection, state=State.PENDING, now=now or datetime.now(UTC))


def every(connection: Connection, *, now: datetime | None = None) -> Sequence[Approval]:
    """Every request ever made, oldest first."""
    return _read(connection, state=None, now=now or datetime.now(UTC))


def given(connection: Connection, matter: Matter, subject: str) -> Sequence[Approval]:
    """What was approved about a subject, oldest first."""
    every = _read(connection, state=State.GIVEN, now=datetime.now(UTC))
    return [one for one in every if (one.matter, one.subject) == (matter, subject)]


def _read(connection: Connection, *, state: State | None, now: datetime) -> list[Approval]:
    rows = connection.execute(select(APPROVAL).order_by(APPROVAL.c.requested_at, APPROVAL.c.id))
    found = [_of(row, now) for row in rows]
    return [one for one in found if state is None or one.state is state]


def _of(row: Row[Any], now: datetime) -> Approval:
    state = State(row.state)
    if state is State.PENDING and row.expires_at <= now:
        state = State.EXPIRED
    return Approval(
        row.id,
        Matter(row.kind),
        row.subject,
        row.digest,
        json.loads(row.shown),
        row.motive,
        row.requested_by,
        row.requested_at,
        row.expires_at,
        state,
        row.decided_by or "",
        row.decided_at,
    )


def _entry(act: Act, asked: Approval, by: str, at: datetime) -> Entry:
    facts = {"matter": asked.matter.value, "about": asked.subject, "shown_sha256": asked.digest}
    return Entry(act, at, asked.id, actor=by, facts=facts)
