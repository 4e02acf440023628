"""`passerelle release`: what left, to whom, with its proof; and taking back what was not collected."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.table import Table
from sqlalchemy import Row

from connectors.contract import Milestone
from gateway.app import open_house
from gateway.cli.operator import By, Motive, motive_of, operator
from gateway.cli.options import Config, Json
from gateway.cli.records import records
from gateway.cli.speech import OUT, say_json, speaking
from gateway.errors import Misconfigured, Unavailable
from gateway.ledger.receipt import receipt as ledger_receipt
from gateway.passage.withdrawing import withdraw_one
from gateway.settings import Settings, config_path, load
from gateway.store.releases import all_releases, find_release
from gateway.store.withdrawals import find_left

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
            named = [dict(row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name
            say_json([one | {"etat": _state(row)} for one, row in zip(named, rows, strict=True)])
            return
        table = Table(
            "Publication", "Produit", "Destinataire", "Fichier", "Lignes", "État", "Réponse",
            box=None,
        )  # fmt: skip
        for row in rows:
            told, answer = _state(row), ANSWERS.get(row.answer, "")
            table.add_row(row.id, row.product, row.recipient, row.name, str(row.rows), told, answer)
        OUT.print(table)


@app.command()
def withdraw(
    release: Annotated[str, typer.Argument(help="Identifiant de la publication.")],
    motive: Motive,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Reprend au lieu du destinataire une publication remise qu'il n'a pas encore collectée."""
    with speaking():
        settings = load(config_path(config))
        who, why = operator(settings, by), motive_of(motive)
        removed = asyncio.run(_withdraw(settings, release, who, why))
        if as_json:
            say_json({"publication": release, "fichiers_repris": list(removed)})
        elif removed:
            OUT.print(f"Repris : {', '.join(removed)}", markup=False, soft_wrap=True)
        else:
            OUT.print("Rien n'y était plus : le destinataire l'avait collectée.")


async def _withdraw(settings: Settings, release: str, by: str, motive: str) -> Sequence[str]:
    async with open_house(settings) as house:
        with house.engine.begin() as connection:
            left = find_left(connection, release)
        outlet = house.outlets.get(left.recipient)
        if outlet is None:
            raise Misconfigured(f"{left.recipient} n'a plus de lieu de remise dans les réglages")
        return await withdraw_one(house.engine, outlet, left, by=by, motive=motive)


def _state(row: Row[Any]) -> str:
    """Where it stands, the last thing that happened to it first."""
    told = {
        "collectée": row.collected_at is not None,
        "reprise": row.withdrawn_index is not None,
        "reprise commencée": row.withdrawn_at is not None,
        "remise": row.delivered,
    }
    return next((state for state, holds in told.items() if holds), "à remettre")


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
