"""What the law of grants is tried on: habilitations, sheets and finished files, drawn at random."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hypothesis import strategies as st

from gateway.habilitation import Draft, Format, Gate, Habilitation, Status, load
from gateway.products import PRODUCTS, Product
from gateway.products.product import as_it_is
from tests.world.granted import Row, is_open
from tests.world.habilitations import EXAMPLES, approved, content
from tests.world.records import DAY

BY_PRODUCT: Mapping[str, Draft] = {
    draft.product or "": draft for draft in map(load, sorted(EXAMPLES.glob("*.example.toml")))
}
HERE, NEIGHBOUR = "08", "51"
PLACES = st.sampled_from([HERE, NEIGHBOUR])
DAYS = st.sampled_from([DAY + timedelta(days=shift) for shift in (-400, -1, 0, 0, 0, 1, 400)])
NAMES = st.sampled_from(sorted(PRODUCTS))
# Of every shape a cell of ours may have, and what a spreadsheet or a thief would like.
TEXTS = [
    "Contrat échu",
    "DUPONT",
    "=1+1",
    "-DURAND",
    " @x",
    "05/06/1952",
    "l'été ; « fin »",
    "0012",
]
_LATIN = st.characters(codec="ascii", exclude_categories=["Cc"]) | st.sampled_from("éÉèç»«œ")


def changed(draft: Draft, **changes: object) -> Habilitation:
    """An approved version, whatever the changes say of where it stands."""
    status = changes.pop("status", Status.ACTIVE)
    assert isinstance(status, Status)
    return replace(approved(replace(draft, **changes)), status=status)  # type: ignore[arg-type]


@st.composite
def habilitations(draw: st.DrawFn, product: Product, *, open_only: bool = False) -> Habilitation:
    """One of this product: as it should be, or wrong in one way or several."""
    columns = draw(st.lists(st.sampled_from(product.columns), min_size=1, unique=True))
    formats = list(product.formats)
    draft = replace(
        BY_PRODUCT[product.name],
        columns=tuple(columns),
        starts=date(2022, 1, 1),
        ends=date(2022, 12, 31),
        departements=(HERE,),
        format=draw(st.none() | st.sampled_from(formats)),
    )
    if open_only:
        return approved(draft)
    wrong = draw(st.sets(st.sampled_from(sorted(WRONG)), max_size=2))
    if wrong == {"late", "over"}:  # it would end before it begins: no habilitation does
        wrong = {"late"}
    changes = {name: value for one in wrong for name, value in draw(WRONG[one](product)).items()}
    return changed(draft, **changes)


def not_offered(product: Product) -> list[Format]:
    """Those a habilitation may not ask for; any, of a product that has them all."""
    return [kind for kind in Format if kind not in product.formats] or list(Format)


def _columns_and(product: Product) -> st.SearchStrategy[dict[str, object]]:
    return st.just({"columns": (product.columns[0], "INTRUS")})


WRONG: Mapping[str, Callable[[Product], st.SearchStrategy[dict[str, object]]]] = {
    "columns": _columns_and,
    "status": lambda _: st.sampled_from([{"status": status} for status in Status]),
    "late": lambda _: st.just({"starts": DAY + timedelta(days=1)}),
    "over": lambda _: st.just({"ends": DAY - timedelta(days=1)}),
    "place": lambda _: st.sampled_from([{"departements": (NEIGHBOUR,)}, {"departements": (HERE, NEIGHBOUR)}]),
    "format": lambda product: st.sampled_from([{"format": kind} for kind in not_offered(product)]),
}  # fmt: skip


@dataclass(frozen=True)
class Asking:
    """A habilitation, and what is asked of it."""

    habilitation: Habilitation
    product: Product
    on: date
    departement: str

    @property
    def is_open(self) -> bool:
        return is_open(self.habilitation, self.product, self.on, self.departement)


@st.composite
def askings(draw: st.DrawFn) -> Asking:
    """Mostly of the right day, place and product."""
    product = PRODUCTS[draw(NAMES)]
    asked = draw(habilitations(product))
    return Asking(asked, product, draw(st.just(DAY) | DAYS), draw(st.just(HERE) | PLACES))


def _cells(product: Product, column: str) -> st.SearchStrategy[str | None]:
    shape = product.shapes.get(column)
    if shape is None:
        return st.none() | st.sampled_from(TEXTS)
    return st.none() | st.from_regex(shape, fullmatch=True, alphabet=_LATIN).filter(_may_be_written)


def _may_be_written(cell: str) -> bool:
    """What no builder of ours would write: a formula, something like a NIR where none is."""
    armed = cell.lstrip()[:1] in set("=+-@") and cell != ""
    return not armed and re.search(r"[0-9AaBb](?:[ .-]?[0-9AaBb]){12}", cell) is None


@st.composite
def sheets(draw: st.DrawFn, product: Product, asked: Habilitation) -> Sequence[Row]:
    """A few rows: of here and next door, followed or not, some keys met twice.

    Where rows leave as they are, what a column not asked for holds is the same everywhere.
    """
    whole = product.arrange is not as_it_is
    cells = {
        column: _cells(product, column)
        if whole or column in (*asked.columns, *product.key)
        else st.just("hors du droit")
        for column in product.columns
    }
    rows: list[Row] = []
    for _ in range(draw(st.integers(0, 4))):
        row: dict[str, str | bool | None] = {name: draw(one) for name, one in cells.items()}
        if rows and product.key and draw(st.integers(0, 3)) == 0:
            row |= {name: rows[0][name] for name in product.key}
        for name in product.key:
            row[name] = row[name] or f"{len(rows):07d}"
        row |= {"_DEPARTEMENT": draw(st.just(HERE) | PLACES), "_FOLLOWED": draw(FOLLOWED)}
        rows.append({**row, **own(product, row, draw)})
    return rows


FOLLOWED = st.sampled_from([True, True, False, None])


def own(product: Product, row: Row, draw: st.DrawFn) -> Row:
    """The columns that only its `arrange` reads."""
    if product.name != "contacts-rdv-insertion":
        return {}
    return {
        "_MATRICULE": row["MATRICULE"],
        "_ROLE": draw(st.sampled_from(["DEMANDEUR", "CONJOINT"])),
    }


@dataclass(frozen=True)
class Cutting:
    """A sheet, a grant given yesterday, and what it is used for today."""

    asked: Habilitation
    product: Product
    rows: Sequence[Row]
    on: date
    departement: str

    @property
    def is_open(self) -> bool:
        """The grant is compiled for `DAY` and `HERE`: it may be used till its end, and there only."""
        own = self.asked.product == self.product.name and self.departement == HERE
        return own and DAY <= self.on <= self.asked.ends


@st.composite
def cuttings(draw: st.DrawFn) -> Cutting:
    """Mostly used for what it was given for."""
    product = PRODUCTS[draw(NAMES)]
    other = PRODUCTS[draw(NAMES)] if draw(st.integers(0, 4)) == 0 else product
    asked = draw(habilitations(other, open_only=True))
    rows = draw(sheets(product, asked))
    return Cutting(asked, product, rows, draw(st.just(DAY) | DAYS), draw(st.just(HERE) | PLACES))


@dataclass(frozen=True)
class Plant:
    """One thing wrong in a finished CSV, or nothing."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    announced: int
    on: date = DAY
    allowed: frozenset[str] | None = frozenset({"CD-1", "CD-2"})


GOOD = (("CD-1", "R09", "Contrat terminé."), ("CD-2", "R12", ""))
_SAID = ("ID_CD", "REGLE", "MOTIF")
GRANTED = changed(BY_PRODUCT["risque-rupture"], columns=_SAID, format=Format.CSV)
_NIR = "1" + "85" + "03" + "99" + "123456"  # its shape, of nobody: there is no such town


def _plant(name: str, rows: Sequence[tuple[str, ...]] = GOOD, **changes: object) -> Plant:
    plant = Plant(name, _SAID, tuple(rows), len(rows))
    return replace(plant, **changes)  # type: ignore[arg-type]


PLANTS: Mapping[str, Plant] = {
    one.name: one
    for one in (
        _plant("nothing"),
        _plant("a column", [(*row, "x") for row in GOOD], columns=(*_SAID, "JOURS")),
        _plant("a column twice", [(*row, "x") for row in GOOD], columns=(*_SAID, "MOTIF")),
        _plant("a wide row", [GOOD[0], (*GOOD[1], "x")]),
        _plant("a row unannounced", announced=1),
        _plant("somebody else", [GOOD[0], ("CD-9", *GOOD[1][1:])]),
        _plant("nobody said whom", allowed=None),
        _plant("a NIR", [GOOD[0], ("CD-2", "R12", f"voir {_NIR}")]),
        _plant("a formula", [GOOD[0], ("CD-2", "R12", "=1+1")]),
        _plant("before its day", on=DAY - timedelta(days=1)),
        _plant("after its end", on=GRANTED.ends + timedelta(days=1)),
    )
}
assert PRODUCTS["risque-rupture"].gate is Gate.CD
assert content(GRANTED).format is Format.CSV
