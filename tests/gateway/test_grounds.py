"""What is due of each product: the same grounds once, whatever moves in them again, nothing before all are there."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from gateway.agenda import releases
from gateway.indicators import Granularity
from gateway.ledger.entry import Act
from gateway.passage.grounds import standing
from gateway.products import PRODUCTS
from gateway.products.product import Ground
from gateway.store.database import open_engine
from gateway.store.deliveries import accepted_so_far, index_version, keep_treated
from gateway.store.indicators import PublishedEdition, keep_edition
from gateway.store.releases import keep_crossing
from tests.world.databases import sqlite_url
from tests.world.habilitations import EXAMPLES, example
from tests.world.provisioned import TODAY, keep, larder
from tests.world.records import DAY, collected, crossed, digest, entry, passport, treated

NEW = ("contacts-cd", "orientation-pe", "risque-rupture-pe", "parcours-carnet-de-bord")
# Who is who, and the flows a product moves with.
MOVED = {
    "contacts-cd": {"cd-parcours", "cnaf-contacts", "cnaf-instructions"},
    "orientation-pe": {"cd-parcours", "pe-parcours"},
    "risque-rupture-pe": {"cd-parcours", "pe-parcours"},
    "parcours-carnet-de-bord": {"cd-parcours", "pe-parcours"},
    "contacts-rdv-insertion": {"cnaf-contacts", "cnaf-instructions"},
    "usagers-rdv-insertion": {"cd-parcours", "cnaf-contacts", "cnaf-instructions"},
}
FLOWS = ("cd-parcours", "pe-parcours", "cnaf-contacts", "cnaf-instructions")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(sqlite_url(tmp_path))
    yield opened
    opened.dispose()


def accept(engine: Engine, delivery: str, flow: str) -> None:
    with engine.begin() as connection:
        version = index_version(connection, "08")
        history = accepted_so_far(connection, "cd", flow)
    outcome = treated(
        delivery, base_version=version, history=history, identities=digest(f"{flow} {delivery}")
    )
    keep_treated(
        engine, passport(delivery, flow=flow), collected(delivery), outcome, entry(delivery)
    )


def cross(engine: Engine, key: str, **changes: str) -> None:
    done = crossed(key, **{"signals": digest("s"), "persons": digest("p"), **changes})
    keep_crossing(engine, done, entry(key))


def due(engine: Engine, name: str) -> list[str]:
    return [one.key for one in releases(engine, [example(name)], TODAY)]


@pytest.mark.parametrize("name", sorted(MOVED))
def test_a_product_moves_with_what_it_stands_on_and_nothing_else(engine: Engine, name: str) -> None:
    for flow in FLOWS:
        accept(engine, f"one-{flow}", flow)
    cross(engine, "one")
    first = due(engine, name)
    assert len(first) == 1
    cross(engine, "again")  # the same signals and the same persons, found by another crossing
    assert due(engine, name) == first
    moved = set()
    for flow in FLOWS:
        before = due(engine, name)
        accept(engine, f"two-{flow}", flow)
        if due(engine, name) != before:
            moved.add(flow)
    assert moved == MOVED[name]


@pytest.mark.parametrize("name", NEW)
def test_other_persons_are_another_release(engine: Engine, name: str) -> None:
    for flow in FLOWS:
        accept(engine, flow, flow)
    cross(engine, "one")
    first = due(engine, name)
    cross(engine, "two", persons=digest("a link was undone"))
    assert len(due(engine, name)) == 1
    assert due(engine, name) != first


@pytest.mark.parametrize("name", NEW)
def test_nothing_is_due_while_something_it_stands_on_is_not_there(
    engine: Engine, name: str
) -> None:
    needed = MOVED[name] - {"cnaf-instructions"}
    if name == "parcours-carnet-de-bord":
        needed -= {"pe-parcours"}  # a département without one has its facts all the same
    cross(engine, "one")
    for flow in sorted(needed):
        assert due(engine, name) == []
        accept(engine, flow, flow)
    assert len(due(engine, name)) == 1


def test_a_crossing_of_an_earlier_version_makes_nothing_due(engine: Engine) -> None:
    for flow in FLOWS:
        accept(engine, flow, flow)
    cross(engine, "old", persons="")
    assert [due(engine, name) for name in NEW] == [[]] * len(NEW)


def test_each_edition_is_released_once(engine: Engine) -> None:
    assert due(engine, "indicateurs") == []
    keys = []
    for number in (1, 2):
        made = PublishedEdition(
            "08", number, DAY + timedelta(days=number), 11, Granularity.MONTH.value, "[]",
            digest(f"edition {number}"),
        )  # fmt: skip
        keep_edition(engine, made, lambda _one: entry("i", Act.INDICATORS_PUBLISHED))
        keys += due(engine, "indicateurs")
        assert due(engine, "indicateurs") == keys[-1:]
    assert len(set(keys)) == 2
    assert (DAY + timedelta(days=2)).isoformat() in keys[1]


def test_an_unknown_product_stays_due_so_that_its_refusal_is_written(engine: Engine) -> None:
    cross(engine, "one")
    assert len([*releases(engine, [example("indicateurs", product="inconnu")], TODAY)]) == 1


def test_every_product_is_fed_gated_exemplified_and_stands_on_something(tmp_path: Path) -> None:
    house = keep(tmp_path, {}, crossed=False)
    feeds, gates = larder(house).feeds(), larder(house).gates()
    assert set(feeds) == set(PRODUCTS)
    assert {name for name, one in PRODUCTS.items() if one.gate != "nobody"} == set(gates)
    for product in PRODUCTS.values():
        assert product.stands_on
        assert set(product.shapes) <= set(product.columns)
        assert set(product.key) <= set(product.columns)
    assert {path.name for path in EXAMPLES.glob("*.toml")} >= {
        f"{name}.example.toml" for name in NEW
    }
    assert all(example(name).columns == PRODUCTS[name].columns for name in (*NEW, "indicateurs"))


def test_every_ground_answers(engine: Engine) -> None:
    with engine.begin() as connection:
        assert {standing(connection, ground, "08") for ground in Ground} == {None}
