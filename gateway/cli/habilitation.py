"""`passerelle habilitation`: who may receive what, how it was decided, what is asked for."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from gateway.authorising import desk, told
from gateway.authorising.sheet import matrix_csv
from gateway.cli import habilitation_acts, habilitation_answers
from gateway.cli.habilitation_pages import Name, print_changes, print_demand, print_versions
from gateway.cli.options import Config, Json
from gateway.cli.records import records
from gateway.cli.speech import OUT, say_json, speaking
from gateway.errors import Misconfigured
from gateway.settings import config_path, load

app = typer.Typer(
    help="Les habilitations : qui reçoit quoi, sur quelle base ; demander, décider à deux, fermer.",
    no_args_is_help=True,
    add_completion=False,
)
Day = Annotated[
    datetime | None,
    typer.Option("--le", formats=["%Y-%m-%d"], help="Un jour, AAAA-MM-JJ ; sinon aujourd'hui."),
]
Version = Annotated[int | None, typer.Argument(help="Un numéro de version.")]


@app.command("list")
def list_habilitations(config: Config = None, as_json: Json = False) -> None:
    """Liste les habilitations, ce qu'elles ouvrent aujourd'hui, et les demandes à décider."""
    with speaking():
        with records(load(config_path(config))) as connection:
            found = desk.listed(connection, _today())
        if as_json:
            say_json(found)
            return
        _print_habilitations(found["habilitations"])
        if found["demandes"]:
            _print_demands(found["demandes"])


@app.command()
def show(name: Name, config: Config = None, as_json: Json = False) -> None:
    """Montre une demande (D12), ou une habilitation et toutes ses versions."""
    with speaking():
        with records(load(config_path(config))) as connection:
            found = desk.show(connection, name, _today())
        if as_json:
            say_json(found)
        elif "demande" in found:
            print_demand(found)
        else:
            print_versions(found)


@app.command()
def diff(
    name: Name,
    before: Version = None,
    after: Version = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Dit ce qui change d'une version à l'autre, et si cela élargit ; sinon les deux dernières."""
    with speaking():
        if (before is None) != (after is None):
            raise Misconfigured("dites deux versions, ou aucune")
        pair = (before, after) if before is not None and after is not None else None
        with records(load(config_path(config))) as connection:
            found = desk.compare(connection, name, pair, _today())
        if as_json:
            say_json(found)
            return
        OUT.print(f"{name}, de la version {found['avant']} à la version {found['apres']} :")
        print_changes(found["change"])


@app.command()
def matrix(
    day: Day = None,
    sheet: Annotated[
        Path | None, typer.Option("--csv", help="Écrit le tableau dans ce fichier.")
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Dit qui reçoit quelle colonne, à la fin d'un jour."""
    with speaking():
        on = day.date() if day else _today()
        with records(load(config_path(config))) as connection:
            found = desk.matrix(connection, on)
        if sheet is not None:
            _write(sheet, matrix_csv(found))
        if as_json:
            say_json(told.of_matrix(found))
            return
        table = Table("Produit", "Colonne", *(escape(one.name) for one in found.organisations))
        for row in found.rows:
            cells = (row.cells.get(one.siret, ()) for one in found.organisations)
            lines = ("\n".join(_opening(each) for each in cell) for cell in cells)
            table.add_row(row.product, escape(row.column), *lines)
        OUT.print(table if found.rows else f"Le {on:%d/%m/%Y}, personne ne reçoit rien.")


@app.command()
def document(
    name: Name,
    into: Annotated[
        Path | None, typer.Option("--into", help="Le fichier à écrire ; sinon NOM.pdf ici.")
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Écrit le PDF sur lequel repose une demande ou une habilitation."""
    with speaking():
        with records(load(config_path(config))) as connection:
            content = desk.legal_document(connection, name, _today())
        path = into or Path(f"{name}.pdf")
        _write(path, content)
        if as_json:
            say_json({"nom": name, "fichier": str(path), "octets": len(content)})
        else:
            OUT.print(f"Écrit : {path}, {len(content)} octets.", markup=False)


for act in (habilitation_acts.ACTS, habilitation_answers.ACTS):
    for word, command in act.items():
        app.command(word)(command)


def _print_habilitations(lines: list[dict[str, Any]]) -> None:
    table = Table("Habilitation", "Organisme", "Produit", "Départements", "Aujourd'hui", box=None)
    for line in lines:
        cells = (str(line[name]) for name in ("organisme", "produit", "departements", "etat"))
        table.add_row(f"{line['id']} v{line['version']}", *(escape(cell) for cell in cells))
    OUT.print(table if lines else "Aucune habilitation.")


def _print_demands(lines: list[dict[str, Any]]) -> None:
    table = Table("Demande", "Habilitation", "Organisme", "Par", "Où elle en est", box=None)
    for line in lines:
        step = told.STEPS[line["etat"]]
        table.add_row(
            line["demande"], line["habilitation"], escape(line["organisme"]), line["par"], step
        )
    OUT.print(table)


def _opening(one: Any) -> str:  # noqa: ANN401 - one `Opening`
    where = ", ".join(one.departements)
    return f"{one.habilitation} v{one.version}\n{where}, jusqu'au {one.until:%d/%m/%Y}"


def _today() -> date:
    return datetime.now(UTC).date()


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError:
        raise Misconfigured(f"impossible d'écrire {path}") from None
