"""OpenPGP, strictly: `decrypt` gives verified bytes or a refusal, `encrypt` seals for one recipient.

`framing` reads packets without keys, `acceptance` judges what gpg says, `openpgp` runs gpg; `signing`
signs apart what is read in clear.
"""

from gateway.pgp.openpgp import Verified, decrypt, encrypt, fingerprint_of, generate_key
from gateway.pgp.signing import sign_detached

__all__ = ["Verified", "decrypt", "encrypt", "fingerprint_of", "generate_key", "sign_detached"]
