"""What changes is said whole, and nothing that widens passes for something else."""

from dataclasses import fields, replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.habilitation import Direction, Draft, Status
from gateway.habilitation.difference import LABELS, Effect, difference, reopening, told, widens
from gateway.habilitation.model import Organisation
from tests.world.demands import draft
from tests.world.drafts import drafts
from tests.world.habilitations import approved

LAWS = settings(max_examples=150, deadline=None)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Draft, Draft]:
    """Two drafts that differ in any number of fields, often in one only."""
    before, other = draw(drafts()), draw(drafts())
    tied = {"direction", "product", "flow", "daily_rows", "starts", "ends"}
    if before.direction is other.direction:
        tied = {"starts", "ends"}
    taken = draw(st.sets(st.sampled_from([item.name for item in fields(Draft)])))
    taken |= tied if taken & tied else set()
    return before, replace(before, **{name: getattr(other, name) for name in taken})


def allowed(one: Draft) -> set[tuple[object, ...]]:
    """Naively: everything a draft lets happen, one thing at a time."""
    days = [one.starts + timedelta(days=n) for n in range((one.ends - one.starts).days + 1)]
    who = (one.organisation.siret, one.direction, one.product, one.flow, one.purpose)
    months = range(1, one.retention_months + 1)
    rows = range(1, (one.daily_rows or 9) + 1)
    return {
        *((who, "cell", *cell) for cell in product(one.columns, one.departements, days)),
        *((who, "month", month) for month in months),
        *((who, "row", row) for row in rows),
    }


@LAWS
@given(pairs())
def test_nothing_is_said_exactly_when_nothing_changes(pair: tuple[Draft, Draft]) -> None:
    before, after = pair
    changes = difference(before, after)
    assert (not changes) == (before.canonical == after.canonical)
    differ = {
        item.name
        for item in fields(Draft)
        if getattr(before, item.name) != getattr(after, item.name)
    }
    assert {change.field for change in changes} == differ


@LAWS
@given(pairs())
def test_whatever_lets_more_happen_is_marked(pair: tuple[Draft, Draft]) -> None:
    before, after = pair
    if allowed(after) - allowed(before):
        assert widens(difference(before, after))


@LAWS
@given(pairs())
def test_what_only_narrows_is_not_called_wider(pair: tuple[Draft, Draft]) -> None:
    before, after = pair
    if allowed(after) <= allowed(before):
        assert not widens(difference(before, after))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"columns": ("MATRICULE", "NIR")}, ("columns", Effect.NARROWS)),
        ({"departements": ("08", "51")}, ("departements", Effect.WIDENS)),
        ({"starts": date(2021, 1, 1)}, ("starts", Effect.WIDENS)),
        ({"starts": date(2023, 1, 1)}, ("starts", Effect.NARROWS)),
        ({"ends": date(2025, 1, 1)}, ("ends", Effect.WIDENS)),
        ({"ends": date(2024, 1, 1)}, ("ends", Effect.NARROWS)),
        ({"retention_months": 3}, ("retention_months", Effect.WIDENS)),
        ({"daily_rows": 100_001}, ("daily_rows", Effect.WIDENS)),
        ({"daily_rows": 1}, ("daily_rows", Effect.NARROWS)),
        ({"purpose": "autre"}, ("purpose", Effect.WIDENS)),
        ({"product": "autre"}, ("product", Effect.WIDENS)),
        ({"purpose_label": "autrement dit"}, ("purpose_label", Effect.OTHER)),
        ({"organisation": Organisation("2" * 14, "RDV-Insertion (exemple)")},
         ("organisation", Effect.WIDENS)),
    ],
)  # fmt: skip
def test_each_field_has_its_effect(change: dict[str, object], said: tuple[str, Effect]) -> None:
    before = draft()
    (one,) = difference(before, replace(before, **change))  # type: ignore[arg-type] # typed in the table
    assert (one.field, one.effect) == said


def test_a_source_that_becomes_a_recipient_is_another_right() -> None:
    after = replace(draft(), direction=Direction.SOURCE, product=None, flow="cnaf-contacts")
    assert {one.field for one in difference(draft(), after) if one.effect is Effect.WIDENS} >= {
        "direction",
        "flow",
    }


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.REVOKED, Status.EXPIRED])
def test_opening_again_widens_even_when_nothing_else_changes(status: Status) -> None:
    assert widens(reopening(approved(draft(), status=status)))


def test_what_stands_or_never_stood_is_not_opened_again() -> None:
    assert [*reopening(approved(draft())), *reopening(None)] == []


def test_what_both_people_read_is_french_and_one_line_a_field() -> None:
    after = replace(draft(), columns=("MATRICULE", "AUTRE"), ends=date(2025, 6, 1))
    lines = told(difference(draft(), after))
    assert lines["colonnes"].startswith("ajoute AUTRE (élargit) ; retire NIR, ")
    assert lines["fin"] == "31/12/2024 → 01/06/2025 (élargit)"
    assert LABELS.keys() == {item.name for item in fields(Draft)}
