"""Public keys of partners: none is used before a second person approved exactly that one.

1. A key is proposed with its request, and comes into force with the answer, in one unit of work. The
   request binds the digest of the material: other bytes under the same fingerprint are another request.
2. Several keys of a partner may be in force together, while it changes from one to the next; `retire`
   ends one for good. A key out of force is kept: what it signed must stay explicable.
3. A key renewed under its fingerprint (a later expiry) replaces the one in force.
4. Material is public, but only the keys of one partner are ever read together.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from gateway.errors import NotAuthorised
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.store.approvals import Approval, Matter, ask
from gateway.store.database import one_writer
from gateway.store.tables import PARTNER_KEY


class Kind(StrEnum):
    """What a partner's key is for."""

    OPENPGP = "openpgp"  # signs what it sends, opens what it receives
    CMS = "cms"  # certificate: signs what it sends in CMS
    SSH_HOST = "ssh-host"  # says that its SFTP server is its own


class Standing(StrEnum):
    """Where a key stands."""

    PROPOSED = "proposed"
    IN_FORCE = "in-force"
    REPLACED = "replaced"
    RETIRED = "retired"


STANDINGS = {
    Standing.PROPOSED: "proposée",
    Standing.IN_FORCE: "en vigueur",
    Standing.REPLACED: "renouvelée",
    Standing.RETIRED: "retirée",
}


@dataclass(frozen=True, slots=True)
class PartnerKey:
    """One public key. `facts` are what people compare aloud: fingerprint, algorithm, size, dates, names."""

    partner: str
    kind: Kind
    digest: str
    fingerprint: str
    material: str
    facts: Mapping[str, str]
    expires_at: datetime | None
    standing: Standing
    approval: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """A key somebody brings: what it is, and what both people will read of it."""

    partner: str
    kind: Kind
    fingerprint: str
    material: str
    facts: Mapping[str, str]
    expires_at: datetime | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the material."""
        return hashlib.sha256(self.material.encode()).hexdigest()

    @property
    def subject(self) -> str:
        """What the request is about."""
        return f"{self.partner}:{self.kind.value}:{self.fingerprint}"

    @property
    def shown(self) -> Mapping[str, str]:
        """What both people read."""
        return {**self.facts, "sha256": self.digest}


def propose(
    engine: Engine, proposal: Proposal, *, by: str, motive: str, now: datetime | None = None
) -> Approval:
    """Ask a second person to approve this key. Asking again for the one that waits is asking once.

    Raises `NotAuthorised` when these bytes are in force already, or when the key was retired: it does
    not come back under its fingerprint.
    """
    at = now or datetime.now(UTC)
    matter = Matter.HOST_KEY if proposal.kind is Kind.SSH_HOST else Matter.KEY
    with engine.begin() as connection:
        _check_may_come(connection, proposal)
    asked = ask(engine, matter, proposal.subject, proposal.shown, by=by, motive=motive, now=at)
    with one_writer(engine) as connection:
        _write(connection, proposal, asked.id, at)
    return asked


def _write(connection: Connection, proposal: Proposal, approval: str, at: datetime) -> None:
    values = {
        "fingerprint": proposal.fingerprint,
        "material": proposal.material,
        "facts": json.dumps(dict(proposal.facts), sort_keys=True, ensure_ascii=False),
        "expires_at": proposal.expires_at,
        "state": Standing.PROPOSED.value,
        "approval": approval,
        "since": at,
    }
    known = _find(connection, proposal)
    if known is None:
        names = {
            "partner": proposal.partner,
            "kind": proposal.kind.value,
            "digest": proposal.digest,
        }
        connection.execute(insert(PARTNER_KEY).values(**names, **values))
    elif known.standing is not Standing.IN_FORCE:
        connection.execute(_at(known).values(**values))


def _check_may_come(connection: Connection, proposal: Proposal) -> None:
    for known in keys_of(connection, proposal.partner):
        if (known.kind, known.fingerprint) != (proposal.kind, proposal.fingerprint):
            continue
        same = known.digest == proposal.digest
        if known.standing is Standing.RETIRED or (same and known.standing is Standing.IN_FORCE):
            raise NotAuthorised(
                f"clé déjà connue ({STANDINGS[known.standing]}) : {known.fingerprint}"
            )


def come_into_force(connection: Connection, given: Approval) -> None:
    """What an approval allows: the key it was asked for, and no other, is in force from now on."""
    row = connection.execute(
        select(PARTNER_KEY).where(
            PARTNER_KEY.c.approval == given.id, PARTNER_KEY.c.state == Standing.PROPOSED.value
        )
    ).first()
    if row is None or given.shown.get("sha256") != row.digest:
        raise NotAuthorised("la clé de cette demande n'attend plus : proposez-la de nouveau")
    for older in in_force(connection, row.partner, Kind(row.kind)):
        if older.fingerprint == row.fingerprint:
            _change(connection, older, Standing.REPLACED, given.decided_by)
    _change(connection, _of(row), Standing.IN_FORCE, given.decided_by)


def retire(engine: Engine, key: PartnerKey, *, by: str) -> None:
    """End a key: nothing signed by it is accepted any more. One person is enough to close a door."""
    with one_writer(engine) as connection:
        retire_in(connection, key, by=by)


def retire_in(connection: Connection, key: PartnerKey, *, by: str) -> None:
    """The same, inside somebody else's unit of work."""
    _change(connection, key, Standing.RETIRED, by)


def in_force(connection: Connection, partner: str, kind: Kind) -> Sequence[PartnerKey]:
    """The keys of one partner to use now, oldest first."""
    return [
        k for k in keys_of(connection, partner) if (k.kind, k.standing) == (kind, Standing.IN_FORCE)
    ]


def keys_of(connection: Connection, partner: str) -> Sequence[PartnerKey]:
    """Every key this partner ever proposed, oldest first."""
    ordered = select(PARTNER_KEY).order_by(PARTNER_KEY.c.since, PARTNER_KEY.c.fingerprint)
    return [_of(row) for row in connection.execute(ordered.where(PARTNER_KEY.c.partner == partner))]


def every_key(connection: Connection) -> Sequence[PartnerKey]:
    """Every key of everybody, by partner."""
    ordered = select(PARTNER_KEY).order_by(PARTNER_KEY.c.partner, PARTNER_KEY.c.since)
    return [_of(row) for row in connection.execute(ordered)]


def _change(connection: Connection, key: PartnerKey, standing: Standing, by: str) -> None:
    at = datetime.now(UTC)
    connection.execute(_at(key).values(state=standing.value, since=at))
    facts = {"kind": key.kind.value, "fingerprint": key.fingerprint, "standing": standing.value}
    append(connection, Entry(Act.KEY_CHANGED, at, key.partner, actor=by, facts=facts))


def _at(key: PartnerKey | Proposal) -> Any:  # noqa: ANN401 - an update to complete
    return update(PARTNER_KEY).where(
        PARTNER_KEY.c.partner == key.partner,
        PARTNER_KEY.c.kind == key.kind.value,
        PARTNER_KEY.c.digest == key.digest,
    )


def _find(connection: Connection, key: Proposal) -> PartnerKey | None:
    row = connection.execute(
        select(PARTNER_KEY).where(
            PARTNER_KEY.c.partner == key.partner,
            PARTNER_KEY.c.kind == key.kind.value,
            PARTNER_KEY.c.digest == key.digest,
        )
    ).first()
    return None if row is None else _of(row)


def _of(row: Row[Any]) -> PartnerKey:
    return PartnerKey(
        row.partner,
        Kind(row.kind),
        row.digest,
        row.fingerprint,
        row.material,
        json.loads(row.facts),
        row.expires_at,
        Standing(row.state),
        row.approval,
        row.since,
    )
