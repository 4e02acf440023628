"""One message alone, and keys: what needs no desk kept open.

`decrypt` and `encrypt` open a desk (`gateway.pgp.desk` has the rules), use it once and close it. All of
this blocks: call it from a thread.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from gateway.errors import GatewayError
from gateway.pgp.desk import Desk, Keys, Verified
from gateway.pgp.home import only, open_home
from gateway.pgp.listing import KeyFacts
from gateway.pgp.policy import Policy
from gateway.secret import KeyPair, Secret
from gateway.workroom import workroom

UID = re.compile(r"(?P<name>[^<>()\n\r]{5,100}?)(?: <(?P<email>[^<>\s]+@[^<>\s]+)>)?")
ALONE = "one message"


def decrypt(
    source: Path,
    out: Path,
    *,
    own_key: Secret[str],
    sender_key: str,
    max_bytes: int,
    passphrase: Secret[str] | None = None,
    policy: Policy | None = None,
) -> Verified:
    """Open `source` into `out`, a new file of a workroom, or raise `Refused` and leave nothing.

    `sender_key` may hold several public keys of this partner, while it changes from one to another.
    """
    desk = Desk(Keys(ALONE, own_key, sender_key, passphrase, policy=policy or Policy()))
    try:
        return desk.decrypt(source, out, max_bytes=max_bytes)
    finally:
        desk.close()


def encrypt(
    source: Path,
    out: Path,
    *,
    recipient_key: str,
    signing_key: Secret[str],
    passphrase: Secret[str] | None = None,
    archive_key: str = "",
    policy: Policy | None = None,
) -> None:
    """Seal `source` for one recipient, signed by us, into `out`; all or nothing."""
    desk = Desk(
        Keys(ALONE, signing_key, recipient_key, passphrase, archive_key, policy or Policy())
    )
    try:
        desk.encrypt(source, out)
    finally:
        desk.close()


def sign_detached(
    contents: Sequence[bytes], signing_key: Secret[str], passphrase: Secret[str] | None = None
) -> Sequence[str]:
    """Give the armored detached signature of each content, in order. Raises `Misconfigured`."""
    if not contents:
        return []
    desk = Desk(Keys(ALONE, signing_key, "", passphrase))
    try:
        return desk.sign(contents)
    finally:
        desk.close()


def generate_key(
    uid: str, passphrase: Secret[str] | None = None, *, lifetime: str = "3y"
) -> KeyPair:
    """Make a key of ours (Ed25519 to sign, Curve25519 to open). Without passphrase, its file is its lock."""
    named = UID.fullmatch(uid)
    if named is None:
        raise ValueError(
            "a uid is a name of five letters or more, then perhaps an address: Nom <a@b>"
        )
    lines = ["Key-Type: eddsa", "Key-Curve: ed25519", "Key-Usage: sign", "Subkey-Type: ecdh",
             "Subkey-Curve: cv25519", f"Name-Real: {named['name']}",
             *([f"Name-Email: {named['email']}"] if named["email"] else []),
             f"Expire-Date: {lifetime}", *([] if passphrase else ["%no-protection"]), "%commit", ""]  # fmt: skip
    with workroom() as room, open_home(room, passphrase=passphrase) as home:
        (room / "wanted").write_text("\n".join(lines), "utf-8")
        said = home.run("--gen-key", "--", str(room / "wanted"))
        created = [rest.split(" ") for rest in said.all("KEY_CREATED")]
        if said.exit_code != 0 or len(created) != 1:
            raise GatewayError("gpg made no key")
        fingerprint = created[0][1]  # KEY_CREATED <type> <fingerprint>
        said = home.run(
            "--armor", "--output", str(room / "made"), "--export-secret-keys", fingerprint
        )
        if said.exit_code != 0:
            raise GatewayError("gpg did not give the key it made")
        public, secret = home.export_keys(fingerprint), (room / "made").read_text("ascii")
        return KeyPair(Secret(secret), public, fingerprint)


def fingerprint_of(public: str) -> str:
    """Give the fingerprint of the single key in an armored public file."""
    with workroom() as room, open_home(room) as home:
        return only(home.add_public(public))


def describe_key(
    public: str, policy: Policy | None = None, *, now: datetime | None = None
) -> KeyFacts:
    """What one public key says of itself, and what the policy says of it.

    Raises `Misconfigured`, in French, for several keys, a private one, or what is no key.
    """
    with workroom() as room, open_home(room) as home:
        fingerprint = only(home.add_public(public))
        facts = home.facts([fingerprint])[fingerprint]
    accepted, verdict = (policy or Policy()).verdict_on(facts, now or datetime.now(UTC))
    return replace(facts, accepted=accepted, verdict=verdict)
