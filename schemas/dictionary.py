"""The data dictionary, in Markdown: every column of every flow in force, written from the contracts alone."""

from collections.abc import Iterator, Sequence

from schemas.contract import Column, Contract
from schemas.registry import held, ours
from schemas.wording import (
    CATEGORIES,
    fate_words,
    form_words,
    pattern_words,
    presence_words,
    recipient_of,
    rule_words,
    sender_of,
)

HEAD = """\
# Dictionnaire des données

Chaque colonne de chaque flux, dans la dernière version de son contrat : comment elle s'écrit, si elle est
demandée, ce qu'elle devient et en vertu de quoi. Les listes de codes sont dans le contrat lui-même et sur
sa page, `/schemas/<flux>`. Page écrite par `passerelle flow dictionary > docs/dictionnaire.md`, un test la
tient à jour.
"""
_COLUMNS = ("nom", "intitulé", "écriture", "présence", "catégorie", "devenir", "fondement")


def render(flows: Sequence[str] | None = None) -> str:
    """The page; only these flows when some are given. Raises `UnknownContract`."""
    chosen = held() if flows is None else flows
    parts = [] if flows else [HEAD]
    return "\n".join([*parts, *(_flow(ours().contract(flow)) for flow in chosen)])


def _flow(contract: Contract) -> str:
    head = f"| {' | '.join(_COLUMNS)} |\n|{'---|' * len(_COLUMNS)}\n"
    rows = "\n".join(_row(column) for column in contract.columns)
    rules = "".join(f"- {rule_words(rule)}\n" for rule in contract.rules)
    said = f"{sender_of(contract)} → {recipient_of(contract)}. {contract.description}"
    return (
        f"## {contract.flow} {contract.version} : {contract.title}\n\n{said}\n\n{head}{rows}\n"
        + (f"\nEntre colonnes :\n\n{rules}" if rules else "")
    )


def _row(column: Column) -> str:
    return f"| {' | '.join(text.replace('|', chr(92) + '|') for text in _cells(column))} |"


def _cells(column: Column) -> Iterator[str]:
    yield f"`{column.name}`"
    yield column.title
    pattern = pattern_words(column)
    yield f"{form_words(column)}, motif `{pattern}`" if pattern else form_words(column)
    yield presence_words(column)
    yield CATEGORIES[column.category]
    yield fate_words(column)
    yield column.basis
