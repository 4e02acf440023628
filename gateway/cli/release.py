"""`passerelle release`: what left, to whom, with its proof."""

from typing import Annotated

import typer
from rich.table import Table

from connectors.contract import Milestone
from gateway.cli.options import Config, Json
from gateway.cli.records import records
from gateway.cli.speech import OUT, say_json, speaking
from gateway.errors import Misconfigured, Unavailable
from gateway.ledger.receipt import receipt as ledger_receipt
from gateway.settings import config_path, load
from gateway.store.releases import all_releases, find_release

# What a recipient answered; nothing is said of one that answers nowhere, or not yet.
ANSWERS = {
    Milestone.RECEIVED: "reçue",
    Milestone.READABLE: "lisible",
    Milestone.INTEGRATED: "intégrée",
    Milestone.REFUSED: "refusée",
    Milestone.UNREADABLE: "illisible",
}

app = typer.Typer(
    help="Les publications : ce qui est sorti, et la preuve.",
    no_args_is_help=True,
    add_completion=False,
)


@app.command("list")
def list_releases(config: Config = None, as_json: Json = False) -> None:
    """Liste les publications, de la plus ancienne à la plus récente."""
    with speaking():
        with records(load(config_path(config))) as connection:
            rows = all_releases(connection)
        if as_json:
            say_json([dict(row._mapping) for row in rows])  # noqa: SLF001 - SQLAlchemy's public name
            return
        table = Table(
            "Publication", "Produit", "Destinataire", "Fichier", "Lignes", "Remise", "Réponse",
            box=None,
        )  # fmt: skip
        for row in rows:
            told = "oui" if row.delivered else "en attente"
            answer = ANSWERS.get(row.answer, "")
            table.add_row(row.id, row.product, row.recipient, row.name, str(row.rows), told, answer)
        OUT.print(table)


@app.command()
def receipt(
    release: Annotated[str, typer.Argument(help="Identifiant de la publication.")],
    config: Config = None,
) -> None:
    """Écrit le reçu (.tlog-proof) de l'autorisation d'une publication."""
    with speaking():
        settings = load(config_path(config))
        with records(settings) as connection:
            row = find_release(connection, release)
        if row is None:
            raise Misconfigured("aucune publication de cet identifiant")
        try:
            proof = ledger_receipt(settings.ledger_folder, row.authorised_index)
        except IndexError:
            raise Unavailable("cette autorisation n'est pas encore publiée au journal") from None
        typer.echo(proof, nl=False)
