"""`passerelle ack`: what senders were told, telling them again, and the proof of it."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from sqlalchemy import Row

from connectors.contract import Milestone
from gateway.app import open_house
from gateway.cli.operator import By, operator
from gateway.cli.options import Config, Json
from gateway.cli.records import records
from gateway.cli.speech import OUT, say_json, speaking
from gateway.errors import Misconfigured, Unavailable
from gateway.handover import hand_over
from gateway.keyring import Use
from gateway.resend import resend as tell_again
from gateway.settings import Settings, config_path, load
from gateway.stages.keep import kept_of
from gateway.store.acknowledgements import WORDS, find_notices, said_again, times_again
from gateway.store.deliveries import all_deliveries, find_delivery

LEVELS = {
    Milestone.RECEIVED: "ART reçu",
    Milestone.READABLE: "ARL lisible",
    Milestone.INTEGRATED: "ARA intégré",
    Milestone.REFUSED: "ARA refusé",
    Milestone.UNREADABLE: "ARL illisible",
}

app = typer.Typer(
    help="Les accusés : ce que les émetteurs ont su, le redire, le prouver.",
    no_args_is_help=True,
    add_completion=False,
)
Delivery = Annotated[
    str, typer.Argument(metavar="DEPOT", help="Identifiant du dépôt, donné par la liste.")
]


@app.command("list")
def list_notices(config: Config = None, as_json: Json = False) -> None:
    """Liste les dépôts et ce que leur émetteur en sait, du plus ancien au plus récent."""
    with speaking():
        with records(load(config_path(config))) as connection:
            again = times_again(connection)
            found = [_line(row, again.get(row.id, 0)) for row in all_deliveries(connection)]
        if as_json:
            say_json(found)
            return
        names = ("Dépôt", "Partenaire", "Fichier", "Verdict", "Code", "Dit le", "Renvois")
        table = Table(*names, box=None)
        for line in found:
            told = line["dit_le"] or "à dire"
            cells = [line[name] or "" for name in ("depot", "partenaire", "nom", "verdict", "code")]
            table.add_row(*cells, told, str(line["renvois"]))
        OUT.print(table)


@app.command()
def show(delivery: Delivery, config: Config = None, as_json: Json = False) -> None:
    """Montre ce que l'émetteur d'un dépôt a su, quand, et les renvois."""
    with speaking():
        with records(load(config_path(config))) as connection:
            row = _found(find_delivery(connection, delivery), delivery)
            record = find_notices(connection, delivery)
        again = said_again(record)
        words = json.loads(record[WORDS])["avis"] if WORDS in record else []
        said = _line(row, len(again)) | {
            "avis": words,
            "renvois": [
                {"le": a.at, "par": a.by, "motif": a.motive, "ecriture_journal": a.ledger_index}
                for a in again
            ],
        }
        if as_json:
            say_json(said)
        else:
            _print(said)


@app.command()
def resend(
    delivery: Delivery,
    motive: Annotated[
        str, typer.Option("--motif", help="Pourquoi : une phrase, sans donnée personnelle.")
    ] = "renvoi demandé",
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Redit à l'émetteur d'un dépôt ce qui lui a été dit, à l'octet près, même rangé depuis longtemps."""
    with speaking():
        settings = load(config_path(config))
        who = operator(settings, by)
        index = asyncio.run(_resend(settings, delivery, who, motive))
        if as_json:
            say_json({"depot": delivery, "renvoye": True, "ecriture_journal": index})
        else:
            OUT.print(f"Accusé de {delivery} remis de nouveau (écriture {index} du journal).")


@app.command()
def export(
    delivery: Delivery,
    into: Annotated[Path, typer.Argument(metavar="DOSSIER", help="Dossier neuf ou vide.")],
    config: Config = None,
) -> None:
    """Écrit les accusés d'un dépôt, leurs signatures, et comment les vérifier sans nous."""
    with speaking():
        names = asyncio.run(_export(load(config_path(config)), delivery, into))
        OUT.print(f"{len(names)} fichiers écrits dans {into} ; lisez LISEZMOI.txt", soft_wrap=True)


async def _resend(settings: Settings, delivery: str, by: str, motive: str) -> int:
    async with open_house(settings) as house:
        return await tell_again(
            house.clerk, house.posts, house.accounts, delivery, by=by, motive=motive
        )


async def _export(settings: Settings, delivery: str, into: Path) -> list[str]:
    async with open_house(settings) as house:
        with house.engine.begin() as connection:
            row = _found(find_delivery(connection, delivery), delivery)
        if row.acknowledged_at is None:
            raise Unavailable(f"{delivery} : son émetteur n'en sait encore rien")
        return await asyncio.to_thread(
            hand_over,
            house.clerk,
            kept_of(row),
            public_key=house.keyring.openpgp_public(Use.RELEASE),
            ledger=house.ledger_folder,
            into=into,
        )


def _found(row: Row[Any] | None, delivery: str) -> Row[Any]:
    if row is None:
        raise Misconfigured(f"aucun dépôt {delivery} : `passerelle ack list` les donne")
    return row


def _line(row: Row[Any], again: int) -> dict[str, Any]:
    told = row.acknowledged_at
    return {
        "depot": row.id,
        "partenaire": row.partner,
        "flux": row.flow,
        "nom": row.name,
        "verdict": row.verdict,
        "code": row.code,
        "dit_le": told.isoformat(timespec="seconds") if told else None,
        "renvois": again,
    }


def _print(said: Mapping[str, Any]) -> None:
    code = f" {said['code']}" if said["code"] else ""
    OUT.print(f"Dépôt {said['depot']} ({said['partenaire']}) : {said['verdict']}{code}")
    OUT.print(
        f"Dit le {said['dit_le']}" if said["dit_le"] else "Son émetteur n'en sait encore rien"
    )
    table = Table("Étape", "Ce qui est dit", "Fichiers", box=None)
    for notice in said["avis"]:
        level = LEVELS[Milestone(notice["etape"])]
        table.add_row(level, notice["message"], "\n".join(notice["fichiers"]))
    OUT.print(table)
    for again in said["renvois"]:
        OUT.print(
            f"Renvoyé le {again['le']} par {again['par']} : {again['motif']}",
            soft_wrap=True,
            markup=False,
        )
