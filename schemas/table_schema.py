"""Read a contract from its published Table Schema (JSON), refusing whatever it does not know.

An unknown key, form, fate or column is a `ContractError`: a typing slip in a contract must never
become a check that silently does not run. French keys are ours, the others are Table Schema's.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from schemas.contract import (
    Category,
    Column,
    ColumnType,
    Contract,
    Envelope,
    Fate,
    Layout,
    Rule,
)
from schemas.fields import FORMS

_ROOT = {
    "$schema", "name", "title", "description", "version", "contact", "homepage", "created",
    "lastModified", "missingValues", "fields", "format", "encodage", "separateur", "entete",
    "separateur_final", "bom", "seuil_rejet", "nom_de_fichier", "doublons", "regles", "xml",
}  # fmt: skip
_FIELD = {
    "name", "title", "description", "type", "format", "constraints", "categorie", "sort",
    "fondement", "forme", "formats_acceptes", "liste", "chemin", "plusieurs", "etat_de",
}  # fmt: skip
_CONSTRAINTS = {"required", "enum", "pattern", "minimum"}
_RULE = {"si", "requis", "listes", "un_de"}
_XML = {
    "racine", "enregistrement", "ligne", "constantes", "departement", "date_reference",
    "date_fabrication", "total",
}  # fmt: skip


class ContractError(Exception):
    """A contract of ours is badly written: we must act, no partner is concerned."""


def parse_contract(text: str) -> Contract:
    """Turn a Table Schema into a `Contract`."""
    try:
        contract = _contract(json.loads(text))
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ContractError(f"badly written contract: {error!r}") from error
    _check_references(contract)
    return contract


def _known(given: Mapping[str, Any], allowed: set[str]) -> Mapping[str, Any]:
    unknown = set(given) - allowed
    if unknown:
        raise ContractError(f"unknown key in a contract: {', '.join(sorted(unknown))}")
    return given


def _contract(root: Mapping[str, Any]) -> Contract:
    _known(root, _ROOT)
    if root.get("entete", True) is not True:
        raise ContractError("a CSV without a header is not supported")
    return Contract(
        flow=root["name"],
        version=root["version"],
        title=root["title"],
        description=root["description"],
        layout=Layout(root["format"]),
        encoding=root["encodage"],
        columns=tuple(_column(item) for item in root["fields"]),
        separator=root.get("separateur", ";"),
        bom_tolerated=root.get("bom") == "tolere",
        trailing_separator_tolerated=root.get("separateur_final") == "tolere",
        reject_threshold=float(root["seuil_rejet"]),
        file_name=root["nom_de_fichier"],
        duplicates_ignored=root.get("doublons") == "ignores",
        rules=tuple(_rule(item) for item in root.get("regles", ())),
        envelope=_envelope(root["xml"]) if root["format"] == Layout.XML else None,
    )


def _column(item: Mapping[str, Any]) -> Column:
    _known(item, _FIELD)
    limits = _known(item.get("constraints", {}), _CONSTRAINTS)
    kind = ColumnType(item["type"])
    formats = (item["format"], *item.get("formats_acceptes", ())) if kind is ColumnType.DATE else ()
    return Column(
        name=item["name"],
        title=item["title"],
        description=item["description"],
        type=kind,
        category=Category(item["categorie"]),
        fates=_fates(item["sort"]),
        basis=item["fondement"],
        form=item.get("forme", "date" if kind is ColumnType.DATE else "texte"),
        formats=formats,
        required=bool(limits.get("required", False)),
        enum=tuple(limits.get("enum", ())),
        pattern=limits.get("pattern", ""),
        minimum=date.fromisoformat(limits["minimum"]) if "minimum" in limits else None,
        labels=item.get("liste", {}),
        path=item.get("chemin", ""),
        many=item.get("plusieurs"),
        state_of=item.get("etat_de"),
    )


def _fates(sort: str | list[str]) -> tuple[Fate, ...]:
    fates = tuple(Fate(one) for one in ([sort] if isinstance(sort, str) else sort))
    if not fates or (Fate.DROP in fates and len(fates) > 1):
        raise ContractError("a column is dropped, or has other fates, never both or none")
    return fates


def _rule(item: Mapping[str, Any]) -> Rule:
    _known(item, _RULE)
    return Rule(
        when=item.get("si", {}),
        required=tuple(item.get("requis", ())),
        lists={name: tuple(values) for name, values in item.get("listes", {}).items()},
        one_of=tuple(item.get("un_de", ())),
    )


def _envelope(item: Mapping[str, Any]) -> Envelope:
    _known(item, _XML)
    return Envelope(
        root=item["racine"],
        record=item["enregistrement"],
        row=item.get("ligne"),
        constants=item.get("constantes", {}),
        departement=tuple(item.get("departement", ())),
        reference_date=tuple(item.get("date_reference", ())),
        made_on=item.get("date_fabrication"),
        total=item.get("total"),
    )


def _check_references(contract: Contract) -> None:
    names = [column.name for column in contract.columns]
    named = {c.state_of for c in contract.columns if c.state_of}
    for rule in contract.rules:
        named |= {*rule.when, *rule.required, *rule.lists, *rule.one_of}
    if len(set(names)) != len(names) or not named <= set(names):
        raise ContractError("a column is declared twice, or a rule names a column that is not")
    for column in contract.columns:
        if column.form not in FORMS:
            raise ContractError(f"unknown form for the column {column.name}")
        if contract.envelope and not (column.path or column.state_of):
            raise ContractError(f"no path for the column {column.name}")
