"""Who receives which column on one day: the page a data protection officer takes away.

1. One row per product and column, one cell per organisation; a cell holds every habilitation that opens it.
2. Only what opens something that day: active, between its two dates, and for a recipient.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.habilitation.model import Habilitation, Organisation


@dataclass(frozen=True, slots=True)
class Opening:
    """One habilitation that opens a column to an organisation; `until`: the last day."""

    habilitation: str
    version: int
    departements: tuple[str, ...]
    until: date


@dataclass(frozen=True, slots=True)
class Row:
    """One column of one product, and to whom it is open, by SIRET."""

    product: str
    column: str
    cells: Mapping[str, Sequence[Opening]]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Everything that is open on one day."""

    on: date
    organisations: Sequence[Organisation]
    rows: Sequence[Row]


def matrix(habilitations: Iterable[Habilitation], on: date) -> Matrix:
    """What they open on a day: products, then columns in the order they were asked, organisations by SIRET."""
    cells: dict[tuple[str, str], dict[str, list[Opening]]] = {}
    names: dict[str, Organisation] = {}
    for one in sorted(habilitations, key=lambda each: (each.product or "", each.id)):
        if not one.is_open(on):
            continue
        siret = one.organisation.siret
        names.setdefault(siret, one.organisation)
        opening = Opening(one.id, one.version, one.departements, one.ends)
        for column in one.columns:
            row = cells.setdefault((one.product or "", column), {})
            row.setdefault(siret, []).append(opening)
    organisations = [names[siret] for siret in sorted(names)]
    rows = [Row(product, column, found) for (product, column), found in cells.items()]
    return Matrix(on, organisations, rows)
