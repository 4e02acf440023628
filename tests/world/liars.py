"""Partners who write to the gateway, and may lie: in exactly the way a test asks, and in no other.

1. Their OpenPGP messages are made by the gpg command with the keys of the sandbox, not by our code.
2. What they leave appears whole under its name, as the drop protocol wants.
3. They read what they were answered where a real partner would: `ack/`, or the events of the case.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from connectors.sandbox.hubee import HubeeSandbox
from gateway.pgp import fingerprint_of
from gateway.sandbox.stand import PROCESS, RECIPIENT, secret_key
from gateway.sandbox.week import CONTACTS
from tests.world.openpgp import Partner

Spoiling = Callable[[bytes], bytes]


class Key(Enum):
    """Whose key: the one expected there, somebody else's, or none at all."""

    OURS = "expected"
    STRANGER = "stranger"
    NONE = "none"


def whole(message: bytes) -> bytes:
    return message


def cut(message: bytes) -> bytes:
    """Lose the end on the way."""
    return message[: len(message) * 2 // 3]


def flipped(message: bytes) -> bytes:
    """Change one bit of what is encrypted, near the end."""
    changed = bytearray(message)
    changed[-40] ^= 1
    return bytes(changed)


class Pen:
    """A GnuPG home that can write as a partner: its secret key, the gateway's public one, a stranger's."""

    def __init__(self, alias: str, sandbox: Path, gateway_key: str) -> None:
        self._home = Partner("Stranger")
        self._home.gpg("--import", stdin=secret_key(sandbox, alias).reveal().encode())
        self._home.gpg("--import", stdin=gateway_key.encode())
        own = (sandbox / "partenaires" / f"{alias}.asc").read_text()
        self._signers = {Key.OURS: fingerprint_of(own), Key.STRANGER: self._home.fingerprint}
        self._readers = {
            Key.OURS: fingerprint_of(gateway_key),
            Key.STRANGER: self._home.fingerprint,
        }

    def seals(self, body: bytes, *, signed_by: Key, encrypted_to: Key) -> bytes:
        if encrypted_to is Key.NONE:
            return body
        signing = (
            [] if signed_by is Key.NONE else ["--local-user", self._signers[signed_by], "--sign"]
        )
        return self._home.gpg(*signing, "-r", self._readers[encrypted_to], "--encrypt", stdin=body)

    def close(self) -> None:
        self._home.close()


@dataclass(frozen=True)
class SftpPartner:
    """A partner with an SFTP account: `depot/` to send, `archive/`, `ack/` and `retrait/` to look at."""

    home: Path
    pen: Pen

    def sends(
        self,
        name: str,
        body: bytes,
        *,
        signed_by: Key = Key.OURS,
        encrypted_to: Key = Key.OURS,
        spoiled: Spoiling = whole,
    ) -> str:
        """Leave one message in the depot; give the name it has there."""
        sealed = self.pen.seals(body, signed_by=signed_by, encrypted_to=encrypted_to)
        return self.leaves(f"{name}.gpg", spoiled(sealed))

    def leaves(self, name: str, content: bytes) -> str:
        """Leave bytes as they are."""
        writing = self.home / "writing"
        writing.write_bytes(content)
        writing.rename(self.home / "depot" / name)
        return name

    def waits(self, name: str) -> bool:
        return (self.home / "depot" / name).exists()

    def answers(self, delivery: str) -> Mapping[str, dict[str, Any]]:
        """Acknowledgements of one delivery, by level."""
        told = [json.loads(path.read_text("utf-8")) for path in (self.home / "ack").glob("*.json")]
        return {answer["niveau"]: answer for answer in told if answer["depot"] == delivery}


@dataclass
class HubeePartner:
    """The CNAF: publishes cases, and reads the events that come back on them."""

    hub: HubeeSandbox
    cases: dict[str, str] = field(default_factory=dict)

    def publishes(self, name: str, body: bytes) -> str:
        """Publish one case of one file; give the name of the file."""
        file = (name, CONTACTS, "text/plain", body)
        number = f"CNAF-TEST-{len(self.cases):013}"
        self.cases[name] = self.hub.publish(PROCESS, RECIPIENT, [file], number)
        return name

    def hears(self, case: str) -> list[tuple[str, str]]:
        """What the gateway said on a case: (status, message), oldest first."""
        seen = self.hub.state().cases[case]
        return [
            (event.new_status or "", event.message or "")
            for event in seen.events
            if event.transmitter.type == "SI"
        ]

    def waits(self, case: str) -> bool:
        """Whether the gateway still has a notification of this case to settle."""
        waiting = self.hub.state().waiting
        return any(who.type == "SI" and of == case for who, of in waiting)
