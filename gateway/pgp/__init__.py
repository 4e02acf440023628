"""OpenPGP, strictly: a `Desk` gives verified bytes or a refusal, and seals for one recipient.

`framing` reads packets without keys, `policy` says what is agreed with a partner, `acceptance` judges
what gpg says, `home` runs gpg, `desk` holds the keys of one partner for one purpose, `desks` keeps them
open between messages, `openpgp` does one message alone.
"""

from gateway.pgp.desk import Desk, Keys, Verified
from gateway.pgp.desks import Desks
from gateway.pgp.listing import KeyFacts, Part
from gateway.pgp.openpgp import (
    decrypt,
    describe_key,
    encrypt,
    fingerprint_of,
    generate_key,
    sign_detached,
)
from gateway.pgp.policy import Policy

__all__ = [
    "Desk",
    "Desks",
    "KeyFacts",
    "Keys",
    "Part",
    "Policy",
    "Verified",
    "decrypt",
    "describe_key",
    "encrypt",
    "fingerprint_of",
    "generate_key",
    "sign_detached",
]
