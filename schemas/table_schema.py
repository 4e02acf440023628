"""Read a contract from its published Table Schema (JSON), refusing whatever it does not know.

An unknown key, form, fate or column is a `ContractError`: a typing slip in a contract must never
become a check that silently does not run. French keys are ours, the others are Table Schema's.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from schemas.contract import (
    Arrangement,
    Category,
    Column,
    ColumnType,
    Contract,
    Envelope,
    Fate,
    Layout,
    RowPolicy,
    Tolerance,
)
from schemas.custom_checks import parse_checks
from schemas.derivations import DERIVATIONS
from schemas.fields import FORMS
from schemas.nomenclatures import nomenclature
from schemas.plan import plan_of
from schemas.slips import ContractError, known

_ROOT = {
    "$schema", "name", "title", "description", "version", "contact", "homepage", "created", "path",
    "lastModified", "countryCode", "contributors", "resources", "sources", "keywords", "licenses",
    "missingValues", "fields", "format", "encodage", "separateur", "entete", "dispositions",
    "entete_tolere", "ligne_entre_guillemets", "separateur_final", "bom", "seuil_rejet",
    "nom_de_fichier", "doublons", "departement_de_la_ligne", "custom_checks", "xml",
    "encodages_acceptes", "lignes_retenues",
    "politique", "ensemble_complet", "personne", "disparition",
}  # fmt: skip
_FIELD = {
    "name", "title", "description", "example", "type", "format", "constraints", "categorie", "sort",
    "fondement", "forme", "formats_acceptes", "liste", "nomenclature", "chemin", "plusieurs",
    "etat_de", "derive_de", "derivation", "prevus_par_le_texte", "presence",
}  # fmt: skip
_CONSTRAINTS = {"required", "enum", "pattern", "minimum"}
_ARRANGEMENT = {"nom", "colonnes"}
_XML = {
    "racine", "enregistrement", "ligne", "constantes", "departement", "date_reference",
    "date_fabrication", "total", "total_a_defaut", "obligatoires", "nature",
}  # fmt: skip


def parse_contract(text: str) -> Contract:
    """Turn a Table Schema into a `Contract`."""
    try:
        contract = _contract(json.loads(text))
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ContractError(f"badly written contract: {error!r}") from error
    _check_references(contract)
    _check_shares(contract)
    return contract


def _contract(root: Mapping[str, Any]) -> Contract:
    known(root, _ROOT)
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
        rules=parse_checks(root.get("custom_checks", ())),
        envelope=_envelope(root["xml"]) if root["format"] == Layout.XML else None,
        arrangements=tuple(_arrangement(item) for item in root.get("dispositions", ())),
        header_tolerance=frozenset(map(Tolerance, root.get("entete_tolere", ()))),
        quoted_lines_tolerated=root.get("ligne_entre_guillemets") == "tolere",
        missing=tuple(root["missingValues"]),
        departement_column=root.get("departement_de_la_ligne"),
        other_encodings=tuple(each.lower() for each in root.get("encodages_acceptes", ())),
        kept={name: tuple(values) for name, values in root.get("lignes_retenues", {}).items()},
        row_policy=RowPolicy(root.get("politique", RowPolicy.ROW)),
        full_set=root.get("ensemble_complet") is True,
        person=tuple(root.get("personne", ())),
        disappearance_threshold=float(root["disparition"]) if "disparition" in root else None,
    )


def _column(item: Mapping[str, Any]) -> Column:
    known(item, _FIELD)
    limits = known(item.get("constraints", {}), _CONSTRAINTS)
    kind = ColumnType(item["type"])
    formats = (item["format"], *item.get("formats_acceptes", ())) if kind is ColumnType.DATE else ()
    codes = nomenclature(item["nomenclature"]) if "nomenclature" in item else None
    closed = tuple(codes.labels) if codes and codes.is_closed else ()
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
        enum=tuple(limits.get("enum", closed)),
        pattern=limits.get("pattern", ""),
        minimum=date.fromisoformat(limits["minimum"]) if "minimum" in limits else None,
        labels=codes.labels if codes else item.get("liste", {}),
        path=item.get("chemin", ""),
        many=item.get("plusieurs"),
        presence=item.get("presence", False) is True,
        state_of=item.get("etat_de"),
        derived_from=item.get("derive_de"),
        derivation=item.get("derivation", ""),
        lawful=tuple(item.get("prevus_par_le_texte", ())),
        example=item.get("example", ""),
    )


def _fates(sort: str | list[str]) -> tuple[Fate, ...]:
    fates = tuple(Fate(one) for one in ([sort] if isinstance(sort, str) else sort))
    if not fates or (Fate.DROP in fates and len(fates) > 1):
        raise ContractError("a column is dropped, or has other fates, never both or none")
    return fates


def _arrangement(item: Mapping[str, Any]) -> Arrangement:
    known(item, _ARRANGEMENT)
    return Arrangement(item["nom"], tuple(item["colonnes"]))


def _envelope(item: Mapping[str, Any]) -> Envelope:
    known(item, _XML)
    return Envelope(
        root=item["racine"],
        record=item["enregistrement"],
        row=item.get("ligne"),
        constants=item.get("constantes", {}),
        departement=tuple(item.get("departement", ())),
        reference_date=tuple(item.get("date_reference", ())),
        made_on=item.get("date_fabrication"),
        total=item.get("total"),
        fallback_total=item.get("total_a_defaut"),
        demanded=tuple(item.get("obligatoires", ())),
        kind=item.get("nature"),
    )


def _check_references(contract: Contract) -> None:
    names = [column.name for column in contract.columns]
    read = {column.name for column in contract.read_columns}
    named = {c.state_of or c.derived_from for c in contract.columns} - {None}
    named |= {name for rule in contract.rules for name in rule.names}
    named |= {contract.departement_column, *contract.person, *contract.kept} - {None}
    if len(set(names)) != len(names) or not named <= set(names):
        raise ContractError("a column is declared twice, or a rule names a column that is not")
    for arrangement in contract.arrangements:
        if len(set(arrangement.columns)) != len(arrangement.columns) or (
            not set(arrangement.columns) <= read
        ):
            raise ContractError("an arrangement names a column twice, or one that is not read")
    for column in contract.columns:
        if column.form not in FORMS:
            raise ContractError(f"unknown form for the column {column.name}")
        if (column.derived_from is not None) != (column.derivation in DERIVATIONS):
            raise ContractError(f"unknown derivation for the column {column.name}")
    plan_of(contract)


def _check_shares(contract: Contract) -> None:
    disappearance = contract.disappearance_threshold
    shares = [contract.reject_threshold, 0.0 if disappearance is None else disappearance]
    if not all(0 <= share <= 1 for share in shares):
        raise ContractError("a threshold is a share, from 0 to 1")
    if contract.row_policy is RowPolicy.FILE and contract.reject_threshold:
        raise ContractError("a file refused for one row tolerates none: its threshold is 0")
    if contract.full_set != bool(contract.person) or contract.full_set != (
        disappearance is not None
    ):
        raise ContractError("a full set says who its persons are and how many may disappear")
