"""What a DataPass request says, as a draft of ours: pure, and never more than a first proposal.

1. The product is the one its form is named after, the columns are its scopes: what we do not know is said.
2. DataPass knows neither an end, nor a ceiling, nor always a département: the draft proposes a year from
   today, `CEILING` rows a day, and the département where the organisation is established. Somebody amends
   and submits it.
3. Of a request that comes again, what DataPass does not say stays as it was.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

import msgspec

from gateway.errors import Misconfigured
from gateway.habilitation import Draft, of_table
from gateway.products import PRODUCTS

CEILING: Final = 1_000  # rows a day
A_YEAR: Final = timedelta(days=364)
Table = Mapping[str, Any]
_CONTACTS: Final = {
    "controller": "responsable_traitement",
    "dpo": "delegue_protection_donnees",
    "technical": "contact_technique",
}
_RETENTION: Final = "duree_conservation_donnees_caractere_personnel"


def draft_of(
    data: Table, number: str, *, model_type: str, today: date, known: Draft | None = None
) -> Draft:
    """The draft it proposes. Raises `Misconfigured` with what is missing, never with what was said."""
    said = _table(data.get("data"))
    organisation = _table(data.get("organization"))
    product = _product(data.get("form_uid"), model_type) or (known.product if known else None)
    if product is None:
        raise Misconfigured("son formulaire ne porte le nom d'aucun de nos produits")
    table: dict[str, Any] = {
        **_proposed(number, product, today),
        **({} if known is None else msgspec.json.decode(known.canonical)),
        "organisation": {
            "siret": str(organisation.get("siret", "")),
            "name": organisation.get("name"),
        },
        "product": product,
        "purpose_label": said.get("intitule"),
        "legal_basis": {
            "nature": said.get("cadre_juridique_nature"),
            "url": said.get("cadre_juridique_url"),
        },
        "columns": _columns(said.get("scopes"), product),
        "retention_months": _months(said.get(_RETENTION)),
        "contacts": {role: _contact(said, name) for role, name in _CONTACTS.items()},
    }
    why = said.get(f"{_RETENTION}_justification")
    departements = _departements(said, organisation)
    table |= {"retention_justification": why} if why else {}
    table |= {"departements": departements} if departements else {}
    return of_table(table)


def _proposed(number: str, product: str, today: date) -> dict[str, Any]:
    """What DataPass does not say."""
    return {
        "id": f"datapass-{number.lower()}",
        "direction": "recipient",
        "purpose": product,
        "daily_rows": CEILING,
        "starts": today.isoformat(),
        "ends": (today + A_YEAR).isoformat(),
        "datapass_id": number,
    }


def _product(form: object, model_type: str) -> str | None:
    """The product one of the two is named after: `passerelle-contacts-cd` → `contacts-cd`."""
    names = [str(form or ""), model_type.rpartition("/")[2]]
    for name in (each.replace("_", "-") for each in names):
        found = [each for each in PRODUCTS if f"-{name}".endswith(f"-{each}")]
        if found:
            return max(found, key=len)
    return None


def _columns(scopes: object, product: str) -> list[str]:
    asked = [str(each) for each in scopes] if isinstance(scopes, list) else []
    known = {_plain(name): name for name in PRODUCTS[product].columns}
    strangers = sum(_plain(each) not in known for each in asked)
    if strangers:
        raise Misconfigured(f"{strangers} périmètre(s) ne sont pas des colonnes de {product}")
    return list(dict.fromkeys(known[_plain(each)] for each in asked))


def _departements(said: Table, organisation: Table) -> list[str]:
    named = said.get("departements")
    if isinstance(named, list):
        return [str(each) for each in named]
    place = _table(_table(organisation.get("insee_payload")).get("etablissement"))
    commune = str(_table(place.get("adresseEtablissement")).get("codeCommuneEtablissement") or "")
    return [commune[: 3 if commune.startswith("97") else 2]] if commune else []


def _contact(said: Table, name: str) -> dict[str, Any]:
    names = (said.get(f"{name}_given_name"), said.get(f"{name}_family_name"))
    return {
        "name": " ".join(str(each) for each in names if each),
        "email": said.get(f"{name}_email"),
    }


def _months(said: object) -> object:
    """A number, or what is none and will be told so."""
    text = str(said)
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else said


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _table(value: object) -> Table:
    return value if isinstance(value, dict) else {}
