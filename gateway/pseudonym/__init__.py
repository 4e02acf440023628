"""The name of a person for one recipient, one purpose and one epoch, that nobody else can join.

Scheme "p1", in order:
1. key = HKDF-SHA256(master, no salt, info = LP("passerelle/pseudonym/v1") LP(recipient) LP(purpose)
   LP(epoch)), where LP writes a two-byte length then UTF-8: no separator trick can make two meet. A
   master that stays in a token derives there (`token`); whatever gives a key is a `Deriver`.
2. pseudonym = "p1." epoch "." and the first 128 bits of HMAC-SHA-256(hex(key), person id), in hex. The
   hexadecimal key is one block of SHA-256, and text, which is what a vectorised library takes.
3. The person id is random and comes from the identity index; a NIR never enters here (10^10 values:
   a leaked key would undo it in hours).
4. Whatever is empty, short or constant is refused. Nothing here has a default.
5. A name says its epoch: whoever reads a column knows which key named it (`epoch_of`).

`domain` who it is for, `master` where keys come from, `shares` a master in two halves, `token` a master
that nobody reads, `hashing` the two ways of naming many, `naming` the one door to them,
`carrying` from an epoch to the next.
"""

from gateway.pseudonym.carrying import bridge, carried_over
from gateway.pseudonym.domain import EPOCH, JOURNEYS, LABEL, Domain, epoch_of
from gateway.pseudonym.hashing import HEX_DIGITS, Way, has_vector
from gateway.pseudonym.master import Deriver, Master, derive_key, fingerprint_of
from gateway.pseudonym.naming import Pseudonym, Pseudonymiser

__all__ = [
    "EPOCH",
    "HEX_DIGITS",
    "JOURNEYS",
    "LABEL",
    "Deriver",
    "Domain",
    "Master",
    "Pseudonym",
    "Pseudonymiser",
    "Way",
    "bridge",
    "carried_over",
    "derive_key",
    "epoch_of",
    "fingerprint_of",
    "has_vector",
]
