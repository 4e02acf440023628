"""The root of the command line, and the list of its nouns."""

from typing import Annotated

import typer

from gateway import __version__
from gateway.cli import demo, flow, habilitation, key, ledger, release, sandbox, serving

app = typer.Typer(
    help="Passerelle : échanges protégés entre CNAF, Pôle emploi et départements.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("demo")(demo.demo)
app.command("sandbox")(sandbox.sandbox)
app.command("serve")(serving.serve)
app.command("doctor")(serving.doctor)
app.add_typer(flow.app, name="flow")
app.add_typer(ledger.app, name="ledger")
app.add_typer(key.app, name="key")
app.add_typer(habilitation.app, name="habilitation")
app.add_typer(release.app, name="release")


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
