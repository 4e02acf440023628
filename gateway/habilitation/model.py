"""The legal authorisation: who, which product or flow, why, on which basis, which columns, where, until when.

1. One that breaks a rule of its own cannot exist: the constructor and `read` list everything that
   is wrong, in French, for the administrator who wrote it.
2. A `Draft` is what somebody asks for; a `Habilitation` is one approved version of it, immutable. A change
   is a new version, and `digest` names exactly what was shown and approved: neither its number nor where
   it stands changes it.
3. Requested and approved by two different people.
"""

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
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


Sha256 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]


class Status(StrEnum):
    """Where an approved version stands; values are stable."""

    ACTIVE = "ACTIVE"
    SUPERSEDED = "SUPERSEDED"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"


class Format(StrEnum):
    """How the file of a release is written."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
    JSONL = "jsonl"


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
    """The text it rests on (cadre juridique): where it is published, or the SHA-256 of its PDF."""

    nature: Text
    url: Url | None = None
    document: Sha256 | None = None


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
class Draft:
    """What is asked for, and what is approved to the letter.

    `purpose` is a stable code, because pseudonyms depend on it; `purpose_label` is its French text.
    In force from `starts` to `ends`, both days included. `daily_rows`: how many rows may leave in one
    day (UTC) at most; `format`: how the file is written, the product's first one when it says nothing.
    """

    id: Slug
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
    product: Slug | None = None
    flow: Slug | None = None
    daily_rows: Positive | None = None
    format: Format | None = None
    retention_justification: Text | None = None
    datapass_id: Text | None = None

    def __post_init__(self) -> None:
        faults: list[str] = []
        written = _content(self)
        values = read_table(Draft, written, faults)
        _check_none(faults + _across(values, written))

    @property
    def canonical(self) -> str:
        """The content as canonical JSON: what is shown, digested and kept."""
        return msgspec.json.encode(_content(self), order="sorted").decode()

    def digest(self) -> str:
        """SHA-256 of the canonical JSON: what was approved, to the letter."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Habilitation(Draft):
    """One approved version, and where it stands on the day it was read."""

    version: Positive
    status: Status
    requested_by: Text
    approved_by: Text

    def __post_init__(self) -> None:
        # A dataclass with slots is another class than the one `super()` was written in.
        Draft.__post_init__(self)
        if self.version < 1:
            raise Misconfigured("habilitation refusée : les versions se comptent à partir de 1")
        if same_person(self.requested_by, self.approved_by):
            raise Misconfigured(
                "habilitation refusée : qui demande et qui approuve doivent être deux personnes"
            )

    def is_open(self, on: date) -> bool:
        """Whether its recipient may receive something on a day: active, between its two dates."""
        return (
            self.direction is Direction.RECIPIENT
            and self.status is Status.ACTIVE
            and self.starts <= on <= self.ends
        )


def freeze(
    draft: Draft,
    *,
    version: int,
    requested_by: str,
    approved_by: str,
    status: Status = Status.ACTIVE,
) -> Habilitation:
    """One version of a draft, as two people decided it. Raises `Misconfigured`."""
    content = {item.name: getattr(draft, item.name) for item in fields(Draft)}
    return Habilitation(
        **content,
        version=version,
        status=status,
        requested_by=requested_by,
        approved_by=approved_by,
    )


def load(path: Path) -> Draft:
    """Read one draft from a file. Raises `Misconfigured` with every error found."""
    try:
        return read(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise Misconfigured("habilitation illisible : ce n'est pas du TOML en UTF-8") from error
    except OSError:
        raise Misconfigured(f"habilitation introuvable ou illisible : {path.name}") from None


def read(text: str) -> Draft:
    """Read one draft written in TOML. Raises `Misconfigured` with every error found."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured("habilitation illisible : ce n'est pas du TOML en UTF-8") from error
    return of_table(table)


def of_table(table: object) -> Draft:
    """Read one draft from a table, whatever it was written in. Raises `Misconfigured`."""
    faults: list[str] = []
    values = read_table(Draft, table, faults)
    _check_none(faults + _across(values, table))
    return Draft(**values)


def kept(content: str) -> Draft:
    """Read back what `canonical` wrote. Raises `Misconfigured`."""
    return of_table(msgspec.json.decode(content))


def _content(draft: Draft) -> dict[str, Any]:
    """The fields of the draft alone, those that say nothing left out."""
    table = {item.name: msgspec.to_builtins(getattr(draft, item.name)) for item in fields(Draft)}
    return _without_nothing(table)


def _without_nothing(table: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _without_nothing(value) if isinstance(value, dict) else value
        for name, value in table.items()
        if value is not None
    }


def _check_none(faults: list[str]) -> None:
    if faults:
        raise Misconfigured("habilitation refusée : " + " ; ".join(faults))


def same_person(one: str, other: str) -> bool:
    """Whether two names are one, however they were typed."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _wrong_object(direction: Direction, product: str | None, flow: str | None) -> bool:
    wanted, other = (product, flow) if direction is Direction.RECIPIENT else (flow, product)
    return wanted is None or other is not None


# fields looked at, what is wrong with them, and the sentence that says so
_ACROSS: tuple[tuple[tuple[str, ...], Callable[..., bool], str], ...] = (
    (("starts", "ends"), lambda starts, ends: ends < starts, "« ends » est avant « starts »"),
    (
        ("direction", "product", "flow"),
        _wrong_object,
        "un destinataire (recipient) a un « product » et pas de « flow », un émetteur (source) l'inverse",
    ),
    (
        ("direction", "daily_rows"),
        lambda direction, rows: direction is Direction.RECIPIENT and rows is None,
        "un destinataire a un plafond : « daily_rows », lignes par jour",
    ),
    (
        ("legal_basis",),
        lambda basis: (basis.url is None) == (basis.document is None),
        "la base légale a une « url » ou un « document » (PDF), l'un des deux",
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
_OPTIONAL = ("product", "flow", "daily_rows", "retention_justification")


def _across(values: Mapping[str, Any], written: object) -> list[str]:
    """Judge fields together, as far as they could be read; what nobody wrote is None."""
    names = written if isinstance(written, dict) else ()
    known = {**{name: None for name in _OPTIONAL if name not in names}, **values}
    return [
        sentence
        for names, is_wrong, sentence in _ACROSS
        if all(name in known for name in names) and is_wrong(*(known[name] for name in names))
    ]
