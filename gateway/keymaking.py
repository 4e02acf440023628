"""Making our own keys: who makes what, joined once (age by the vault, OpenPGP by gpg, CMS; the ledger's and the API's here)."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from gateway.cms import generate_certificate
from gateway.keyring import Keyring, Makers, create
from gateway.ledger.keys import new_signer_key
from gateway.pgp import generate_key
from gateway.secret import KeyPair, Secret
from gateway.vault import generate_identity


def create_keys(
    folder: Path, *, origin: str, uid: str, cms: bool = False, master: bool = True
) -> Keyring:
    """Make our missing keys in `folder`; `origin` names the ledger, `uid` our OpenPGP keys.

    `cms`: also the certificate of reception in CMS, which not everybody needs. `master`: also the file of
    the pseudonyms' master, which is in shares or in a token elsewhere.
    """

    def ledger() -> KeyPair:
        signer = new_signer_key(origin)
        pem = signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return KeyPair(Secret(pem.decode()), str(signer.verifier), str(signer.verifier))

    certificate = generate_certificate if cms else None
    makers = Makers(generate_identity, generate_key, ledger, certificate, token_key)
    return create(folder, makers, uid=uid, master=master)


def token_key() -> KeyPair:
    """A P-256 key, for the tokens of the API."""
    key = generate_private_key(SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    shown = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return KeyPair(Secret(pem), shown, shown)
