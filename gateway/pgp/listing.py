"""What a public key says of itself: the facts that policy judges and that people compare aloud."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

RSA, ELGAMAL, DSA = {"1", "2", "3"}, {"16", "20"}, {"17"}  # RFC 9580 §9.1
_ESCAPED = re.compile(r"\\x([0-9a-fA-F]{2})")


@dataclass(frozen=True, slots=True)
class Part:
    """A primary key or a subkey. `algorithm`: ``rsa3072``, ``ed25519``, ``dsa2048``.

    `size`: bits. `revoked` is what gpg concluded; `expires` is compared with the hour each time.
    """

    fingerprint: str
    algorithm: str
    size: int
    created: datetime
    expires: datetime | None
    revoked: bool
    can_encrypt: bool
    can_sign: bool

    def is_over(self, now: datetime) -> bool:
        """Whether it was revoked, or has expired by now."""
        return self.revoked or (self.expires is not None and self.expires <= now)


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """One public key. `can_encrypt` and `can_sign`: one of its parts still may.

    `verdict`: what the policy says of it, in French; `accepted`: whether it may be used at all.
    """

    primary: Part
    subkeys: tuple[Part, ...]
    user_ids: tuple[str, ...]
    can_encrypt: bool
    can_sign: bool
    verdict: str = ""
    accepted: bool = False

    @property
    def fingerprint(self) -> str:
        """Of the primary key: 40 hexadecimal digits, upper case."""
        return self.primary.fingerprint

    @property
    def algorithm(self) -> str:
        """Of the primary key."""
        return self.primary.algorithm

    @property
    def size(self) -> int:
        """Bits of the primary key."""
        return self.primary.size

    @property
    def created(self) -> datetime:
        """When the primary key was made."""
        return self.primary.created

    @property
    def expires(self) -> datetime | None:
        """When it ends; None for never."""
        return self.primary.expires

    @property
    def revoked(self) -> bool:
        """Whether its holder took it back."""
        return self.primary.revoked

    @property
    def parts(self) -> tuple[Part, ...]:
        """The primary key, then its subkeys."""
        return (self.primary, *self.subkeys)


def facts_of(listed: Mapping[str, Any]) -> KeyFacts:
    """One key, as python-gnupg lists it (GnuPG doc/DETAILS, colon listings)."""
    inner = listed.get("subkey_info", {})
    subkeys = tuple(_part(inner[sub[0]], sub[2]) for sub in listed["subkeys"])
    return KeyFacts(
        primary=_part(listed, listed["fingerprint"]),
        subkeys=subkeys,
        user_ids=tuple(_shown(uid) for uid in listed["uids"]),
        # Upper case: what the whole key may still do.
        can_encrypt="E" in listed["cap"],
        can_sign="S" in listed["cap"],
    )


def _part(fields: Mapping[str, Any], fingerprint: str) -> Part:
    bits = int(fields["length"])
    return Part(
        fingerprint=fingerprint,
        algorithm=_algorithm(str(fields["algo"]), bits, str(fields["curve"])),
        size=bits,
        created=datetime.fromtimestamp(int(fields["date"]), UTC),
        expires=datetime.fromtimestamp(int(fields["expires"]), UTC) if fields["expires"] else None,
        revoked=fields["trust"] in {"r", "i", "d"},  # revoked, invalid, disabled
        can_encrypt="e" in fields["cap"],
        can_sign="s" in fields["cap"],
    )


def _algorithm(number: str, bits: int, curve: str) -> str:
    if number in RSA:
        return f"rsa{bits}"
    if number in ELGAMAL:
        return f"elg{bits}"
    if number in DSA:
        return f"dsa{bits}"
    return curve or f"algo{number}"


def _shown(uid: str) -> str:
    # A name somebody else chose, on its way to a terminal. python-gnupg took its bytes for Latin-1.
    raw = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), uid)
    plain = raw.encode("latin-1", "replace").decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "?" for letter in plain)
