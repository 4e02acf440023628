"""`passerelle retention`: what is kept how long, what is due, and giving it up."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from gateway.cli.opened import keeper_of
from gateway.cli.options import Config, Json
from gateway.cli.records import engine_of, records
from gateway.cli.speech import OUT, say_json, speaking
from gateway.drawers import terms_of
from gateway.retention.erasing import erase_ordered
from gateway.retention.keeping import OBJECTS, keep_no_longer
from gateway.settings import config_path, load
from gateway.store.call_retention import CALL_MONTHS
from gateway.store.retention import Kind, Terms, counted, due

app = typer.Typer(
    help="La conservation : ce qui est gardé, jusqu'à quand, et ce qui est effacé.",
    no_args_is_help=True,
    add_completion=False,
)

TOLD = {
    Kind.RECEIVED: "dépôts, tels que reçus",
    Kind.REJECTS: "lignes rejetées, scellées pour leur émetteur",
    Kind.PARTITIONS: "fichiers de parcours",
    Kind.CROSSINGS: "croisements et leurs signaux",
    Kind.RELEASES: "copies scellées de publications",
    Kind.INDEXES: "anciennes versions de l'index des identités",
    Kind.UNMATCHED: "personnes de Pôle emploi que le département ne suit pas",
    Kind.SUBJECTS: "sujets de l'index dont aucun fichier gardé ne parle",
    Kind.CALLS: "appels de l'API",
    Kind.TRACES: "assertions, réponses et échecs de l'API qui ne servent plus",
}


@app.command()
def show(config: Config = None, as_json: Json = False) -> None:
    """Montre les durées en vigueur et ce qui est échu aujourd'hui, sans rien effacer."""
    with speaking():
        settings = load(config_path(config))
        terms = terms_of(settings)
        with records(settings) as connection:
            found = counted(due(connection, terms, datetime.now(UTC)))
        if as_json:
            say_json({"durees": _written(terms), "echus": dict(found)})
            return
        table = Table("Ce qui est gardé", "Durée", box=None)
        for name, length in _written(terms).items():
            table.add_row(name, length)
        OUT.print(table)
        _print(found, "Rien n'est échu.")


@app.command()
def apply(
    config: Config = None,
    as_json: Json = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Dit ce qui serait effacé, n'efface rien.")
    ] = False,
) -> None:
    """Efface ce qui est échu, et les personnes dont l'effacement est ordonné ; serve le fait seul."""
    with speaking():
        settings = load(config_path(config))
        with engine_of(settings) as engine:
            if dry_run:
                with engine.begin() as connection:
                    found = dict(counted(due(connection, terms_of(settings), datetime.now(UTC))))
                erased = 0
            else:
                keeper = keeper_of(settings, engine)
                erased = erase_ordered(keeper)
                found = dict(keep_no_longer(keeper, terms_of(settings)))
        if as_json:
            say_json({"echus": found, "personnes_effacees": erased, "efface": not dry_run})
            return
        if erased:
            OUT.print(f"Personnes effacées : {erased}")
        _print(found, "Rien n'est échu.")
        if found and dry_run:
            OUT.print("Rien n'a été effacé : relancez sans --dry-run.")


def _print(counts: Mapping[str, int], nothing: str) -> None:
    if not counts:
        OUT.print(nothing)
        return
    table = Table("Échu", "Nombre", box=None)
    for name, number in counts.items():
        known = TOLD[Kind(name)] if name != OBJECTS else "objets scellés effacés des coffres"
        table.add_row(known, str(number))
    OUT.print(table)


def _written(terms: Terms) -> dict[str, str]:
    """Each length, as people read it."""
    return {
        "dépôts reçus et lignes rejetées": f"{terms.received_months} mois depuis la réception",
        "faits de Pôle emploi": f"{terms.pe_months} mois depuis la transmission",
        "faits de la CNAF": f"{terms.cnaf_months} mois depuis la transmission",
        "faits du département": f"{terms.cd_months} mois depuis la transmission",
        "retours des professionnels": f"{terms.returns_months} mois depuis la transmission",
        "croisements et signaux": f"{terms.crossings_months} mois, sauf le dernier",
        "copies scellées des publications": f"{terms.releases_months} mois depuis la remise",
        "personnes non suivies ici": f"{terms.unmatched_days} jours depuis la réception",
        "appels de l'API": f"{CALL_MONTHS} mois",
    }
