"""How the command line speaks: French sentences, or one JSON document; errors that say what to do.

Exit codes, stable: 0 done · 1 a verdict against (refused file, broken ledger) · 2 misuse ·
3 configuration to repair · 4 time must act · 5 incident.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from gateway.errors import GatewayError, Misconfigured, NotAuthorised, Refused, Unavailable
from gateway.ledger.errors import LedgerBroken

# Not a terminal (a file, a pipe, CI): wide enough for the tables.
OUT = Console(highlight=False)
if not OUT.is_terminal:
    OUT = Console(highlight=False, width=130)
ERR = Console(stderr=True, highlight=False)


class Exit(IntEnum):
    """What a script may test."""

    DONE = 0
    AGAINST = 1
    MISUSE = 2
    CONFIGURATION = 3
    LATER = 4
    INCIDENT = 5


def say_json(document: Any) -> None:  # noqa: ANN401 - JSON
    """Print one JSON document."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=1, default=str))


@contextmanager
def speaking() -> Iterator[None]:
    """Turn what the gateway raises into a sentence and an exit code."""
    try:
        yield
    except (LedgerBroken, Refused, NotAuthorised) as error:
        stop(str(error), Exit.AGAINST)
    except Misconfigured as error:
        stop(str(error), Exit.CONFIGURATION)
    except Unavailable as error:
        stop(f"{error} ; rien n'est perdu, réessayez plus tard", Exit.LATER)
    except GatewayError as error:
        stop(str(error), Exit.INCIDENT)


def stop(sentence: str, code: Exit) -> NoReturn:
    """Say why, on the error stream, and leave."""
    ERR.print(
        # A sentence names tables of the settings, [sftp]: not a style.
        f"[bold red]{'Refus' if code is Exit.AGAINST else 'Erreur'}[/] {escape(sentence)}",
        soft_wrap=True,
    )
    raise typer.Exit(int(code))
