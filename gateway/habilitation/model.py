"""The legal authorisation: who, which product or flow, why, on which basis, which columns, where, until when.

1. One that breaks a rule of its own cannot exist: the constructor and `load` list everything that
   is wrong, in French, for the administrator who wrote it.
2. Immutable: a change is a new version, and `digest` names the snapshot that was approved.
3. Requested and approved by two different people.
"""

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec

from gateway.errors import Misconfigured
from gateway.habilitation.shape import read_table

LONG_RETENTION = 36  # months; above, a written justification is due (as in DataPass)

Text = Annotated[str, msgspec.Meta(pattern=r"\S")]
Slug = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9]+(-[a-z0-9]+)*\Z")]
Siret = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{14}\Z")]
Url = Annotated[str, msgspec.Meta(pattern=r"\Ahttps://\S+\Z")]
Email = Annotated[str, msgspec.Meta(pattern=r"\A[^@\s]+@[^@\s]+\.[^@\s]+\Z")]
Departement = Annotated[
    str, msgspec.Meta(pattern=r"\A(0[1-9]|1[0-9]|2[1-9AB]|[3-8][0-9]|9[0-5]|97[1-46])\Z")
]
Positive = Annotated[int, msgspec.Meta(ge=1)]


class Status(StrEnum):
    """Where an approved habilitation stands."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    OBSOLETE = "OBSOLETE"


class Direction(StrEnum):
    """Whether the organisation reads a product or sends a flow."""

    RECIPIENT = "recipient"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who is habilitated."""

    siret: Siret
    name: Text


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """The text it rests on (cadre juridique)."""

    nature: Text
    url: Url


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to write to."""

    name: Text
    email: Email


@dataclass(frozen=True, slots=True)
class Contacts:
    """Responsable de traitement, délégué à la protection des données, contact technique."""

    controller: Contact
    dpo: Contact
    technical: Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Habilitation:
    """One version of one habilitation.

    `purpose` is a stable code, because pseudonyms depend on it; `purpose_label` is its French text.
    In force from `starts` to `ends`, both days included.
    """

    id: Slug
    version: Positive
    status: Status
    organisation: Organisation
    direction: Direction
    purpose: Slug
    purpose_label: Text
    legal_basis: LegalBasis
    columns: tuple[Text, ...]
    departements: tuple[Departement, ...]
    retention_months: Positive
    starts: date
    ends: date
    contacts: Contacts
    requested_by: Text
    approved_by: Text
    product: Slug | None = None
    flow: Slug | None = None
    retention_justification: Text | None = None
    datapass_id: Text | None = None

    def __post_init__(self) -> None:
        faults: list[str] = []
        values = read_table(Habilitation, msgspec.to_builtins(self), faults)
        _check_none(faults + _across(values))

    def digest(self) -> str:
        """SHA-256 of the canonical JSON: what was approved, to the letter."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


def load(path: Path) -> Habilitation:
    """Read one habilitation. Raises `Misconfigured` with every error found."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured("habilitation illisible : ce n'est pas du TOML en UTF-8") from error
    faults: list[str] = []
    values = read_table(Habilitation, table, faults)
    _check_none(faults + _across(values))
    return Habilitation(**values)


def _check_none(faults: list[str]) -> None:
    if faults:
        raise Misconfigured("habilitation refusée : " + " ; ".join(faults))


def _same_person(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _wrong_object(direction: Direction, product: str | None, flow: str | None) -> bool:
    wanted, other = (product, flow) if direction is Direction.RECIPIENT else (flow, product)
    return wanted is None or other is not None


# fields looked at, what is wrong with them, and the sentence that says so
_ACROSS: tuple[tuple[tuple[str, ...], Callable[..., bool], str], ...] = (
    (
        ("requested_by", "approved_by"),
        _same_person,
        "« requested_by » et « approved_by » doivent être deux personnes différentes",
    ),
    (("starts", "ends"), lambda starts, ends: ends < starts, "« ends » est avant « starts »"),
    (
        ("direction", "product", "flow"),
        _wrong_object,
        "un destinataire (recipient) a un « product » et pas de « flow », un émetteur (source) l'inverse",
    ),
    (
        ("retention_months", "retention_justification"),
        lambda months, why: months > LONG_RETENTION and why is None,
        f"une conservation de plus de {LONG_RETENTION} mois demande « retention_justification »",
    ),
    (
        ("columns",),
        lambda names: not names or len(set(names)) < len(names),
        "« columns » est vide ou répète une colonne",
    ),
    (
        ("departements",),
        lambda codes: not codes or len(set(codes)) < len(codes),
        "« departements » est vide ou répète un département",
    ),
)
_OPTIONAL: Mapping[str, None] = {"product": None, "flow": None, "retention_justification": None}


def _across(values: Mapping[str, Any]) -> list[str]:
    """Judge fields together, as far as they could be read."""
    known = {**_OPTIONAL, **values}
    return [
        sentence
        for names, is_wrong, sentence in _ACROSS
        if all(name in known for name in names) and is_wrong(*(known[name] for name in names))
    ]
