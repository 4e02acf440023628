"""A clerk with keys of its own, and partners' side of what it signs: the real gpg, a fresh keyring."""

import atexit
import subprocess
from functools import cache
from pathlib import Path

from obstore.store import MemoryStore
from sqlalchemy import Engine

from gateway.clerk import Clerk
from gateway.pgp import Desks, Keys, generate_key
from gateway.secret import KeyPair
from gateway.vault import Unsealer, Vault, generate_identity


@cache
def signing_key() -> KeyPair:
    """Our release key, made once for all the tests of a process."""
    return generate_key("Passerelle Essai <essai@example.invalid>")


@cache
def open_desks() -> Desks:
    """Where clerks sign: open for all the tests of a process, closed with it."""
    desks = Desks()
    atexit.register(desks.close)
    return desks


def clerk(engine: Engine) -> Clerk:
    return clerk_with_drawer(engine)[0]


def clerk_with_drawer(engine: Engine) -> tuple[Clerk, Vault]:
    """A clerk, and the drawer from which it takes the rejected lines."""
    pair, store = generate_identity(), MemoryStore()
    drawer = Unsealer(store, [pair.secret])
    keys = Keys("clerk", signing_key().secret, "")
    made = Clerk(engine, keys, open_desks(), drawer, pair.public, pair.secret)
    return made, Vault(store, [pair.public])


class Verifier:
    """Somebody who has our public key and gpg, and nothing of ours."""

    def __init__(self, home: Path, public: str) -> None:
        self.home = home
        home.mkdir(mode=0o700)
        self._gpg("--import", stdin=public.encode())

    def accepts(self, file: Path) -> bool:
        """`gpg --verify fichier.asc fichier`, as docs/accuses.md says."""
        return self._gpg("--verify", f"{file}.asc", str(file)) == 0

    def _gpg(self, *arguments: str, stdin: bytes = b"") -> int:
        command = ["gpg", "--homedir", str(self.home), "--batch", *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, check=False).returncode
