"""`passerelle indicators`: the indicators of a département, shown inside or published as an edition."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table as Screen

from gateway.cli.operator import By, operator
from gateway.cli.options import Config, Json
from gateway.cli.pages import Page, write_page
from gateway.cli.records import engine_of
from gateway.cli.speech import OUT, say_json, speaking
from gateway.drawers import open_drawers
from gateway.indicators import CATALOGUE, Edition, Granularity, Indicator, Period
from gateway.indicators.counting import MARGIN
from gateway.indicators.publishing import Row
from gateway.keyring import Keyring
from gateway.settings import Settings, config_path, load
from gateway.steering import desk
from gateway.steering.files import write_files
from gateway.steering.page import to_page

app = typer.Typer(
    help="Les indicateurs de pilotage : les voir, en publier une édition.",
    no_args_is_help=True,
    add_completion=False,
)
Departement = Annotated[str, typer.Argument(help="Le département, 08 ou 2A.")]
INSIDE = "Pilotage interne : à ne pas publier ; passerelle indicators publish protège ce qui sort."


@app.command()
def show(
    departement: Departement, page: Page = None, config: Config = None, as_json: Json = False
) -> None:
    """Montre les indicateurs à qui pilote ce département ; rien n'est publié ni gardé."""
    with speaking():
        settings = load(config_path(config))
        wanted = settings.main.indicators
        with engine_of(settings) as engine:
            edition = desk.show(
                engine,
                open_drawers(settings, _keyring(settings)).journeys,
                departement,
                Granularity(wanted.period),
                wanted.steering,
            )
        if page is not None:
            write_page(page, to_page(edition))
        if as_json:
            say_json(edition.document())
            return
        for indicator in CATALOGUE:
            _print(indicator, edition)
        OUT.print(INSIDE, soft_wrap=True)


@app.command()
def publish(
    departement: Departement,
    into: Annotated[
        Path | None,
        typer.Option("--vers", help="Dossier des fichiers ; sinon indicateurs/ dans paths.var."),
    ] = None,
    by: By = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Publie une édition : CSV, JSON et page, après l'avoir écrite au journal. Deux fois, c'est la même."""
    with speaking():
        settings = load(config_path(config))
        wanted, actor = settings.main.indicators, operator(settings, by)
        with engine_of(settings) as engine:
            issue = desk.publish(
                engine,
                open_drawers(settings, _keyring(settings)).journeys,
                departement,
                Granularity(wanted.period),
                wanted.published,
                actor=actor,
            )
        files = write_files(issue, into or settings.var / "indicateurs" / departement)
        if as_json:
            digest = issue.edition.digest()
            say_json(
                {
                    "edition": issue.number,
                    "nouvelle": issue.is_new,
                    "sha256": digest,
                    "fichiers": files,
                }
            )
            return
        news = "publiée" if issue.is_new else "déjà publiée, rien de nouveau n'est clos"
        OUT.print(f"Édition n° {issue.number} du département {departement} : {news}.")
        for file in files:
            OUT.print(f"  {file}", soft_wrap=True)


def _keyring(settings: Settings) -> Keyring:
    keyring = Keyring(settings.path(settings.main.paths.keys))
    keyring.check()
    return keyring


def _print(indicator: Indicator, edition: Edition) -> None:
    """One line a period, for the département; by rule for the last crossing."""
    tables = [table for table in edition.tables if table.indicator == indicator.name]
    if not tables:
        return
    measures = sorted({name for table in tables for row in table.rows for name in row.measures})
    measures = [name for name in measures if not name.startswith("décile")]
    screen = Screen("Période", "Ligne", "Total", *indicator.classes, *measures, box=None)
    for table in tables:
        shown = [row for row in table.rows if row.view == MARGIN or indicator.views == (row.view,)]
        lines: list[Row | None] = [*shown] or [None]
        for row in lines:
            screen.add_row(Period.parse(table.period).label, *_cells(row, indicator, measures))
    OUT.print(f"\n[bold]{indicator.title}[/]")
    OUT.print(screen)


def _cells(row: Row | None, indicator: Indicator, measures: list[str]) -> list[str]:
    if row is None:
        return ["", *("secret" for _ in (1, *indicator.classes, *measures))]
    counts = ["secret" if count is None else str(count) for count in row.counts]
    none = "" if row.total == 0 else "secret"
    days = [f"{row.measures[name]:g} j" if name in row.measures else none for name in measures]
    total = "" if indicator.is_stock else str(row.total)
    return [row.label or "département", total, *counts, *days]
