"""Clients of the API: the systems of an organisation, each by its public keys, its scopes and its networks.

1. A line is a revision, written once; the last one of a client counts.
2. What opens (a new client, other keys, scopes or networks; a suspended one again) takes two people; what
   closes (suspended, revoked) takes one, at once. What was revoked never opens again: another is added.
3. Each revision is an entry of the ledger; what it holds is there by its digest.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, func, insert, select

from gateway.errors import NotAuthorised
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.store.approvals import Approval, Matter, ask
from gateway.store.database import one_writer
from gateway.store.tables import API_CLIENT


class State(StrEnum):
    """Where a client stands; values are stable."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"


# What may be decided by one person of a client that stands so.
NEXT: Final[Mapping[State, tuple[State, ...]]] = {
    State.ACTIVE: (State.SUSPENDED, State.REVOKED),
    State.SUSPENDED: (State.REVOKED,),
    State.REVOKED: (),
}


@dataclass(frozen=True, slots=True)
class Client:
    """One client as it stands. `keys`: public JWK; `networks`: CIDR, none meaning any address.

    `certificate`: SHA-256 (hex) of the DER of the one TLS certificate its calls must come with; empty: none.
    """

    id: str
    revision: int
    siret: str
    name: str
    scopes: frozenset[str]
    keys: tuple[Mapping[str, Any], ...] = ()
    jwks_uri: str = ""
    networks: tuple[str, ...] = ()
    certificate: str = ""
    state: State = State.ACTIVE
    since: datetime | None = None

    @property
    def content(self) -> str:
        """What two people approve, canonical JSON: everything but where it stands."""
        held = {
            "id": self.id,
            "siret": self.siret,
            "nom": self.name,
            "portees": sorted(self.scopes),
            "cles": list(self.keys),
            "jwks_uri": self.jwks_uri,
            "reseaux": list(self.networks),
            "certificat": self.certificate,
        }
        return json.dumps(held, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def propose(
    engine: Engine, wanted: Client, *, by: str, motive: str, now: datetime | None = None
) -> Approval:
    """Ask a second person for this client as it is written. Raises `NotAuthorised`."""
    with engine.begin() as connection:
        known = find_client(connection, wanted.id)
    if known is not None and (known.state is State.REVOKED or known.siret != wanted.siret):
        raise NotAuthorised(f"le client {wanted.id} est révoqué ou à un autre : choisissez un nom")
    shown = _shown(wanted, known)
    return ask(engine, Matter.CLIENT, wanted.id, shown, by=by, motive=motive, now=now)


def adopt(connection: Connection, given: Approval) -> None:
    """What the approval allows: this content is the next revision. Raises `NotAuthorised`."""
    known = find_client(connection, given.subject)
    wanted = _read(given.shown["contenu"], known)
    if given.shown["revision"] != str(wanted.revision) or wanted.id != given.subject:
        raise NotAuthorised(
            f"le client {given.subject} a changé entre-temps : faites de nouveau la demande"
        )
    if wanted.state is State.REVOKED:
        raise NotAuthorised(f"le client {given.subject} est révoqué : ajoutez-en un autre")
    at = given.decided_at or datetime.now(UTC)
    _write(
        connection, wanted, "approved", at, by=given.decided_by, motive=given.motive, of=given.id
    )


def decide_state(
    engine: Engine,
    client: str,
    wanted: State,
    *,
    by: str,
    motive: str,
    now: datetime | None = None,
) -> Client:
    """Suspend or revoke: one person, at once. Raises `NotAuthorised`."""
    with one_writer(engine) as connection:
        known = find_client(connection, client)
        if known is None:
            raise NotAuthorised(f"aucun client {client} : passerelle client list les donne")
        if wanted not in NEXT[known.state]:
            raise NotAuthorised(
                f"le client {client} est {STATES[known.state]} : personne seul ne le dit {STATES[wanted]}"
            )
        return set_state(connection, known, wanted, by=by, motive=motive, at=now)


def set_state(
    connection: Connection,
    known: Client,
    wanted: State,
    *,
    by: str,
    motive: str,
    at: datetime | None = None,
    of: str | None = None,
) -> Client:
    """Write the revision that says so; `of`: the approval that allows it."""
    changed = _read(known.content, known, state=wanted)
    told = at or datetime.now(UTC)
    _write(connection, changed, wanted.value.lower(), told, by=by, motive=motive, of=of)
    return changed


STATES: Final[Mapping[State, str]] = {
    State.ACTIVE: "en service",
    State.SUSPENDED: "suspendu",
    State.REVOKED: "révoqué",
}


def find_client(connection: Connection, client: str) -> Client | None:
    """One client as it stands; None when there is none of that id."""
    row = connection.execute(
        select(API_CLIENT)
        .where(API_CLIENT.c.id == client)
        .order_by(API_CLIENT.c.revision.desc())
        .limit(1)
    ).first()
    return _of(row) if row is not None else None


def every_client(connection: Connection) -> Sequence[Client]:
    """Each client as it stands, by id."""
    column = API_CLIENT.c
    last = (
        select(column.id, func.max(column.revision).label("revision"))
        .group_by(column.id)
        .subquery()
    )
    rows = connection.execute(
        select(API_CLIENT)
        .join(last, (column.id == last.c.id) & (column.revision == last.c.revision))
        .order_by(column.id)
    )
    return [_of(row) for row in rows]


def _write(
    connection: Connection,
    client: Client,
    what: str,
    at: datetime,
    *,
    by: str,
    motive: str,
    of: str | None = None,
) -> None:
    facts: dict[str, str | int] = {
        "revision": client.revision,
        "what": what,
        "siret": client.siret,
        "sha256": hashlib.sha256(client.content.encode()).hexdigest(),
        "request": of or "",
    }
    index = append(connection, Entry(Act.CLIENT_CHANGED, at, client.id, actor=by, facts=facts))
    connection.execute(
        insert(API_CLIENT).values(
            id=client.id,
            revision=client.revision,
            siret=client.siret,
            name=client.name,
            keys=json.dumps(list(client.keys), sort_keys=True),
            jwks_uri=client.jwks_uri or None,
            networks=json.dumps(list(client.networks)),
            scopes=json.dumps(sorted(client.scopes)),
            certificate=client.certificate or None,
            state=client.state.value,
            approval=of,
            by=by,
            motive=motive,
            since=at,
            ledger_index=index,
        )
    )


def _shown(wanted: Client, known: Client | None) -> Mapping[str, str]:
    """Exactly what both people read."""
    before = json.loads(known.content) if known is not None else {}
    after = json.loads(wanted.content)
    changes = {
        f"change {name}": f"{_told(before[name])} → {_told(after[name])}"
        for name in after
        if known is not None and before[name] != after[name]
    }
    return {
        "client": f"{wanted.id}, {wanted.name}",
        "siret": wanted.siret,
        "revision": str((known.revision if known else 0) + 1),
        "portées": ", ".join(sorted(wanted.scopes)),
        "réseaux": ", ".join(wanted.networks) or "tous",
        "certificat": wanted.certificate or "aucun",
        "clés": ", ".join(str(key.get("kid", "")) for key in wanted.keys) or "publiées par lui",
        "jwks_uri": wanted.jwks_uri or "aucune",
        **changes,
        "contenu": wanted.content,
    }


def _told(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _read(content: str, known: Client | None, *, state: State | None = None) -> Client:
    """The next revision, with this content, standing as the one before unless told."""
    held = json.loads(content)
    return Client(
        id=held["id"],
        revision=(known.revision if known else 0) + 1,
        siret=held["siret"],
        name=held["nom"],
        scopes=frozenset(held["portees"]),
        keys=tuple(held["cles"]),
        jwks_uri=held["jwks_uri"],
        networks=tuple(held["reseaux"]),
        certificate=held["certificat"],
        state=state or (known.state if known else State.ACTIVE),
    )


def _of(row: Row[Any]) -> Client:
    return Client(
        id=row.id,
        revision=row.revision,
        siret=row.siret,
        name=row.name,
        scopes=frozenset(json.loads(row.scopes)),
        keys=tuple(json.loads(row.keys)),
        jwks_uri=row.jwks_uri or "",
        networks=tuple(json.loads(row.networks)),
        certificate=row.certificate or "",
        state=State(row.state),
        since=row.since,
    )
