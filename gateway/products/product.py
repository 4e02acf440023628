"""What a product is: one kind of extract, the columns it can carry, and what builds it.

The columns that leave are those of the grant, in the order of the product.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from gateway.errors import NotAuthorised
from gateway.habilitation import Format, Gate, Grant, Offer

# What feeds a product: (grant, département, period) → the bytes of the extract and its rows.
Feed = Callable[[Grant, str, date], tuple[bytes, int]]


@dataclass(frozen=True, slots=True)
class Product:
    """One line of the catalogue. `title` and `mention` are French; `mention` goes once into the manifest.

    `version` changes with what a column means or with their order: it is said with each extract.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    flows: tuple[str, ...]
    builder: Callable[..., bytes]
    file_pattern: str
    mention: str = ""
    version: str = "1.0.0"
    gate: Gate = Gate.SENT
    formats: tuple[Format, ...] = (Format.CSV,)

    @property
    def offer(self) -> Offer:
        """What a habilitation may open of it."""
        return Offer(self.columns, self.gate, self.formats)

    def file_name(self, departement: str, on: date, *, edition: int = 1) -> str:
        """Name the file of one département on one day, `_2` for the second of that day; ends in .csv."""
        name = self.file_pattern.format(departement=departement, jour=on)
        return name if edition == 1 else f"{name.removesuffix('.csv')}_{edition}.csv"


def granted(product: str, columns: tuple[str, ...], grant: Grant) -> list[str]:
    """List the columns to write. Raises `NotAuthorised` if the grant is for another product."""
    if grant.product != product:
        raise NotAuthorised("le droit d'accès porte sur un autre produit")
    kept = [name for name in columns if name in grant.columns]
    if not kept:
        raise NotAuthorised("le droit d'accès n'ouvre aucune colonne de ce produit")
    return kept
