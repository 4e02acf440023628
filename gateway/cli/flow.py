"""`passerelle flow`: check a file offline, look at what waits, make one round, list what came."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from gateway.app import open_house
from gateway.cli.options import Config, Json
from gateway.cli.records import records
from gateway.cli.speech import OUT, Exit, say_json, speaking
from gateway.doors.durable import Patience
from gateway.doors.lookout import look
from gateway.errors import Misconfigured
from gateway.rounds import go_round, running
from gateway.settings import config_path, load
from gateway.store.deliveries import all_deliveries
from schemas import registry
from schemas.check import check as check_against
from schemas.reading import FileRefused, Report
from schemas.reports import to_csv

app = typer.Typer(
    help="Les flux : contrôler, relever, lister.", no_args_is_help=True, add_completion=False
)


@app.command()
def check(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="Fichier en clair à contrôler.")
    ],
    flow: Annotated[str, typer.Option("--flow", help="Flux, par exemple pe-parcours.")],
    departement: Annotated[str, typer.Option(help="Département attendu.")],
    report: Annotated[
        Path | None, typer.Option(help="Écrit le rapport de rejets (CSV, sans aucune valeur).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Contrôle un fichier contre le contrat de son flux, sans rien envoyer. Code 1 s'il serait refusé."""
    with speaking():
        try:
            contract = registry.contract(flow)
        except registry.UnknownContract:
            known = ", ".join(contract.flow for contract in registry.contracts())
            raise Misconfigured(f"flux inconnu : {flow} (connus : {known})") from None
        try:
            found = check_against(file, contract, departement=departement).report
        except FileRefused as refused:
            _write(report, refused.report)
            _say_refused(refused, as_json=as_json)
            raise typer.Exit(int(Exit.AGAINST)) from None
        _write(report, found)
        _say_accepted(found, as_json=as_json)


@app.command()
def simulate(config: Config = None, as_json: Json = False) -> None:
    """Montre ce qui attend chez les partenaires et ce qui serait relevé ; ne change rien."""
    with speaking():
        waiting, silent = asyncio.run(_look(config))
        if as_json:
            say_json({"en_attente": waiting, "sans_reponse": silent})
            return
        for line in waiting:
            OUT.print(
                f"  {line['partenaire']:<16} {line['flux']:<16} {line['fichier']}", soft_wrap=True
            )
        for partner, why in silent.items():
            OUT.print(f"  [red]{partner} ne répond pas[/] ({why})")
        OUT.print(f"{len(waiting)} fichier(s) en attente.")


@app.command()
def run(config: Config = None) -> None:
    """Fait une tournée : relève, croise, publie, puis rend la main."""
    with speaking():
        failures = asyncio.run(_run(config))
        for key, why in failures.items():
            OUT.print(f"[red]en échec[/] {key} : {escape(why)}", soft_wrap=True)
        if failures:
            raise typer.Exit(int(Exit.INCIDENT))


@app.command("list")
def list_deliveries(config: Config = None, as_json: Json = False) -> None:
    """Liste les dépôts reçus, leur verdict et leurs lignes."""
    with speaking():
        with records(load(config_path(config))) as connection:
            rows = all_deliveries(connection)
        if as_json:
            say_json([dict(row._mapping) for row in rows])  # noqa: SLF001 - SQLAlchemy's public name
            return
        table = Table(
            "Dépôt", "Partenaire", "Fichier", "Verdict", "Code", "Lues", "Rejetées", box=None
        )
        for row in rows:
            table.add_row(
                row.id,
                row.partner,
                row.name,
                row.verdict,
                row.code or "",
                str(row.rows_read),
                str(row.rows_rejected),
            )
        OUT.print(table)


async def _look(config: Path | None) -> tuple[list[dict[str, str]], dict[str, str]]:
    async with open_house(load(config_path(config))) as house:
        seen, silent = await look(house.posts)
    waiting = [
        {"partenaire": s.passport.partner, "flux": s.passport.flow, "fichier": s.passport.name}
        for s in seen
    ]
    return waiting, {s.partner: s.why for s in silent}


async def _run(config: Path | None) -> dict[str, str]:
    async with running(load(config_path(config)), Patience()) as (house, durable):
        done = await go_round(house, durable, lambda phase, n: OUT.print(f"{phase} : {n}"))
        for silence in done.silences:
            OUT.print(f"[red]{silence.partner} ne répond pas[/] ({silence.why})")
        return dict(await durable.failures())


def _write(path: Path | None, report: Report | None) -> None:
    if path is not None and report is not None:
        path.write_text(to_csv(report), encoding="utf-8")


def _say_accepted(report: Report, *, as_json: bool) -> None:
    if as_json:
        say_json({"verdict": "accepté", **_counts(report)})
        return
    OUT.print(
        f"[bold green]Accepté[/] : {report.read} lignes lues, {report.accepted} acceptées, "
        f"{report.rejected} rejetées, {report.ignored} ignorées."
    )
    _say_codes(report)


def _counts(report: Report) -> dict[str, object]:
    return {
        "lues": report.read,
        "acceptees": report.accepted,
        "rejetees": report.rejected,
        "ignorees": report.ignored,
        "codes": {code.value: number for code, number in sorted(report.by_code().items())},
    }


def _say_refused(refused: FileRefused, *, as_json: bool) -> None:
    entry = refused.code.entry
    if as_json:
        say_json(
            {
                "verdict": "refusé",
                "code": refused.code.value,
                "libelle": entry.label,
                "action": entry.action,
                **(_counts(refused.report) if refused.report else {}),
            }
        )
        return
    OUT.print(
        f"[bold red]Refusé[/] {refused.code.value} {entry.label}. {entry.action}", soft_wrap=True
    )
    if refused.report is not None:
        _say_codes(refused.report)


def _say_codes(report: Report) -> None:
    for code, number in sorted(report.by_code().items()):
        OUT.print(f"  {code.value}  {number:>6}  {code.entry.label}", soft_wrap=True)
