"""Collected → Opened: clear text, in a private room, from the partner we expect and nobody else.

1. What comes out of the vault is what went in (digest verified while streaming).
2. An empty delivery is refused before any decryption.
3. Envelope `openpgp`: decrypted with our reception key, signed by the partner's pinned key, intact,
   bounded, strong (`gateway.pgp` has the numbered acceptance rule), at the desk of this partner.
4. Envelope `cms`: decrypted with our certificate's key, signed by a certificate of the partner unless
   its settings say that only the channel vouches (`gateway.cms` has the numbered rules).
5. Envelope `hubee`: the channel is the envelope (TLS, credential, size and digest verified by the
   connector). It has to be typed in the partner's settings.

Not checked here: whether they are infected (`scan`) and what they mean (`check`).
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from gateway import cms
from gateway.delivery import Collected, Opened
from gateway.errors import Refused
from gateway.pgp import Desks, Keys
from gateway.secret import Secret
from gateway.vault import Unsealer
from schemas.codes import Code


@dataclass(frozen=True, slots=True)
class OpenPgpPair:
    """Our reception key and the keys of one partner, and where they are laid out."""

    keys: Keys
    desks: Desks


@dataclass(frozen=True, slots=True)
class CmsPair:
    """Our key and certificate for CMS, the partner's certificates, and what is asked of its messages."""

    own_secret: Secret[str]
    own_certificate: str
    own_passphrase: Secret[str] | None
    partner_certificates: tuple[str, ...]
    signature: bool
    integrity: bool


def unseal(
    collected: Collected,
    vault: Unsealer,
    room: Path,
    *,
    pair: OpenPgpPair | CmsPair | None,
    limit: int,
) -> Opened:
    """Open one delivery into `room`. `pair` is None only for the `hubee` envelope. Raises `Refused`."""
    received = room / "unsealed"
    with received.open("wb") as out:
        vault.unseal_into(collected.digest, out)
    if collected.size == 0:
        raise Refused(Code.EMPTY)
    if pair is None:
        with received.open("rb") as body:
            return Opened(received, hashlib.file_digest(body, "sha256").hexdigest(), "")
    clear = room / "clear"
    if isinstance(pair, CmsPair):
        return _from_cms(received, clear, pair, limit)
    with pair.desks.at(pair.keys) as desk:
        verified = desk.decrypt(received, clear, max_bytes=limit)
    received.unlink()
    return Opened(clear, verified.sha256, verified.signer_fingerprint)


def _from_cms(received: Path, clear: Path, pair: CmsPair, limit: int) -> Opened:
    own = cms.load_identity(pair.own_secret, pair.own_certificate, pair.own_passphrase)
    pinned = [cms.Declared.of(pem) for pem in pair.partner_certificates]
    terms = cms.Terms(own, pinned, limit, signature=pair.signature, integrity=pair.integrity)
    verified = cms.open_message(received, clear, terms)  # consumes what was received
    return Opened(clear, verified.sha256, verified.signer)
