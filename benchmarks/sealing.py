"""What leaves and what rests: OpenPGP next to python-gnupg as it comes, the vault next to `cp`."""

import hashlib
import os
import shutil
from pathlib import Path

import gnupg

from benchmarks.measure import Line, Scale, race, write_rows
from gateway.pgp import encrypt, generate_key
from gateway.vault import Vault, generate_identity, open_folder
from gateway.workroom import workroom


def measure_openpgp(folder: Path, scale: Scale) -> list[Line]:
    """Encrypt and sign one file."""
    source = write_rows(folder / "clair", scale.megabytes)
    us, them = generate_key("Passerelle de mesure"), generate_key("Partenaire de mesure")
    with workroom() as home:
        home.chmod(0o700)
        gpg = gnupg.GPG(gnupghome=str(home))
        signer = gpg.import_keys(us.secret.reveal()).fingerprints[0]
        recipient = gpg.import_keys(them.public).fingerprints[0]
        sealed, default = folder / "scelle", folder / "defaut"

        def ours() -> None:
            sealed.unlink(missing_ok=True)
            encrypt(source, sealed, recipient_key=them.public, signing_key=us.secret)

        def theirs() -> None:
            done = gpg.encrypt_file(
                str(source), [recipient], sign=signer, output=str(default), always_trust=True
            )
            if not done.ok:
                raise RuntimeError("the peer failed: its time would say nothing")

        times = race(scale.runs, ours, theirs)
    name, peer = "OpenPGP, chiffrer et signer", "python-gnupg, options par défaut"
    return [Line(name, scale.megabytes, "Mo", times[0], peer, times[1])]


def measure_vault(folder: Path, scale: Scale) -> list[Line]:
    """Seal into a folder, flushed to the disk."""
    source = write_rows(folder / "clair", scale.megabytes)
    store, copy = open_folder(folder / "coffre"), folder / "copie"
    vault = Vault(store, [generate_identity().public])

    def ours() -> None:
        vault.delete(vault.put(source).digest)  # bytes already held would not be written again

    def theirs() -> None:
        shutil.copyfile(source, copy)
        with copy.open("rb+") as written:
            hashlib.file_digest(written, "sha256")
            os.fsync(written.fileno())
        copy.unlink()

    times = race(scale.runs, ours, theirs)
    peer = "cp + sha256, en clair, sur le disque"
    return [Line("Coffre, sceller et garder", scale.megabytes, "Mo", times[0], peer, times[1])]
