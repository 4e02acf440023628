"""What each recipient sees: its releases opened with its own key, its acknowledgements as they stand.

Nothing here is the gateway's: a recipient has its own secret key and our public one.
"""

import shutil
from pathlib import Path

from gateway.demo.scenery import Scenery
from gateway.keyring import Keyring, Use
from gateway.pgp import decrypt
from gateway.sandbox.stand import secret_key
from gateway.workroom import workroom

LIMIT = 1 << 30


def open_received(scenery: Scenery, keyring: Keyring) -> dict[str, list[Path]]:
    """Open everything that was delivered; the second time gives the same files."""
    sftp = scenery.sandbox / "sftp" / "partners"
    places = {"rdv-insertion": scenery.pickup, "cd": sftp / "cd" / "retrait"}
    opened = {
        recipient: _open_all(scenery, keyring, recipient, place)
        for recipient, place in places.items()
    }
    for partner in ("pe", "cd"):
        answers = scenery.received / partner / "accuses"
        shutil.copytree(sftp / partner / "ack", answers, dirs_exist_ok=True)
    return opened


def _open_all(scenery: Scenery, keyring: Keyring, recipient: str, place: Path) -> list[Path]:
    into = scenery.received / recipient
    into.mkdir(parents=True, exist_ok=True)
    for manifest in sorted(place.glob("*.manifeste.json")):
        shutil.copy(manifest, into / manifest.name)
    return [
        _open(scenery, keyring, recipient, sealed, into) for sealed in sorted(place.glob("*.gpg"))
    ]


def _open(scenery: Scenery, keyring: Keyring, recipient: str, sealed: Path, into: Path) -> Path:
    clear = into / sealed.name.removesuffix(".gpg")
    # Opened in a room, as a recipient killed meanwhile leaves nothing half written where it reads.
    with workroom() as room:
        decrypt(
            sealed,
            room / "clear",
            own_key=secret_key(scenery.sandbox, recipient),
            sender_key=keyring.openpgp_public(Use.RELEASE),
            max_bytes=LIMIT,
        )
        aside = into / f".{clear.name}.new"
        shutil.copyfile(room / "clear", aside)
        aside.replace(clear)
    return clear
