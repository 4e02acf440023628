"""Making our own keys: who makes what, joined once (age by the vault, OpenPGP by gpg, the ledger's here)."""

from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.keyring import Keyring, Makers, create
from gateway.ledger.keys import new_signer_key
from gateway.pgp import generate_key
from gateway.secret import KeyPair, Secret
from gateway.vault import generate_identity


def create_keys(folder: Path, *, origin: str, uid: str) -> Keyring:
    """Make our missing keys in `folder`; `origin` names the ledger, `uid` our OpenPGP keys."""

    def ledger() -> KeyPair:
        signer = new_signer_key(origin)
        pem = signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return KeyPair(Secret(pem.decode()), str(signer.verifier), str(signer.verifier))

    return create(folder, Makers(generate_identity, generate_key, ledger), uid=uid)
