"""`passerelle flow check`: one file against the contract of its flow, offline, for anybody.

No settings, no database, no key: a partner needs nothing else of ours. Exit codes are of this command:
0 accepted, also with warnings · 1 accepted, rows rejected · 2 refused · 3 not checked (no such contract,
misuse, a file that is sealed or cannot be read) · 5 an incident of ours. Nothing that is said holds a
value of the file, nor its name.
"""

import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any, Final

import polars as pl
import typer
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from typer.core import TyperCommand

from gateway.cli.checked import say_conclusion
from gateway.cli.options import Json
from gateway.cli.sealed import sealed
from gateway.cli.speech import ERR, Exit, speaking
from gateway.errors import Broken, Misconfigured
from schemas import registry
from schemas.check import Progress
from schemas.conclusion import Conclusion, Outcome, conclude, people_in
from schemas.contract import Contract
from schemas.laws import normalise_departement
from schemas.page import to_page
from schemas.reading import FileRefused
from schemas.recognition import HEAD, recognise
from schemas.reports import to_csv, to_json

LONG: Final = 8 << 20  # bytes from which a bar is shown
_DEPARTEMENT = re.compile(r"[0-9]{2}|2[AB]|9[78][0-9]", re.ASCII)


class Verdict(IntEnum):
    """What a script may test of a check; `Exit` has the rest."""

    ACCEPTED = 0
    PARTLY = 1
    REFUSED = 2
    NOT_CHECKED = 3


_VERDICTS = {
    Outcome.ACCEPTED: Verdict.ACCEPTED,
    Outcome.PARTLY: Verdict.PARTLY,
    Outcome.REFUSED: Verdict.REFUSED,
}


class Checking(TyperCommand):
    """A command whose misuse is not a verdict."""

    def make_context(self, *given: Any, **more: Any) -> Any:  # noqa: ANN401 - the library's signature
        """Read the words of the command line."""
        try:
            return super().make_context(*given, **more)
        except Exception as error:
            if getattr(error, "exit_code", None) == Exit.MISUSE:
                error.exit_code = Verdict.NOT_CHECKED  # type: ignore[attr-defined]
            raise


def check(
    file: Annotated[Path, typer.Argument(help="Fichier en clair à contrôler.")],
    flow: Annotated[
        str | None, typer.Option("--flow", help="Flux, par exemple pe-parcours ; sinon reconnu.")
    ] = None,
    version: Annotated[
        str | None, typer.Option("--version", help="Version du contrat ; sinon la dernière.")
    ] = None,
    departement: Annotated[
        str | None, typer.Option(help="Département de l'expéditeur ; sinon celui du fichier.")
    ] = None,
    previous: Annotated[
        Path | None, typer.Option(help="Fichier précédent : dit combien de personnes ont disparu.")
    ] = None,
    page: Annotated[Path | None, typer.Option(help="Écrit aussi une page HTML, à lire.")] = None,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Les anomalies en CSV sur la sortie, rien d'autre.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Contrôle un fichier contre le contrat de son flux, hors ligne, sans rien envoyer.

    Code de sortie : 0 accepté (même avec des avertissements), 1 accepté avec des lignes rejetées,
    2 refusé, 3 non contrôlé (flux inconnu, fichier chiffré ou illisible, mauvais usage).
    """
    with speaking(), _telling_no_more():
        if as_csv and as_json:
            raise Misconfigured("une seule sortie : --csv ou --json")
        contract = _contract(file, flow, version)
        where = _departement(departement)
        known = None if previous is None else _people(previous, contract, where)
        _check_readable(file)
        with _progress(file, "contrôle") as progress:
            concluded = conclude(
                file, contract, departement=where, previous=known, progress=progress
            )
        if page is not None:
            _write(page, to_page(concluded, contract, departement=where), sources=(file, previous))
        _say(concluded, contract, as_csv=as_csv, as_json=as_json)
    raise typer.Exit(int(_VERDICTS[concluded.outcome]))


def _say(concluded: Conclusion, contract: Contract, *, as_csv: bool, as_json: bool) -> None:
    if as_json:
        typer.echo(to_json(concluded), nl=False)
    elif as_csv:
        typer.echo(to_csv(concluded.report), nl=False)
    else:
        say_conclusion(concluded, contract)


@contextmanager
def _telling_no_more() -> Iterator[None]:
    """Whatever a hostile file provokes, its text never reaches a screen: an error may quote the file."""
    try:
        yield
    except (Misconfigured, typer.Exit):
        raise
    except OSError as error:
        reason = type(error).__name__
    except Exception as error:  # noqa: BLE001 - the last one who can keep a value from a traceback
        raise Broken("contrôle", type(error).__name__) from None
    else:
        return
    raise Misconfigured(f"fichier illisible, ou page impossible à écrire ({reason})")


def _contract(file: Path, flow: str | None, version: str | None) -> Contract:
    head = _check_readable(file)
    if flow is not None and flow != "auto":
        return _known(flow, version)
    newest = [registry.contract(each) for each in registry.held()]
    found = recognise(head, file.name, newest)
    if len(found) == 1:
        ERR.print(f"Flux reconnu : {found[0].flow}", soft_wrap=True)
        return _known(found[0].flow, version)
    if found:
        names = ", ".join(each.flow for each in found)
        raise Misconfigured(f"plusieurs flux possibles, choisissez par --flow : {names}")
    known = ", ".join(registry.held())
    raise Misconfigured(f"flux non reconnu, dites-le par --flow (connus : {known})")


def _known(flow: str, version: str | None) -> Contract:
    try:
        return registry.contract(flow, version)
    except registry.UnknownContract:
        held = registry.held()
        if flow in held:
            told = f"version inconnue pour {flow} (connues : {', '.join(held[flow])})"
        else:
            told = f"flux inconnu : {flow} (connus : {', '.join(held)})"
        raise Misconfigured(told) from None


def _departement(written: str | None) -> str | None:
    if written is None:
        return None
    found = normalise_departement(written)
    if not _DEPARTEMENT.fullmatch(found):
        raise Misconfigured("--departement attend un code de département : 08, 2A, 971")
    return found


def _check_readable(file: Path) -> bytes:
    """Give the first bytes of a file that can be checked. Raises `Misconfigured`."""
    try:
        kind = file.stat().st_mode
        if not stat.S_ISREG(kind):
            what = "un dossier" if stat.S_ISDIR(kind) else "un tube, un périphérique ou autre"
            raise Misconfigured(f"ce n'est pas un fichier ordinaire ({what}) : donnez un fichier")
        with file.open("rb") as opened:
            head = opened.read(HEAD)
    except FileNotFoundError:
        raise Misconfigured("fichier absent : vérifiez son chemin") from None
    except (OSError, ValueError):
        raise Misconfigured("fichier illisible : vérifiez son chemin et ses droits") from None
    how = sealed(head)
    if how:
        raise Misconfigured(f"ce fichier est {how}, puis contrôlez-le")
    return head


def _people(previous: Path, contract: Contract, departement: str | None) -> pl.DataFrame:
    if not contract.full_set:
        raise Misconfigured(
            f"--previous ne vaut que pour un flux dont chaque fichier est complet : {contract.flow} "
            f"n'en est pas un"
        )
    _check_readable(previous)
    try:
        with _progress(previous, "fichier précédent") as progress:
            return people_in(previous, contract, departement=departement, progress=progress)
    except FileRefused as refused:
        raise Misconfigured(
            f"le fichier précédent serait lui-même refusé ({refused.code.value} "
            f"{refused.code.entry.label}) : rien à comparer"
        ) from None


@contextmanager
def _progress(file: Path, words: str) -> Iterator[Progress]:
    """Show how far it is, on the error stream, where somebody watches and it lasts."""
    shown = ERR.is_terminal and file.stat().st_size >= LONG
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Bar(
        *columns, TimeRemainingColumn(), console=ERR, transient=True, disable=not shown
    ) as bar:
        task = bar.add_task(words, total=None)

        def tell(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield tell


def _write(page: Path, text: str, *, sources: tuple[Path | None, ...]) -> None:
    for source in sources:
        if source is not None and page.exists() and page.samefile(source):
            raise Misconfigured("--page écraserait le fichier contrôlé : donnez un autre nom")
    page.write_text(text, encoding="utf-8")
