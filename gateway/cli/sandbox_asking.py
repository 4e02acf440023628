"""Asking a HubEE sandbox that runs: where it is, with which token, and what its refusals mean."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from connectors.errors import Unreachable
from connectors.sandbox.hubee.admin import AdminClient, Declined, read_access
from gateway.cli.speech import OUT, Exit, say_json, speaking, stop
from gateway.errors import Misconfigured, Unavailable

HUBEE_FOLDER = Path("var/bac-a-sable-hubee")
ACCESS_REFUSED = frozenset({401, 403})
Ask = Callable[[AdminClient], Coroutine[Any, Any, Any]]

Folder = Annotated[Path, typer.Option("--dir", help="Dossier d'état du bac à sable à commander.")]
Url = Annotated[
    str | None, typer.Option("--url", help="Adresse d'administration ; sinon lue dans le dossier.")
]
Token = Annotated[
    str | None, typer.Option("--token", help="Jeton d'administration ; sinon lu dans le dossier.")
]


def asked(folder: Path, url: str | None, token: str | None, ask: Ask) -> Any:  # noqa: ANN401 - JSON
    """Ask the sandbox, and turn what goes wrong into the exit codes of every command."""
    with speaking():
        try:
            kept = (url, token) if url and token else read_access(folder)
        except ValueError:
            raise Misconfigured(
                f"{folder} : aucun accès ; lancez `passerelle sandbox hubee --dir`,"
                " ou donnez --url et --token"
            ) from None
        try:
            return asyncio.run(ask(AdminClient(url or kept[0] or "", token or kept[1] or "")))
        except Unreachable:
            raise Unavailable("le bac à sable ne répond pas ; est-il lancé ?") from None
        except Declined as refused:
            stop(
                str(refused),
                Exit.CONFIGURATION if refused.status in ACCESS_REFUSED else Exit.MISUSE,
            )


def answered(content: Any, sentence: str, *, as_json: bool) -> None:  # noqa: ANN401 - JSON
    """Say what was done."""
    if as_json:
        say_json(content)
    else:
        OUT.print(escape(sentence), soft_wrap=True)
