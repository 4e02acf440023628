"""`passerelle crossing precision`: how often each rule was right, as professionals answered."""

from datetime import UTC, datetime
from typing import Annotated

import polars as pl
import typer
from rich.table import Table

from gateway.cli.opened import keeper_of
from gateway.cli.options import Config, Json
from gateway.cli.records import engine_of
from gateway.cli.speech import OUT, say_json, speaking
from gateway.named import named
from gateway.passage.returned import every_answer
from gateway.rules.catalogue import BY_ID
from gateway.rules.precision import LEAST
from gateway.rules.precision import precision as measured
from gateway.settings import config_path, load

Departement = Annotated[str, typer.Argument(metavar="DÉPARTEMENT", help="Par exemple 08.")]
HIDDEN = "masqué"


def precision(departement: Departement, config: Config = None, as_json: Json = False) -> None:
    """Dit, règle par règle, combien de signaux jugés par les professionnels ont été confirmés."""
    with speaking():
        settings = load(config_path(config))
        with engine_of(settings) as engine:
            keeper = keeper_of(settings, engine)
            ours = named(engine, keeper.journeys, keeper.master)
            answered = every_answer(engine, ours, keeper.identities, departement)
        found = measured(answered, as_of=datetime.now(UTC).date())
        if as_json:
            say_json([_document(row) for row in found.iter_rows(named=True)])
        elif found.is_empty():
            OUT.print("Aucun retour de ce département : voir docs/retours.md.")
        else:
            _print(found)


def _document(row: dict[str, object]) -> dict[str, object]:
    return {
        "regle": row["REGLE"],
        "reponses": row["REPONSES"],
        "confirmes": row["CONFIRMES"],
        "ecartes": row["ECARTES"],
        "precision": row["PRECISION"],
        "masque": row["REPONSES"] is None,
    }


def _print(found: pl.DataFrame) -> None:
    table = Table("Règle", "Réponses", "Confirmés", "Écartés", "Précision", box=None)
    for rule, answers, confirmed, dismissed, share in found.iter_rows():
        name = f"{rule} {BY_ID[rule].name}" if rule in BY_ID else rule or "(toutes : la personne)"
        if answers is None:
            table.add_row(name, HIDDEN, "", "", "")
            continue
        told = "" if share is None else f"{share:.0%}".replace("%", " %")
        table.add_row(name, str(answers), str(confirmed), str(dismissed), told)
    OUT.print(table)
    OUT.print(f"Masqué : un effectif de 1 à {LEAST - 1} personnes y serait lisible.")
