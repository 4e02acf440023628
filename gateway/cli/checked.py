"""A conclusion on the screen: the verdict, the rows, errors then warnings by code and column, the first places."""

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Column, Table

from gateway.cli.speech import OUT
from schemas.codes_page import EFFECTS
from schemas.conclusion import Conclusion, Finding, Outcome
from schemas.contract import Contract
from schemas.sentences import asides, counts, lines_of, number, verdict

STYLES = {
    Outcome.ACCEPTED: "bold green",
    Outcome.PARTLY: "bold yellow",
    Outcome.REFUSED: "bold red",
}


def say_conclusion(concluded: Conclusion, contract: Contract) -> None:
    """Say it all, in French."""
    refused = concluded.refused
    word = concluded.outcome.value.capitalize() + (f" {refused.code.value}" if refused else "")
    style = STYLES[concluded.outcome]
    _say(f"{contract.title} ({contract.flow}, contrat {contract.version})")
    OUT.print(f"[{style}]{word}[/] : {escape(verdict(concluded))}", soft_wrap=True)
    if concluded.report.read:
        _say(f"{counts(concluded.report)}.")
    for aside in asides(concluded):
        _say(aside)
    _say_findings("Erreurs", concluded.findings(errors=True))
    _say_findings("Avertissements", concluded.findings(errors=False))


def _say(sentence: str) -> None:
    OUT.print(escape(sentence), soft_wrap=True)


def _say_findings(title: str, found: Sequence[Finding]) -> None:
    if not found:
        return
    _say(f"\n{title} : {number(sum(one.count for one in found))}")
    names = (
        "Code",
        "Effet",
        "Colonne",
        "Nombre",
        "Ce qui ne va pas, que faire",
        "Premières lignes",
    )
    table = Table(*(Column(name, overflow="fold") for name in names), box=None, pad_edge=False)
    for one in found:
        entry = one.entry
        what = f"{entry.label}. {entry.action}"
        lines = ", ".join(lines_of(place) for place in one.first) or "fichier entier"
        table.add_row(
            one.code.value,
            EFFECTS[entry.effect],
            escape(one.column or "ligne entière"),
            number(one.count),
            escape(what),
            lines,
        )
    OUT.print(table)
