"""`passerelle key`: create our own keys, list fingerprints. Never prints a private half."""

from typing import Annotated

import typer
from rich.table import Table

from gateway.cli.options import Config, Json
from gateway.cli.speech import OUT, say_json, speaking
from gateway.errors import Misconfigured
from gateway.keymaking import create_keys
from gateway.keyring import Fingerprint, Keyring
from gateway.pgp import fingerprint_of
from gateway.settings import config_path, load

app = typer.Typer(
    help="Les clés : créer les nôtres, lire les empreintes.",
    no_args_is_help=True,
    add_completion=False,
)


@app.command()
def create(
    config: Config = None,
    name: Annotated[
        str, typer.Option(help="Nom porté par nos clés OpenPGP.")
    ] = "Passerelle <passerelle@example.org>",
    cms: Annotated[
        bool, typer.Option("--cms", help="Aussi le certificat de réception en CMS (RSA 3072).")
    ] = False,
) -> None:
    """Crée celles de nos clés qui manquent ; celles qui existent ne changent pas."""
    with speaking():
        settings = load(config_path(config))
        folder = settings.path(settings.main.paths.keys)
        try:
            ring = create_keys(folder, origin=settings.main.ledger.origin, uid=name, cms=cms)
        except ValueError:
            raise Misconfigured(
                "un nom de clé a cinq lettres ou plus, puis une adresse : Nom <a@b>"
            ) from None
        OUT.print(f"Clés en place dans {folder}.", soft_wrap=True)
        _show(list(ring.fingerprints(fingerprint_of)))


@app.command("list")
def list_keys(config: Config = None, as_json: Json = False) -> None:
    """Liste les empreintes, à comparer à voix haute avec un partenaire."""
    with speaking():
        settings = load(config_path(config))
        ring = Keyring(settings.path(settings.main.paths.keys))
        ring.check()
        prints = list(ring.fingerprints(fingerprint_of))
        if as_json:
            say_json([{"fichier": p.file, "genre": p.kind, "empreinte": p.value} for p in prints])
        else:
            _show(prints)


def _show(prints: list[Fingerprint]) -> None:
    table = Table("Fichier", "Genre", "Empreinte", box=None)
    for line in prints:
        table.add_row(line.file, line.kind, line.value)
    OUT.print(table)
