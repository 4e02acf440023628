"""Sign what partners read beside their files: detached, armored, verified by plain `gpg --verify`.

1. One home for all the signatures of a delivery, of its own, in a workroom; its agent is killed at the
   end, before the room is removed.
2. What is signed goes in by a pipe and its signature comes out by another: nothing is written but the
   key. No network, no configuration file, no password prompt, a time limit.
3. The key is ours and alone in its home: gpg has no other to choose.

It blocks: call it from a thread.
"""

import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gateway.errors import GatewayError, Misconfigured
from gateway.secret import Secret
from gateway.workroom import workroom

PATH: Final = "/usr/local/bin:/usr/bin:/bin"
SECONDS: Final = 120.0  # for one run: a notice is signed in hundredths of one
STILL: Final = ("--batch", "--no-tty", "--quiet", "--no-options", "--pinentry-mode", "error",
                "--disable-dirmngr", "--no-auto-check-trustdb")  # fmt: skip
_IMPORTED: Final = re.compile(rb"^\[GNUPG:\] IMPORT_OK (\d+) ([0-9A-F]{40})\s*$", re.MULTILINE)
_SECRET: Final = 16  # the bit of IMPORT_OK that says a secret key came in
Run = Callable[..., bytes]


def sign_detached(contents: Sequence[bytes], signing_key: Secret[str]) -> Sequence[str]:
    """Give the armored detached signature of each content, in order. Raises `Misconfigured`."""
    if not contents:
        return []
    with workroom() as room, _home(room / "g") as run:
        fingerprint = _imported(run, signing_key)
        return [_signature(run, content, fingerprint) for content in contents]


def _imported(run: Run, signing_key: Secret[str]) -> str:
    said = run("--status-fd", "1", "--import", stdin=signing_key.reveal().encode())
    found = {name for flags, name in _IMPORTED.findall(said) if int(flags) & _SECRET}
    if len(found) != 1:
        raise Misconfigured("notre clé de signature OpenPGP est illisible ou n'est pas seule")
    return str(found.pop(), "ascii")


def _signature(run: Run, content: bytes, fingerprint: str) -> str:
    asked = ("--local-user", fingerprint, "--digest-algo", "SHA256", "--armor", "--detach-sign")
    armored = run(*asked, stdin=content)
    if not armored.startswith(b"-----BEGIN PGP SIGNATURE-----"):
        raise Misconfigured(f"notre clé {fingerprint} ne signe pas : expirée ou révoquée ?")
    return armored.decode("ascii")


@contextmanager
def _home(home: Path) -> Iterator[Run]:
    home.mkdir(mode=0o700)
    (home / "gpg-agent.conf").write_text("disable-scdaemon\nno-allow-external-cache\n")
    environment = {"PATH": PATH, "HOME": str(home), "LC_ALL": "C"}

    def run(*arguments: str, stdin: bytes) -> bytes:
        command = ["gpg", "--homedir", str(home), *STILL, *arguments]
        try:
            # What gpg complains of is left unread: it names keys, and its output already says no.
            done = subprocess.run(command, input=stdin, env=environment, capture_output=True,
                                  check=False, timeout=SECONDS)  # fmt: skip
        except FileNotFoundError:
            raise Misconfigured("gpg (GnuPG 2.2 ou plus) est absent de cette machine") from None
        except subprocess.TimeoutExpired:
            raise GatewayError("gpg ne signe pas dans le temps imparti") from None
        return done.stdout

    try:
        yield run
    finally:
        for order in (("--kill", "gpg-agent"), ("--remove-socketdir",)):
            subprocess.run(["gpgconf", "--homedir", str(home), *order], env={"PATH": PATH},
                           check=False, capture_output=True)  # fmt: skip
