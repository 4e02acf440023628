"""What a habilitation allows on one day, as the code enforces it.

1. A `Grant` comes from `compile_grant` alone, and a release is built from nothing else.
2. It holds nothing its habilitation does not hold: columns, rows (départements, and the people its recipient
   follows: the `Gate` of the product), days, rows a day.
3. It never outlives it, and is compiled anew for each release: a revocation counts at the next one.
4. The default is no: a column the product does not know is a refusal, not a column left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import InitVar, dataclass
from datetime import date
from enum import StrEnum

from gateway.errors import NotAuthorised
from gateway.habilitation.model import Direction, Draft, Format, Habilitation, Status

_SEAL = object()
_STANDS: Mapping[Status, str] = {
    Status.SUSPENDED: "elle est suspendue",
    Status.REVOKED: "elle est révoquée",
    Status.EXPIRED: "elle est expirée",
    Status.SUPERSEDED: "elle est remplacée par une version plus récente",
}


class Gate(StrEnum):
    """Whose rows a recipient may read: only people it follows (anchors.md §4, 2)."""

    SENT = "sent"  # those of the file that was sent about the département for this very purpose
    CD = "cd"  # those of the last file of the conseil départemental
    PE = (
        "pe"  # those that the last file of Pôle emploi names, linked to somebody of the département
    )
    NOBODY = "nobody"  # the product speaks of no person


@dataclass(frozen=True, slots=True)
class Offer:
    """What a product can give at most: its columns, to whom, in which formats (the first by default)."""

    columns: tuple[str, ...]
    gate: Gate
    formats: tuple[Format, ...] = (Format.CSV,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The right to one extract. `recipient` is a SIRET; the last day of use is `expires`."""

    habilitation: str
    version: int
    snapshot: str
    recipient: str
    product: str
    purpose: str
    columns: tuple[str, ...]
    departements: tuple[str, ...]
    gate: Gate
    format: Format
    daily_rows: int
    retention_months: int
    issued: date
    expires: date
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise NotAuthorised("un droit d'accès ne se fabrique qu'à partir d'une habilitation")

    @property
    def pseudonym_domain(self) -> tuple[str, str]:
        """Recipient and purpose: two recipients, or two purposes, cannot be joined."""
        return self.recipient, self.purpose

    def check_in_force(self, on: date) -> None:
        """Raise `NotAuthorised` outside the days this grant was given for."""
        if not self.issued <= on <= self.expires:
            raise NotAuthorised("le droit d'accès n'est pas en vigueur à cette date")

    def check_covers(self, departement: str) -> None:
        """Raise `NotAuthorised` for a département outside the grant."""
        if departement not in self.departements:
            raise NotAuthorised("l'habilitation ne couvre pas ce département")


def compile_grant(
    habilitation: Habilitation, offer: Offer, on: date, *, departement: str | None = None
) -> Grant:
    """Compile, for one day, and for one département when it is named. Raises `NotAuthorised` with every reason."""
    reasons = [*_reasons(habilitation, offer, on, departement)]
    if reasons or habilitation.product is None or habilitation.daily_rows is None:
        raise NotAuthorised(f"habilitation {habilitation.id} : " + " ; ".join(reasons))
    return Grant(
        habilitation=habilitation.id,
        version=habilitation.version,
        snapshot=habilitation.digest(),
        recipient=habilitation.organisation.siret,
        product=habilitation.product,
        purpose=habilitation.purpose,
        columns=habilitation.columns,
        departements=habilitation.departements if departement is None else (departement,),
        gate=offer.gate,
        format=habilitation.format or offer.formats[0],
        daily_rows=habilitation.daily_rows,
        retention_months=habilitation.retention_months,
        issued=on,
        expires=habilitation.ends,
        seal=_SEAL,
    )


def _reasons(
    habilitation: Habilitation, offer: Offer, on: date, departement: str | None
) -> Iterator[str]:
    if habilitation.direction is not Direction.RECIPIENT:
        yield "elle autorise un envoi, pas une extraction"
    if habilitation.status is not Status.ACTIVE:
        yield _STANDS[habilitation.status]
    if on < habilitation.starts:
        yield f"elle n'est en vigueur qu'à partir du {habilitation.starts:%d/%m/%Y}"
    if on > habilitation.ends:
        yield f"elle a pris fin le {habilitation.ends:%d/%m/%Y}"
    if departement is not None and departement not in habilitation.departements:
        yield "elle ne couvre pas ce département"
    yield from beyond(habilitation, offer)


def beyond(draft: Draft, offer: Offer) -> Iterator[str]:
    """What is asked for that the product cannot give, in French."""
    unknown = [name for name in draft.columns if name not in offer.columns]
    if unknown:
        yield f"colonnes inconnues du produit : {', '.join(unknown)}"
    if draft.format is not None and draft.format not in offer.formats:
        yield f"le produit n'existe pas en {draft.format}"
