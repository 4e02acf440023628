"""A contract: what one flow must look like, frozen, as read from its Table Schema.

Nothing here reads a file or checks a value: this is the vocabulary the readers, the compiler and
the gateway share. Every column has a category and at least one fate.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Fate(StrEnum):
    """What becomes of a column once the file is accepted."""

    IDENTIFIER = "identifiant"  # goes to the sealed identity index
    LINK = "liaison"  # serves to recognise the person, then goes no further
    CARRY = "porte"  # carried to the journey or to a product
    DROP = "ecarte"  # checked, then dropped


class Category(StrEnum):
    """What a column speaks of, in the words a data protection officer reads."""

    IDENTITY = "identite"
    KEY = "cle"
    JOURNEY = "parcours"
    CONTACT = "contact"
    SENSITIVE = (
        "sensible"  # health, family, money, control, nationality: GDPR art. 9 and 10, or near
    )


class ColumnType(StrEnum):
    """The two types a column may have in the frame."""

    STRING = "string"
    DATE = "date"


class Layout(StrEnum):
    """How the bytes are laid out."""

    CSV = "csv"
    XML = "xml"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `form` names its field type in `schemas.fields`, empty for the type's own.

    `path` says where an XML record keeps it; `many` joins repeated elements; with `presence`, it says
    `1` where something stands at that place and `0` elsewhere, whatever it holds. Two kinds of column
    are not in the file: with `state_of`, it says how the date of that other column was found; with
    `derived_from`, it is computed from that other column by the `derivation` of that name. `lawful` are
    the values the law lets be sent, when it says so: another one is kept, and told.
    """

    name: str
    title: str
    description: str
    type: ColumnType
    category: Category
    fates: tuple[Fate, ...]
    basis: str
    form: str = ""
    formats: tuple[str, ...] = ()
    required: bool = False
    enum: tuple[str, ...] = ()
    pattern: str = ""
    minimum: date | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
    many: str | None = None
    presence: bool = False
    state_of: str | None = None
    derived_from: str | None = None
    derivation: str = ""
    lawful: tuple[str, ...] = ()
    example: str = ""

    @property
    def is_read(self) -> bool:
        """Whether it stands in the file itself."""
        return self.state_of is None and self.derived_from is None


class Comparison(StrEnum):
    """How `compare-columns-value` compares two texts, or two dates."""

    EQUAL = "=="
    AT_MOST = "<="
    AT_LEAST = ">="


@dataclass(frozen=True, slots=True)
class Rule:
    """A demand across the columns of one row, when every column of `when` has the given value.

    In Validata's vocabulary: `one_of` is `one-of-required`, `cohesive` is `cohesive-columns-value`
    (all of them or none), `compared` is `compare-columns-value` (asked where both have a value).
    """

    when: Mapping[str, str]
    required: tuple[str, ...] = ()
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    one_of: tuple[str, ...] = ()
    cohesive: tuple[str, ...] = ()
    compared: tuple[str, Comparison, str] | None = None

    @property
    def names(self) -> frozenset[str]:
        """Every column it speaks of."""
        pair = (self.compared[0], self.compared[2]) if self.compared else ()
        return frozenset(
            {*self.when, *self.required, *self.lists, *self.one_of, *self.cohesive, *pair}
        )


class RowPolicy(StrEnum):
    """What one refused row does to its file."""

    ROW = "rejet_ligne"  # nothing, up to the threshold
    FILE = "rejet_fichier"  # the file is refused


class Tolerance(StrEnum):
    """In what the names of a header may differ from the contract's."""

    CASE = "casse"
    ACCENTS = "accents"
    BLANKS = "espaces"


@dataclass(frozen=True, slots=True)
class Arrangement:
    """One order of columns a CSV may have: it is known by its header."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Envelope:
    """Where an XML file keeps its records, and what it must say of itself.

    Paths start under the root. Every path of `departement` and of `reference_date` must agree; what
    stands at a path of `demanded` is not looked at, but it must be there. `row` is set when one record
    (a household) holds several rows (its persons). A file without `total` may announce its records at
    `fallback_total`: it is then a file of anomalies. `kind` tells apart the files of one flow.
    """

    root: str
    record: str
    row: str | None = None
    constants: Mapping[str, str] = field(default_factory=dict)
    departement: tuple[str, ...] = ()
    reference_date: tuple[str, ...] = ()
    made_on: str | None = None
    total: str | None = None
    fallback_total: str | None = None
    demanded: tuple[str, ...] = ()
    kind: str | None = None

    @property
    def mandatory(self) -> tuple[str, ...]:
        """Every place of the envelope that must be there."""
        total = None if self.fallback_total else self.total
        single = [path for path in (self.made_on, total, self.kind) if path]
        several = (*self.constants, *self.departement, *self.reference_date, *self.demanded)
        return (*several, *single)

    @property
    def paths(self) -> tuple[str, ...]:
        """Every place of the envelope that is read."""
        totals = [path for path in (self.total, self.fallback_total) if path]
        return (*self.mandatory, *totals)


@dataclass(frozen=True, slots=True)
class Contract:
    """One version of one flow. `columns` is the order of the frame.

    `arrangements` is empty when a CSV has its columns in the order of the frame, all of them; what an
    arrangement leaves out is absent. `missing` are the texts that mean "no value". When a column says
    the département of its row (`departement_column`), every row must say the sender's. Beside `encoding`,
    a file may be in one of `other_encodings`: a CSV shows it by its bytes, an XML states it. `kept` names
    the values that make a row ours (`brsa`: O): any other row is set aside unread.

    `full_set`: every file says everybody it knows, each named by the columns of `person`; when more than
    this share of those of the file before are not there (`disappearance_threshold`), it is told.
    """

    flow: str
    version: str
    title: str
    description: str
    layout: Layout
    encoding: str
    columns: tuple[Column, ...]
    separator: str = ";"
    bom_tolerated: bool = False
    trailing_separator_tolerated: bool = False
    reject_threshold: float = 0.05
    file_name: str | None = None
    duplicates_ignored: bool = False
    rules: tuple[Rule, ...] = ()
    envelope: Envelope | None = None
    arrangements: tuple[Arrangement, ...] = ()
    header_tolerance: frozenset[Tolerance] = frozenset()
    quoted_lines_tolerated: bool = False
    missing: tuple[str, ...] = ("",)
    departement_column: str | None = None
    other_encodings: tuple[str, ...] = ()
    kept: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    row_policy: RowPolicy = RowPolicy.ROW
    full_set: bool = False
    person: tuple[str, ...] = ()
    disappearance_threshold: float | None = None

    @property
    def tolerated_rejects(self) -> float:
        """The share of rejected rows above which the whole file is refused."""
        return 0.0 if self.row_policy is RowPolicy.FILE else self.reject_threshold

    @property
    def encodings(self) -> tuple[str, ...]:
        """Every encoding its files may have, ours first."""
        return (self.encoding.lower(), *self.other_encodings)

    @property
    def read_columns(self) -> tuple[Column, ...]:
        """The columns that stand in the file itself."""
        return tuple(column for column in self.columns if column.is_read)

    @property
    def is_unicode(self) -> bool:
        """Whether the contract asks for UTF-8."""
        return self.encoding.lower() == "utf-8"

    def column(self, name: str) -> Column:
        """Give the column of that name, or raise `KeyError`."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def with_fate(self, fate: Fate) -> tuple[str, ...]:
        """Name the columns that have this fate, in order."""
        return tuple(column.name for column in self.columns if fate in column.fates)

    def parse_name(self, name: str) -> Mapping[str, str] | None:
        """Give what a name states, None when outside the convention, {} when the flow has none.

        `date_reference` is AAAAMMJJ. A name that writes its day as `jour`, `mois` and `annee`, or only its
        month as `periode` (AAAAMM), states it too: a month is spoken of by its first day. `lignes` is how
        many rows the file has (`schemas.laws.check_announced`).
        """
        if self.file_name is None:
            return {}
        found = re.fullmatch(self.file_name, name)
        if found is None:
            return None
        stated = {k: v for k, v in found.groupdict().items() if v}
        if "jour" in stated:
            stated["date_reference"] = f"{stated['annee']}{stated['mois']}{stated['jour']}"
        elif "periode" in stated:
            stated["date_reference"] = f"{stated['periode']}01"
        return stated
