"""The law of grants: no cell leaves that is not covered by a grant in force, and every cell that is covered does.

Said against an oracle in plain Python (`tests/world/granted.py`), on generated habilitations, people and
products, at each place where something is refused:

    opening   a habilitation becomes a grant, or nothing
    cutting   a sheet becomes an extract: cut, arranged, written, read back by its recipient
    checking  a finished file with one thing wrong is refused
    keeping   files received in a house become extracts: who is there, who is followed, what was refused

Then each guard is taken away in turn, and the law must fail (`test_without_a_guard_the_law_fails`).
"""

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gateway.errors import NotAuthorised
from gateway.habilitation import Grant, compile_grant, grant
from gateway.products import (
    PRODUCTS,
    Product,
    cells,
    check_extract,
    contacts_rdv_insertion,
    control,
    cut,
    cutting,
    formats,
    make,
    making,
)
from gateway.stages.feed import Larder
from tests.laws import grants
from tests.laws.grants import HERE, PLANTS, Asking, Cutting, Plant
from tests.laws.towns import check_town, towns
from tests.world.granted import REFUSED, covered, disarmed, keys, read
from tests.world.records import DAY


class Law(NamedTuple):
    """What is drawn, what must hold of it, and how many are drawn."""

    drawn: st.SearchStrategy[Any]
    holds: Callable[[Any], None]
    examples: int


def opening(asked: Asking) -> None:
    """A grant exists exactly when the habilitation opens something that day, there."""
    try:
        given_ = compile_grant(
            asked.habilitation, asked.product.offer, asked.on, departement=asked.departement
        )
    except NotAuthorised:
        assert not asked.is_open
        return
    assert asked.is_open
    assert given_.columns == asked.habilitation.columns
    assert given_.departements == (asked.departement,)
    assert given_.expires == asked.habilitation.ends and given_.gate is asked.product.gate


def cut_exactly(asked: Cutting) -> None:
    """What the grant covers is there, and nothing else: cut, then as its recipient reads it."""
    product, granted = asked.product, _granted(asked)
    expected = covered(asked.rows, asked.asked, product, HERE)
    sheet = _sheet(asked)
    try:
        frame = cut(sheet, product, granted, asked.departement, asked.on)
    except NotAuthorised:
        assert not asked.is_open
        assert _read_back(asked, sheet, granted) is REFUSED
        return
    assert asked.is_open
    assert (frame.columns, [[cell or "" for cell in row] for row in frame.rows()]) == expected
    assert _read_back(asked, sheet, granted) == disarmed(expected, product)


def _granted(asked: Cutting) -> Grant:
    """Compiled on its own day, for its own product: what is tried is how it is used."""
    offer = PRODUCTS[asked.asked.product or ""].offer
    return compile_grant(asked.asked, offer, DAY, departement=HERE)


def _sheet(asked: Cutting) -> pl.DataFrame:
    own = ("_MATRICULE", "_ROLE") if asked.product.name == contacts_rdv_insertion.NAME else ()
    kinds = dict.fromkeys((*asked.product.columns, *own, "_DEPARTEMENT"), pl.String())
    return pl.DataFrame(
        [dict(row) for row in asked.rows], schema={**kinds, "_FOLLOWED": pl.Boolean}
    )


def _read_back(asked: Cutting, sheet: pl.DataFrame, granted: Grant) -> Any:
    allowed = keys(asked.rows, asked.product, HERE)
    try:
        made = make(sheet, asked.product, granted, asked.departement, on=asked.on, allowed=allowed)
    except NotAuthorised:
        return REFUSED
    header, rows = read(made.body, granted.format)
    # JSON Lines has no header where it has no row.
    return header or [name for name in asked.product.columns if name in granted.columns], rows


def check(plant: Plant) -> None:
    """A finished file is refused exactly when something is wrong in it."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows([plant.columns, *plant.rows])
    product = PRODUCTS["risque-rupture"]
    granted = compile_grant(grants.GRANTED, product.offer, DAY, departement=HERE)
    said = "passed"
    try:
        check_extract(
            text.getvalue().encode(), granted, product,
            rows=plant.announced, on=plant.on, allowed=plant.allowed,
        )  # fmt: skip
    except NotAuthorised:
        said = "refused"
    except (ValueError, IndexError) as error:
        said = type(error).__name__
    assert said == ("passed" if plant.name == "nothing" else "refused"), plant.name


LAWS: Mapping[str, Law] = {
    "opening": Law(grants.askings(), opening, 200),
    "cutting": Law(grants.cuttings(), cut_exactly, 200),
    "checking": Law(st.sampled_from(sorted(PLANTS)).map(PLANTS.__getitem__), check, 60),
    "keeping": Law(towns(), check_town, 10),
}


def hold(law: Law, *, again: bool = False) -> int:
    """Try one law; give how often. `again`: on the same draws each time, no more after one that fails."""
    held = 0

    @settings(
        max_examples=law.examples,
        deadline=None,
        derandomize=again,
        database=None,
        phases=[Phase.generate] if again else [Phase.generate, Phase.shrink],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(law.drawn)
    def tried(drawn: Any) -> None:
        nonlocal held
        law.holds(drawn)
        held += 1

    tried()
    return held


@pytest.mark.parametrize("law", LAWS)
def test_what_leaves_is_what_is_covered(law: str) -> None:
    assert hold(LAWS[law]) >= 10


def test_every_published_product_is_under_the_law() -> None:
    assert set(grants.BY_PRODUCT) == set(PRODUCTS)


Patch = Callable[[pytest.MonkeyPatch], None]


def without_reason(words: str) -> Patch:
    """A habilitation compiled as if this reason did not exist."""
    reasons = grant._reasons

    def fewer(*asked: Any) -> Any:
        return (reason for reason in reasons(*asked) if words not in reason)

    return lambda monkey: monkey.setattr(grant, "_reasons", fewer)


def instead(place: object, name: str, permissive: object) -> Patch:
    """One guard, replaced by one that lets everything through."""
    return lambda monkey: monkey.setattr(place, name, permissive)


def nothing(*_: object, **__: object) -> None:
    return


def all_columns(product: Any, granted: Grant) -> list[str]:
    if granted.product != product.name:
        raise NotAuthorised("un autre produit")
    return list(product.columns)


def columns_of_any_product(product: Any, granted: Grant) -> list[str]:
    kept = [name for name in product.columns if name in granted.columns]
    return kept or list(product.columns)


def everybody(*_: object) -> pl.Expr:
    return pl.lit(value=True)


def as_they_are(rows: pl.DataFrame, *_: object, **__: object) -> pl.DataFrame:
    return rows


def uncut(sheet: pl.DataFrame, product: Product, *_: object) -> pl.DataFrame:
    return sheet.select(product.columns)


def everybody_known(larder: Larder, departement: str) -> frozenset[str]:
    del larder
    return frozenset(f"CD-{number}" for number in range(100) if departement)


def header_of_any(names: list[str], granted: Grant) -> None:
    del granted
    if len(set(names)) < len(names):
        raise NotAuthorised("deux fois")


def header_repeated(names: list[str], granted: Grant) -> None:
    if set(names) - set(granted.columns):
        raise NotAuthorised("colonne")


GUARDS: Mapping[str, tuple[str, Patch]] = {
    "status": ("opening", without_reason("elle est ")),
    "first day": ("opening", without_reason("en vigueur qu'à partir")),
    "last day": ("opening", without_reason("elle a pris fin")),
    "territory": ("opening", without_reason("ne couvre pas")),
    "unknown columns": ("opening", without_reason("colonnes inconnues")),
    "format": ("opening", without_reason("n'existe pas en")),
    "day of use": ("cutting", instead(cutting, "check_in_force", nothing)),
    "place of use": ("cutting", instead(cutting, "check_covers", nothing)),
    "columns": ("cutting", instead(cutting, "open_columns", all_columns)),
    "product": ("cutting", instead(cutting, "open_columns", columns_of_any_product)),
    "rows of the département": ("cutting", instead(cutting, "of_departement", everybody)),
    "gate": ("cutting", instead(cutting, "of_followed", everybody)),
    "formulas disarmed": ("cutting", instead(formats, "safe", as_they_are)),
    "check of the days": ("checking", instead(control, "check_days", nothing)),
    "check of the columns": ("checking", instead(control, "check_header", header_of_any)),
    "check of repeated columns": ("checking", instead(control, "check_header", header_repeated)),
    "check of the widths": ("checking", instead(control, "check_square", nothing)),
    "check of the count": ("checking", instead(control, "check_count", nothing)),
    "check of the keys": ("checking", instead(control, "check_keys", nothing)),
    "check for NIR": ("checking", instead(control, "check_nirs", nothing)),
    "check for formulas": ("checking", instead(control, "check_formulas", nothing)),
    "consent": ("keeping", instead(contacts_rdv_insertion, "without_refused", as_they_are)),
    "gate, on files received": ("keeping", instead(cutting, "of_followed", everybody)),
    "whom the check is told of": ("keeping", instead(Larder, "of_the_cd", everybody_known)),
    "the cut": ("keeping", instead(making, "cut", uncut)),
}


@pytest.mark.parametrize("guard", GUARDS)
def test_without_a_guard_the_law_fails(guard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    law, patch = GUARDS[guard]
    patch(monkeypatch)
    with pytest.raises(AssertionError):
        hold(LAWS[law], again=True)


def test_a_shape_is_looked_at_before_anything_is_written() -> None:
    with pytest.raises(cells.UnsafeCell):
        cells.safe(pl.DataFrame({"JOURS": ["x"]}), {"JOURS": "[0-9]+"})
