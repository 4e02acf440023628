"""The root of the command line, and the list of its nouns.

A noun is imported when it is used: verifying a ledger must not wait for SFTP, polars and the rest.
"""

import gc
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from gateway import __version__

# Noun → where its Typer stands, in the order of the help.
NOUNS: Mapping[str, tuple[str, str]] = {
    "demo": ("gateway.cli.demo", "app"),
    "sandbox": ("gateway.cli.sandbox", "app"),
    "serve": ("gateway.cli.serving", "serve_app"),
    "doctor": ("gateway.cli.serving", "doctor_app"),
    "flow": ("gateway.cli.flow", "app"),
    "ack": ("gateway.cli.ack", "app"),
    "alert": ("gateway.cli.alert", "app"),
    "ledger": ("gateway.cli.ledger", "app"),
    "key": ("gateway.cli.key", "app"),
    "person": ("gateway.cli.person", "app"),
    "partner": ("gateway.cli.partner", "app"),
    "client": ("gateway.cli.client", "app"),
    "approval": ("gateway.cli.approval", "app"),
    "quarantine": ("gateway.cli.quarantine", "app"),
    "retention": ("gateway.cli.retention", "app"),
    "habilitation": ("gateway.cli.habilitation", "app"),
    "crossing": ("gateway.cli.crossing", "app"),
    "indicators": ("gateway.cli.indicators", "app"),
    "release": ("gateway.cli.release", "app"),
    "rules": ("gateway.cli.rules", "app"),
    "webhook": ("gateway.cli.webhook", "app"),
}


class Nouns(TyperGroup):
    """The nouns, each imported when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - the library's signature
        """Every noun."""
        return list(NOUNS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 - the library's signature
        """One noun, or None."""
        if cmd_name not in NOUNS:
            return None
        module, attribute = NOUNS[cmd_name]
        command = get_command(getattr(_imported(module), attribute))
        command.name = cmd_name
        return command


def _imported(module: str) -> Any:  # noqa: ANN401 - a module
    """Import it without looking for garbage: there is none, and looking is a sixth of the start.

    What is imported stays: it is set aside, so that nothing looks through it again.
    """
    if module in sys.modules:
        return sys.modules[module]
    gc.disable()
    try:
        return import_module(module)
    finally:
        gc.freeze()
        gc.enable()


app = typer.Typer(
    cls=Nouns,
    help="Passerelle : échanges protégés entre CNAF, Pôle emploi et départements.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"passerelle {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Affiche la version."),
    ] = False,
) -> None:
    """Passerelle : échanges protégés entre CNAF, Pôle emploi et départements."""


def main() -> None:
    """Run the command line."""
    app()
