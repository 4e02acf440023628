"""One line of the audit log: who did what, when, to which delivery or release.

1. `encode` gives one spelling only: JSON, keys sorted, compact, UTF-8; `decode` refuses any other.
2. `facts` hold strings and integers; a value that must stay erasable is there as a salted commitment
   only: prove it by showing salt and value, erase it by dropping the salt.
3. No identity enters an entry: `subject` is a delivery or release id, `actor` is `passerelle` or an
   operator.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from types import MappingProxyType
from typing import Self

from gateway.ledger.errors import LedgerBroken
from gateway.ledger.tiles import MAX_ENTRY

VERSION = 1
GATEWAY = "passerelle"
SALT_SIZE = 32
_EXACT = 2**53  # beyond, readers of JSON written in other languages lose digits


class Act(StrEnum):
    """What can be written in the ledger; values are stable, never reused."""

    LEDGER_OPENED = "ledger.opened"
    LEDGER_EXPORTED = "ledger.exported"
    DELIVERY_COLLECTED = "delivery.collected"
    DELIVERY_ACCEPTED = "delivery.accepted"
    DELIVERY_REFUSED = "delivery.refused"
    DELIVERY_DUPLICATE = "delivery.duplicate"
    DELIVERY_HELD = "delivery.held"
    DELIVERY_ACKNOWLEDGED = "delivery.acknowledged"
    DELIVERY_TOLD_AGAIN = "delivery.told-again"
    DELIVERY_REPLAYED = "delivery.replayed"
    SEQUENCE_ABANDONED = "sequence.abandoned"
    QUARANTINE_RELEASED = "quarantine.released"
    QUARANTINE_REJECTED = "quarantine.rejected"
    QUARANTINE_EXPIRED = "quarantine.expired"
    CROSSING_DONE = "crossing.done"
    RELEASE_AUTHORISED = "release.authorised"
    RELEASE_SEALED = "release.sealed"
    RELEASE_DELIVERED = "release.delivered"
    RELEASE_ANSWERED = "release.answered"
    RELEASE_ACKNOWLEDGED = "release.acknowledged"
    RELEASE_REFUSED = "release.refused"
    RELEASE_FETCHED = "release.fetched"
    RELEASE_COLLECTED = "release.collected"
    RELEASE_STOPPED = "release.stopped"
    RELEASE_WITHDRAWN = "release.withdrawn"
    RELEASE_REDELIVERED = "release.redelivered"
    HABILITATION_REQUESTED = "habilitation.requested"
    HABILITATION_SUBMITTED = "habilitation.submitted"
    HABILITATION_CHANGES_REQUESTED = "habilitation.changes-requested"
    HABILITATION_APPROVED = "habilitation.approved"
    HABILITATION_REFUSED = "habilitation.refused"
    HABILITATION_SUSPENDED = "habilitation.suspended"
    HABILITATION_RESUMED = "habilitation.resumed"
    HABILITATION_REVOKED = "habilitation.revoked"
    APPROVAL_REQUESTED = "approval.requested"
    APPROVAL_GIVEN = "approval.given"
    APPROVAL_REFUSED = "approval.refused"
    ALERT_CLOSED = "alert.closed"
    PARTNER_CHANGED = "partner.changed"
    KEY_CHANGED = "key.changed"
    PERSON_DISCLOSED = "person.disclosed"
    PERSON_ERASED = "person.erased"
    PERSON_REIDENTIFIED = "person.reidentified"
    RETENTION_APPLIED = "retention.applied"
    LINK_DECIDED = "link.decided"
    LINK_UNDONE = "link.undone"
    RULES_CHANGED = "rules.changed"
    PSEUDONYMS_ROTATED = "pseudonyms.rotated"
    INDICATORS_PUBLISHED = "indicators.published"
    CLIENT_CHANGED = "client.changed"
    CLIENT_LOCKED = "client.locked"
    CALL_REFUSED = "call.refused"
    DELIVERY_UPLOADED = "delivery.uploaded"
    WEBHOOK_CHANGED = "webhook.changed"
    ABUSE_SEEN = "abuse.seen"
    RELEASE_PUSHED = "release.pushed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One act. `at` is kept in UTC, to the second."""

    act: Act
    at: datetime
    subject: str
    actor: str = GATEWAY
    facts: Mapping[str, str | int] = field(default_factory=dict)
    version: int = VERSION

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("the time of an entry has a time zone")
        for name, value in self.facts.items():
            _check_fact(name, value)
        if not all(type(word) is str and word for word in (self.subject, self.actor)):
            raise ValueError("an entry has a subject and an actor")
        if type(self.version) is not int or self.version != VERSION:
            raise ValueError("an entry of a version unknown here")
        object.__setattr__(self, "at", self.at.astimezone(UTC).replace(microsecond=0))
        object.__setattr__(self, "facts", MappingProxyType(dict(sorted(self.facts.items()))))

    def encode(self) -> bytes:
        """Canonical bytes; ValueError past 65535."""
        members = {
            "act": self.act.value,
            "actor": self.actor,
            "at": self.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "facts": dict(self.facts),
            "subject": self.subject,
            "version": self.version,
        }
        text = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        body = text.encode()
        if len(body) > MAX_ENTRY:
            raise ValueError("an entry holds at most 65535 bytes")
        return body

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """Read canonical bytes; LedgerBroken if they are not what `encode` writes."""
        try:
            members = dict(json.loads(body))
            act, at = Act(members.pop("act")), datetime.fromisoformat(members.pop("at"))
            entry = cls(act=act, at=at, **members)
            is_canonical = entry.encode() == body
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            raise LedgerBroken("entrée illisible : forme inconnue") from error
        if not is_canonical:
            raise LedgerBroken("entrée écrite autrement que nous l'écrivons")
        return entry


def _check_fact(name: str, value: object) -> None:
    is_integer = type(value) is int and -_EXACT < value < _EXACT
    if not name or type(name) is not str or not (type(value) is str or is_integer):
        raise ValueError("a fact is a named string or integer")


def new_salt() -> bytes:
    """Draw the salt of one commitment. Keep it beside the value, erase it with the value."""
    return secrets.token_bytes(SALT_SIZE)


def commit(salt: bytes, value: str) -> str:
    """Commit to a value: SHA-256(LP(salt) ‖ LP(value)) in hex, LP being length (8 bytes) then bytes."""
    if len(salt) < SALT_SIZE:
        raise ValueError("a salt has 32 bytes at least: a shorter one could be searched")
    body = value.encode()
    prefixed = (len(salt).to_bytes(8, "big"), salt, len(body).to_bytes(8, "big"), body)
    return sha256(b"".join(prefixed)).hexdigest()


def check_commitment(commitment: str, salt: bytes, value: str) -> str:
    """Return the value if it is the one committed to, raise LedgerBroken otherwise."""
    if not compare_digest(commitment.encode(), commit(salt, value).encode()):
        raise LedgerBroken("cette valeur n'est pas celle qui a été engagée au journal")
    return value
