"""Who is typing: the name that goes into requests, decisions and the ledger.

1. The kernel knows it: the login recorded when the session was opened (`/proc/self/loginuid`, which
   `sudo` and `su` leave as it is), else the account that runs the command.
2. `--par NOM` is believed only where the settings say so (`[operators] identity = "declared"`): a
   machine of one account. Then two people are two words, and `doctor` says it.
"""

import os
import pwd
import re
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.errors import Misconfigured
from gateway.settings import Settings

By = Annotated[
    str | None,
    typer.Option(
        "--par", help='Qui agit, si [operators] identity = "declared" ; sinon le compte connecté.'
    ),
]
Motive = Annotated[
    str, typer.Option("--motif", help="Pourquoi : une phrase, sans donnée personnelle.")
]

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,62}")
_UNSET: Final = 2**32 - 1
_LOGIN: Final = Path("/proc/self/loginuid")


def operator(settings: Settings, said: str | None) -> str:
    """The name of whoever acts. Raises `Misconfigured`."""
    if settings.main.operators.identity == "account":
        if said is not None:
            raise Misconfigured(
                '--par n\'est cru que si gateway.toml dit [operators] identity = "declared"'
            )
        return _account()
    if said is None or not _NAME.fullmatch(said):
        raise Misconfigured("dites qui agit : --par NOM (lettres, chiffres, points, tirets)")
    return said


def motive_of(said: str) -> str:
    """Why, as typed: never empty. Raises `Misconfigured`."""
    if not said.strip():
        raise Misconfigured("dites pourquoi : --motif, une phrase sans donnée personnelle")
    return said.strip()


def _account() -> str:
    login = _login()
    try:
        return pwd.getpwuid(os.getuid() if login == _UNSET else login).pw_name
    except KeyError:
        raise Misconfigured(
            "ce compte n'a pas de nom sur cette machine : ouvrez une session"
        ) from None


def _login() -> int:
    try:
        return int(_LOGIN.read_text())
    except (OSError, ValueError):
        return _UNSET
