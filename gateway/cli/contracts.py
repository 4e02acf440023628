"""`passerelle flow schema | template | example | dictionary`: the contracts, and files made from them.

Offline, without settings: a partner needs only the program.
"""

import re
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from gateway.cli.options import Json
from gateway.cli.speech import OUT, speaking
from gateway.errors import Misconfigured
from schemas import dictionary as data_dictionary
from schemas import examples, registry
from schemas.contract import Contract
from schemas.wording import fate_words, form_words, presence_words

MOST_ROWS = 100_000
_DEPARTEMENT = re.compile(r"0[1-9]|[1-9][0-9]|2[AB]|9[78][0-9]", re.ASCII)

Flow = Annotated[str, typer.Argument(help="Flux, par exemple cd-parcours.")]
Version = Annotated[str | None, typer.Option(help="Version du contrat ; sinon la dernière.")]
Output = Annotated[
    Path,
    typer.Option("--output", "-o", dir_okay=False, help="Fichier à écrire, remplacé s'il existe."),
]


def schema(flow: Flow, version: Version = None, as_json: Json = False) -> None:
    """Montre le contrat d'un flux ; avec --json, le Table Schema tel qu'il est publié."""
    with speaking():
        contract = _held(flow, version)
        if as_json:
            typer.echo(registry.published(flow, contract.version), nl=False)
            return
        OUT.print(
            f"[bold]{contract.flow} {contract.version}[/] {escape(contract.title)}", soft_wrap=True
        )
        names = ("Colonne", "Écriture", "Présence", "Devenir")
        table = Table(*(Column(name, overflow="fold") for name in names), box=None)
        for column in contract.columns:
            words = (form_words(column), presence_words(column), fate_words(column))
            table.add_row(*map(escape, (column.name, *words)))
        OUT.print(table)


def template(flow: Flow, output: Output, version: Version = None) -> None:
    """Écrit un fichier vide du flux : l'en-tête seul, ou l'enveloppe XML avec un total de 0."""
    with speaking():
        _write(output, examples.template(_held(flow, version)))


def example(
    flow: Flow,
    output: Output,
    version: Version = None,
    rows: Annotated[
        int, typer.Option("--lignes", min=1, max=MOST_ROWS, help="Nombre de lignes.")
    ] = examples.EXAMPLE_ROWS,
    seed: Annotated[
        int, typer.Option("--seed", help="La même graine donne le même fichier.")
    ] = examples.EXAMPLE_SEED,
    departement: Annotated[str, typer.Option(help="Département du fichier.")] = "08",
) -> None:
    """Écrit un fichier valide du flux, de personnes inventées, que le contrat accepte en entier."""
    with speaking():
        contract = _held(flow, version)
        if _DEPARTEMENT.fullmatch(departement) is None:
            raise Misconfigured("département inconnu : écrivez 08, 2A ou 971")
        try:
            body = examples.example(contract, rows=rows, seed=seed, departement=departement)
        except ValueError:
            raise Misconfigured(
                f"{flow} n'a pas {rows} lignes différentes : demandez-en moins"
            ) from None
        _write(output, body)


def dictionary(
    flow: Annotated[str | None, typer.Option("--flow", help="Un flux ; sinon tous.")] = None,
) -> None:
    """Écrit le dictionnaire des données sur la sortie, en Markdown : docs/dictionnaire.md."""
    with speaking():
        chosen = None if flow is None else [_held(flow, None).flow]
        typer.echo(data_dictionary.render(chosen), nl=False)


def _held(flow: str, version: str | None) -> Contract:
    try:
        return registry.contract(flow, version)
    except registry.UnknownContract:
        versions = registry.held().get(flow)
    if versions is None:
        raise Misconfigured(f"flux inconnu : {flow} (connus : {', '.join(registry.held())})")
    raise Misconfigured(f"version inconnue de {flow} : {version} (connues : {', '.join(versions)})")


def _write(output: Path, body: bytes) -> None:
    try:
        output.write_bytes(body)
    except OSError:
        raise Misconfigured("écriture impossible : dossier absent ou protégé") from None
    OUT.print(f"Écrit : {len(body)} octets.")
