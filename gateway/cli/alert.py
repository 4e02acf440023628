"""`passerelle alert`: what somebody must look at, and closing it with a reason."""

from typing import Annotated

import typer
from rich.table import Column, Table

from gateway.cli.operator import By, Motive, operator
from gateway.cli.options import Config, Json
from gateway.cli.records import engine_of, records
from gateway.cli.speech import OUT, say_json, speaking
from gateway.settings import config_path, load
from gateway.store.alerts import Level, Raised, dismiss, every_alert, open_alerts

app = typer.Typer(
    help="Les alertes : lire ce qui dure, fermer avec un motif.",
    no_args_is_help=True,
    add_completion=False,
)

LEVELS = {Level.NOTICE: "à savoir", Level.WARNING: "à surveiller", Level.URGENT: "urgent"}


@app.command("list")
def list_alerts(
    config: Config = None,
    as_json: Json = False,
    everything: Annotated[bool, typer.Option("--toutes", help="Aussi les fermées.")] = False,
) -> None:
    """Liste ce qui dure : fichiers attendus, lieux muets, clés changées, antivirus."""
    with speaking():
        with records(load(config_path(config))) as connection:
            found = every_alert(connection) if everything else open_alerts(connection)
        if as_json:
            say_json([document(one) for one in found])
            return
        if not found:
            OUT.print("Aucune alerte.")
            return
        table = Table(
            "Alerte", "Niveau", "Depuis", "Fermée", Column("Quoi", overflow="fold"), box=None
        )
        for one in found:
            since, closed = f"{one.raised_at.astimezone():%d/%m/%Y %H:%M}", _closed(one)
            table.add_row(one.id, LEVELS[one.alert.level], since, closed, one.alert.sentence)
        OUT.print(table)


@app.command()
def close(
    alert: Annotated[str, typer.Argument(metavar="ALERTE", help="Son numéro, donné par la liste.")],
    motive: Motive,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Ferme une alerte avec un motif ; qui l'a fermée est écrit au journal."""
    with speaking():
        settings = load(config_path(config))
        with engine_of(settings) as engine:
            closed = dismiss(engine, alert, by=operator(settings, by), motive=motive)
        if as_json:
            say_json(document(closed))
        else:
            OUT.print(f"Alerte {closed.id} fermée par {closed.closed_by}.", markup=False)


def _closed(one: Raised) -> str:
    if one.closed_at is None:
        return ""
    return f"{one.closed_at.astimezone():%d/%m/%Y} {one.closed_by}".strip()


def document(one: Raised) -> dict[str, object]:
    """One alert, as `--json` gives it."""
    return {
        "alerte": one.id,
        "genre": one.alert.kind,
        "niveau": one.alert.level.value,
        "partenaire": one.alert.partner,
        "quoi": one.alert.sentence,
        "depuis": one.raised_at.isoformat(timespec="seconds"),
        "vue_le": one.seen_at.isoformat(timespec="seconds"),
        "fermee_le": one.closed_at.isoformat(timespec="seconds") if one.closed_at else None,
        "fermee_par": one.closed_by,
        "motif": one.motive,
    }
