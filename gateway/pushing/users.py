"""From the users list, as its extract holds it, to the users of RDV-Insertion's API (rdv-insertion.md §2.3, §3.3).

1. Only the columns of the list are read, by name; a column that the grant does not open is simply not said.
2. What they could not take is not sent: one bad value would refuse twenty-four other people. A row that has no
   name or no identifier left stays, and is counted as refused.
3. Rows stay in the order of the extract: the batches of a release are always the same.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from connectors.rdv_insertion import User
from gateway.errors import NotAuthorised
from gateway.habilitation import Format
from gateway.products.readback import read_back

_EMAIL: Final = re.compile(r"[a-z0-9_%+-][a-z0-9._%+-]+@(?:[a-z0-9-]+\.)+[a-z]{2,}")
_PHONE: Final = re.compile(r"0[1-9][0-9]{8}|\+[1-9][0-9]{7,14}")
_NIR: Final = re.compile(r"[1-478][0-9]{4}[0-9AB]{2}[0-9]{6}([0-9]{2})?")
_DAY: Final = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_TITLES: Final = {"m": "monsieur", "m.": "monsieur", "mr": "monsieur", "monsieur": "monsieur",
                  "mme": "madame", "madame": "madame"}  # fmt: skip
_ROLES: Final = {"dem": "demandeur", "usager": "demandeur", "demandeur": "demandeur",
                 "cjt": "conjoint", "conjoint": "conjoint"}  # fmt: skip


def users_of(body: bytes, named: Mapping[str, str] | None = None) -> list[User]:
    """Every row of an XLSX users list. `named`: header as written → ours. Raises `NotAuthorised`."""
    header, *rows = _table(body)
    columns = [(named or {}).get(name, name) for name in header]
    if not set(columns) <= set(_FIELDS) or len(set(columns)) < len(columns):
        raise NotAuthorised("cet extrait n'est pas une liste d'usagers pour RDV-Insertion")
    return [User(**_said(dict(zip(columns, row, strict=True)))) for row in rows]


def _said(row: Mapping[str, str]) -> dict[str, str]:
    said = dict.fromkeys(("first_name", "last_name"), "")
    return said | {_FIELDS[name][0]: _FIELDS[name][1](cell.strip()) for name, cell in row.items()}


def _table(body: bytes) -> Sequence[Sequence[str]]:
    header, rows = read_back(body, Format.XLSX)
    return [header, *rows]


def _matching(form: re.Pattern[str], fold: Callable[[str], str]) -> Callable[[str], str]:
    def matching(cell: str) -> str:
        text = fold("".join(cell.split()))
        return text if form.fullmatch(text) else ""

    return matching


def _title(cell: str) -> str:
    return _TITLES.get(cell.casefold(), "")


def _role(cell: str) -> str:
    return _ROLES.get(re.split(r"[/(]", cell)[0].strip().casefold(), "")


def _birth(cell: str) -> str:
    found = _DAY.fullmatch(cell)
    try:
        return f"{date(int(found[3]), int(found[2]), int(found[1])):%d/%m/%Y}" if found else ""
    except ValueError:
        return ""


def _as_it_is(cell: str) -> str:
    return cell


_FIELDS: Final[Mapping[str, tuple[str, Callable[[str], str]]]] = {
    "N° CAF": ("affiliation_number", _as_it_is),
    "Civilité": ("title", _title),
    "Nom bénéficiaire": ("last_name", _as_it_is),
    "Prénom bénéficiaire": ("first_name", _as_it_is),
    "Date de Naissance": ("birth_date", _birth),
    "Rôle": ("role", _role),
    "NIR": ("nir", _matching(_NIR, str.upper)),
    "ID IODAS": ("department_internal_id", _as_it_is),
    "Adresses Mails": ("email", _matching(_EMAIL, str.lower)),
    "N° Téléphones": ("phone_number", _matching(_PHONE, str)),
}


def batches(users: Sequence[User], size: int) -> Iterator[Sequence[User]]:
    """Always the same ones for the same users; one, empty, for nobody."""
    for start in range(0, max(len(users), 1), size):
        yield users[start : start + size]
