"""A crossing that could not hear the CNAF or Pôle emploi says so to who asks `doctor`."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from gateway.review.unheard import unheard
from gateway.store.database import open_engine
from gateway.store.releases import keep_crossing
from gateway.store.tables import PARTITION
from tests.world.databases import sqlite_url
from tests.world.records import crossed, entry

KNOWN, UNKNOWN = {"oui": 8, "non": 1, "inconnue": 1}, {"oui": 0, "non": 0, "inconnue": 10}


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_engine(sqlite_url(tmp_path))


def told(engine: Engine, population: dict[str, int], pe: date | None) -> list[str]:
    counts = json.dumps({"population": population})
    keep_crossing(engine, crossed(counts=counts), entry("croisement"))
    with engine.begin() as connection:
        if pe is not None:
            connection.execute(insert(PARTITION).values(received(pe)))
        return unheard(connection, "08")


def received(reference: date) -> dict[str, object]:
    return {
        "delivery": "pe-parcours-1",
        "departement": "08",
        "flow": "pe-parcours",
        "partner": "pe",
        "reference_date": reference,
        "sent_at": datetime(2022, 6, 2, tzinfo=UTC),
        "kept_order": 1,
        "facts": "f",
        "identities": "i",
        "rows": 1,
        "kind": "",
    }


def test_nothing_is_missed_before_a_crossing_nor_when_both_were_heard(engine: Engine) -> None:
    with engine.begin() as connection:
        assert unheard(connection, "08") == []
    assert told(engine, KNOWN, date(2022, 5, 1)) == []


def test_a_file_of_pole_emploi_that_is_missing_or_too_old_is_said(engine: Engine) -> None:
    (sentence,) = told(engine, KNOWN, date(2022, 4, 30))
    assert "Pôle emploi de moins de 45 jours" in sentence


def test_a_crossing_the_cnaf_knows_nobody_of_is_said(engine: Engine) -> None:
    cnaf, pe = told(engine, UNKNOWN, None)
    assert "aucun signal" in cnaf
    assert "pe-parcours" in pe
