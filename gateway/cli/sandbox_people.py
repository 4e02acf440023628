"""`passerelle sandbox people`: every flow of one invented département, with defects and the truth."""

import math
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from gateway.cli.options import Json
from gateway.cli.speech import ERR, OUT, Exit, say_json, speaking, stop
from schemas.generator.everything import Everything, write_everything
from schemas.generator.spoiling import catalogue
from schemas.generator.spoiling.plan import TooMany
from schemas.generator.wishes import Layout, Wishes

_AS_OF = datetime(2022, 6, 15)  # noqa: DTZ001 - a day


Into = Annotated[
    Path | None,
    typer.Option(
        "--into", help="Dossier à remplir, vide ou absent ; sinon var/personnes-<dépt>-<graine>."
    ),
]
Departement = Annotated[str, typer.Option(help="Département inventé : 08, 2A, 974.")]
Count = Annotated[int, typer.Option("--people", help="Personnes suivies par le département.")]
Seed = Annotated[int, typer.Option(help="Graine du tirage : mêmes options, mêmes octets.")]
AsOf = Annotated[
    datetime,
    typer.Option(
        formats=["%Y-%m-%d"],
        metavar="AAAA-MM-JJ",
        show_default="2022-06-15",
        help="Date où l'on se place.",
    ),
]
Defects = Annotated[
    float | None,
    typer.Option(help="Taux de chaque défaut connu, de 0 à 1 (0.002 : deux pour mille)."),
]
Chosen = Annotated[
    list[str] | None,
    typer.Option(metavar="GENRE=TAUX", help="Taux d'un genre de défaut, répétable : nir_cle=0.01."),
]
Lists = Annotated[Layout, typer.Option(help="Disposition des listes de Pôle emploi.")]
Overwrite = Annotated[
    bool,
    typer.Option(
        "--overwrite", help="Écrit dans un dossier qui n'est pas vide, sans rien effacer."
    ),
]


def people(
    into: Into = None,
    departement: Departement = "08",
    count: Count = 2000,
    seed: Seed = 1,
    as_of: AsOf = _AS_OF,
    defects: Defects = None,
    defect: Chosen = None,
    lists: Lists = Layout.SINCE_2011,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Invente un département entier : tous les flux, des défauts choisis, et la vérité à côté.

    Les mêmes personnes dans les fichiers de la CNAF, de la MSA, de Pôle emploi et du département.
    Chaque fichier avec défauts est à côté du fichier propre ; expected/ dit où sont les défauts,
    truth/ qui est qui.
    """
    rates = _rates(defects, defect or [])
    into = into or Path("var") / f"personnes-{departement}-{seed}"
    if into.exists() and any(into.iterdir()) and not overwrite:
        stop(
            f"{into} n'est pas vide : choisissez un autre dossier, ou ajoutez --overwrite",
            Exit.MISUSE,
        )
    started = time.monotonic()
    with speaking():
        wishes = Wishes(departement, count, seed, as_of.date(), rates, lists)
        found = _written(into, wishes, silent=as_json)
    spent = time.monotonic() - started
    if as_json:
        say_json(describe(into, wishes, found, spent))
    else:
        _show(into, wishes, found, spent)


def _rates(every: float | None, chosen: list[str]) -> dict[str, float]:
    """Read the rates; a kind named alone takes its own over the common one."""
    known = catalogue.known()
    rates = dict.fromkeys(known, _rate("--defects", f"{every}")) if every is not None else {}
    for one in chosen:
        kind, _, text = one.partition("=")
        if kind not in known:
            stop(f"défaut inconnu : {kind} ; connus : {', '.join(sorted(known))}", Exit.MISUSE)
        rates[kind] = _rate(f"--defect {kind}", text)
    return rates


def _rate(option: str, text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not 0 <= rate <= 1:
        stop(f"{option} : donnez un taux de 0 à 1, par exemple 0.01", Exit.MISUSE)
    return rate


def _written(into: Path, wishes: Wishes, *, silent: bool) -> Everything:
    try:
        with Progress(console=ERR, transient=True, disable=silent) as bar:
            task = bar.add_task("Tirage", total=wishes.people)
            return write_everything(
                into, wishes, lambda done, total: bar.update(task, completed=done, total=total)
            )
    except TooMany as error:
        stop(
            f"taux trop élevés pour {error.flow} : {error.kind} demande plus"
            " d'enregistrements que le fichier n'en a ; baissez les taux ou ajoutez des personnes",
            Exit.MISUSE,
        )
    except ValueError as error:
        stop(_why(error), Exit.MISUSE)


def _why(error: ValueError) -> str:
    if "people" in str(error):
        return "trop peu de personnes : treize au moins (--people)"
    return "département inconnu : deux chiffres, 2A, 2B, ou trois chiffres outre-mer"


def describe(into: Path, wishes: Wishes, found: Everything, spent: float) -> dict[str, object]:
    """What was written, as JSON."""
    return {
        "dossier": str(into),
        "departement": wishes.departement,
        "date": wishes.as_of.isoformat(),
        "graine": wishes.seed,
        "personnes": wishes.people,
        "secondes": round(spent, 1),
        "fichiers": [
            {
                "fichier": one.path,
                "flux": one.flow,
                "enregistrements": one.records,
                "lignes": one.rows,
            }
            for one in found.written
        ],
        "defauts": {flow: dict(kinds) for flow, kinds in found.defects.items()},
    }


def _show(into: Path, wishes: Wishes, found: Everything, spent: float) -> None:
    OUT.print(
        f"[bold]Département {wishes.departement}[/] inventé, au {wishes.as_of:%d/%m/%Y} :"
        f" {wishes.people} personnes suivies, {spent:.0f} s"
    )
    table = Table(box=None)
    table.add_column("Fichier", overflow="fold")
    for name in ("Flux", "Enregistrements", "Lignes lues", "Défauts placés"):
        table.add_column(name)
    told = set[str]()
    for one in found.written:
        kinds = {} if one.flow in told else found.defects.get(one.flow, {})
        told.add(one.flow)
        placed = str(sum(kinds.values())) if kinds else ""
        table.add_row(one.path, one.flow, str(one.records), str(one.rows), placed)
    OUT.print(table)
    OUT.print(f"Attendu : {into / 'expected'} ; qui est qui : {into / 'truth'}.", soft_wrap=True)
