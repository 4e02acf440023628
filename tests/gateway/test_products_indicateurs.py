"""The indicators as a product: what was published, with what was hidden then, and nobody's row."""

import json
from pathlib import Path

import pytest

from gateway.errors import NotAuthorised
from gateway.habilitation import Format
from gateway.indicators import CATALOGUE, Edition, Granularity
from gateway.indicators.edition import spelled, written
from gateway.indicators.publishing import Row, Table
from gateway.ledger.entry import Act
from gateway.products import PRODUCTS
from gateway.products.indicateurs import COLUMNS
from gateway.steering.files import to_csv
from gateway.store.database import open_engine
from gateway.store.indicators import PublishedEdition, keep_edition
from tests.world.databases import sqlite_url
from tests.world.keeping import Keeping
from tests.world.provisioned import body_of, extract, grant_for, larder
from tests.world.records import DAY, entry

NAME = "indicateurs"
DELAY = next(one for one in CATALOGUE if not one.is_stock and len(one.classes) > 2)


def table(period: str, *counts: int | None, label: str = "") -> Table:
    padded = (*counts, *([0] * (len(DELAY.classes) - len(counts))))
    total = sum(one or 0 for one in padded)
    return Table(DELAY.name, period, (Row("", label, padded, total, {"médiane": 41.5}),), {})


@pytest.fixture
def house(tmp_path: Path) -> Keeping:
    return Keeping(open_engine(sqlite_url(tmp_path)), tmp_path)


def publish(house: Keeping, number: int, *fresh: Table) -> Edition:
    edition = Edition("08", DAY, 11, Granularity.QUARTER, fresh, fresh)
    kept = PublishedEdition(
        "08",
        number,
        DAY,
        11,
        Granularity.QUARTER.value,
        spelled([written(one) for one in fresh]),
        edition.digest(),
    )
    keep_edition(house.engine, kept, lambda one: entry(str(one.number), Act.INDICATORS_PUBLISHED))
    return edition


def test_nothing_published_is_a_refusal_that_says_what_to_do(house: Keeping) -> None:
    with pytest.raises(NotAuthorised, match="aucune édition publiée"):
        extract(house, NAME)


def test_it_is_the_edition_as_it_was_published(house: Keeping) -> None:
    edition = publish(house, 1, table("2022-T1", 30, None, 12), table("2021-T4", 15, 16))
    body = body_of(house, NAME)
    assert body.decode() == to_csv(edition_in_order(edition), 1)
    rows = extract(house, NAME)
    hidden = [row for row in rows if row["etat"] == "secret"]
    assert tuple(rows[0]) == COLUMNS
    assert hidden
    assert {row["valeur"] for row in hidden} == {""}
    assert "41.5" in {row["valeur"] for row in rows}


def edition_in_order(edition: Edition) -> Edition:
    tables = tuple(sorted(edition.tables, key=lambda one: one.period))
    return Edition("08", edition.as_of, 11, edition.granularity, tables)


def test_a_period_stays_as_it_was_first_published(house: Keeping) -> None:
    publish(house, 1, table("2022-T1", 30, None))
    publish(house, 2, table("2022-T1", 31, 2), table("2021-T4", 15, 16))
    rows = extract(house, NAME)
    assert {row["edition"] for row in rows} == {"2"}
    first = [row["valeur"] for row in rows if row["periode"] == "2022-T1"]
    assert "31" not in first
    assert "30" in first


def test_each_line_is_an_object_in_json_lines(house: Keeping) -> None:
    publish(house, 1, table("2022-T1", 30, 12))
    lines = body_of(house, NAME, format=Format.JSONL).decode().splitlines()
    assert [json.loads(line)["departement"] for line in lines] == ["08"] * len(lines)
    assert len(lines) == len(extract(house, NAME))


def test_it_speaks_of_nobody(house: Keeping) -> None:
    assert larder(house).followers(NAME, grant_for(NAME), "08") is None
    assert PRODUCTS[NAME].key == ()
    assert not [name for name in COLUMNS if "nir" in name.lower() or "id_" in name.lower()]
