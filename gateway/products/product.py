"""What a product is: one kind of extract, the columns it can carry, whose rows, and how it is written.

1. A product is fed a **sheet**: every column it has, for everybody of a département, all text, null when
   empty, and beside them what cutting needs: `DEPARTEMENT` and `FOLLOWED`. Whatever else begins with `_`
   is the product's own: `arrange` reads it, it never leaves.
2. A sheet decides nothing. What a grant opens of it is decided in `cutting`, nowhere else.
3. The columns that leave are those of the grant, in the order of the product.
4. What makes a product different (order of rows, one row per key, rows that say nothing) is its `arrange`:
   a pure function, after the cut, of the columns granted and of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import polars as pl

from gateway.errors import NotAuthorised
from gateway.habilitation import Format, Gate, Grant, Offer

DEPARTEMENT = "_DEPARTEMENT"  # str: of whom the row speaks
FOLLOWED = "_FOLLOWED"  # bool: the recipient follows this person, as the gate of the product says
OWN = "_"  # how a column that never leaves begins

# What feeds a product: (grant, département, period) → its sheet. It does not cut.
Feed = Callable[[Grant, str, date], pl.DataFrame]
Arrange = Callable[[pl.DataFrame], pl.DataFrame]


class Ground(StrEnum):
    """What an extract stands on, and what is due when it changes."""

    CONTACTS = "contacts"  # the last accepted contact file
    CONSENTS = "consents"  # what every instruction says of it
    SIGNALS = "signals"  # what the last crossing found
    PERSONS = "persons"  # who the last crossing says is who
    CD = "cd"  # the département's last file that it could see
    PE = "pe"  # Pôle emploi's
    EDITION = "edition"  # the last published edition of the indicators


@dataclass(frozen=True, slots=True)
class Dialect:
    """How its CSV is written; always `;` and, where a cell needs it, quotes."""

    bom: bool = True
    line_terminator: str = "\r\n"


def as_it_is(rows: pl.DataFrame) -> pl.DataFrame:
    """Leave the rows as the sheet has them."""
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One line of the catalogue. `title` and `mention` are French; `mention` goes once into the manifest.

    `key`: the columns that name whose row it is, none when it speaks of no person. `shapes`: what every
    non-empty cell of a column matches, from its first character to its last. `nirs`: the columns where a
    NIR may stand. `headers`: what a département calls a column, where it is not its name. `file_pattern` has
    no extension: the format gives it. `version` changes with what a column means or with their order: it is
    said with each extract. `stands_on`: nothing is due without them, and the day the first one speaks of is
    the period; `heeds`: what may be missing. The same grounds are the same extract, due once.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    flows: tuple[str, ...]
    stands_on: tuple[Ground, ...]
    file_pattern: str
    heeds: tuple[Ground, ...] = ()
    key: tuple[str, ...] = ()
    gate: Gate = Gate.SENT
    formats: tuple[Format, ...] = (Format.CSV,)
    arrange: Arrange = as_it_is
    shapes: Mapping[str, str] = field(default_factory=dict)
    nirs: tuple[str, ...] = ("NIR",)
    dialect: Dialect = Dialect()
    sheet_name: str = "Extrait"
    headers: Mapping[str, str] = field(default_factory=dict)
    mention: str = ""
    version: str = "1.0.0"

    @property
    def offer(self) -> Offer:
        """What a habilitation may open of it."""
        return Offer(self.columns, self.gate, self.formats)

    def file_name(
        self, departement: str, on: date, *, edition: int = 1, extension: str = "csv"
    ) -> str:
        """Name the file of one département on one day, `_2` for the second of that day."""
        stem = self.file_pattern.format(departement=departement, jour=on)
        return f"{stem}.{extension}" if edition == 1 else f"{stem}_{edition}.{extension}"


def granted(product: Product, grant: Grant) -> list[str]:
    """List the columns to write. Raises `NotAuthorised` if the grant is for another product."""
    if grant.product != product.name:
        raise NotAuthorised("le droit d'accès porte sur un autre produit")
    kept = [name for name in product.columns if name in grant.columns]
    if not kept:
        raise NotAuthorised("le droit d'accès n'ouvre aucune colonne de ce produit")
    return kept
