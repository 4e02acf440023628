"""Indicators, from sealed journeys to files: shown inside, published once, hidden to the letter."""

import csv
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from gateway.cli.speech import Exit
from gateway.indicators.units import LIVES
from gateway.ledger.entry import Act, Entry
from gateway.settings import Settings
from gateway.steering.observing import judged
from gateway.store.database import open_engine
from gateway.store.indicators import Overtaken, PublishedEdition, editions_of, keep_edition
from tests.world.furnished import document, run
from tests.world.records import NOON
from tests.world.steering import cross, entry, facts, furnished_with, orientation, receive, town

PEOPLE = {"PERSONNE": pl.String, "POPULATION": pl.Boolean, "SUPPRIME": pl.Boolean}
SIGNALS = {"PERSONNE": pl.String, "REGLE": pl.String, "RESULTAT": pl.String}


def _config(settings: Settings) -> Path:
    return settings.base / "gateway.toml"


def _files(settings: Settings) -> dict[str, bytes]:
    folder = settings.var / "indicateurs" / "08"
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def piloted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A département whose first edition is published."""
    settings = furnished_with(tmp_path_factory.mktemp("piloted"), town())
    lives = pl.DataFrame(
        [(f"p{n:04}", "R13", date(2022, 1, 5), date(2022, 2, 1), "remobilise_rdv" if n < 30 else "sans_suite") for n in range(50)],
        schema=dict(LIVES), orient="row",
    )  # fmt: skip
    people = pl.DataFrame(
        [(f"p{n:04}", True, n < 20) for n in range(400)], schema=PEOPLE, orient="row"
    )
    told = [(f"p{n:04}", "R13", "triggered" if n < 150 else "not_evaluable") for n in range(200)]
    cross(
        settings, lives, people, pl.DataFrame(told, schema=SIGNALS, orient="row"), date(2022, 1, 1)
    )
    cross(
        settings, lives, people, pl.DataFrame(told, schema=SIGNALS, orient="row"), date(2022, 6, 15)
    )
    result = run("indicators", "publish", "08", "--config", _config(settings))
    assert result.exit_code == Exit.DONE, result.stderr
    yield settings


def test_an_edition_is_three_files_that_agree(piloted: Settings) -> None:
    files = _files(piloted)
    assert [Path(name).suffix for name in files] == [".csv", ".html", ".json"]
    told = json.loads(files["indicateurs_08_001.json"])
    rows = list(
        csv.DictReader(files["indicateurs_08_001.csv"].decode().splitlines(), delimiter=";")
    )
    of_csv = {
        (row["indicateur"], row["periode"]): row["valeur"]
        for row in rows
        if row["mesure"] == "total" and not row["vue"] and row["etat"] == "publié"
    }
    of_json = {
        (table["indicator"], table["period"]): str(table["rows"][0]["total"])
        for table in told["tableaux"]
        if table["rows"] and table["rows"][0]["total"] is not None
    }
    assert of_csv == of_json
    assert len(of_csv) > 10
    assert {row["etat"] for row in rows} == {"publié", "arrondi", "secret"}
    assert all(row["valeur"] == "" for row in rows if row["etat"] == "secret")
    assert told["seuil"] == 11


def test_what_is_published_of_people_is_of_eleven_or_more(piloted: Settings) -> None:
    told = json.loads(_files(piloted)["indicateurs_08_001.json"])
    counts = [
        count
        for table in told["tableaux"]
        if table["indicator"] != "rendez-vous"
        for row in table["rows"]
        for count in (*row["counts"], row["total"])
        if count is not None
    ]
    assert counts
    assert all(count == 0 or count >= 11 for count in counts)
    labels = {row["label"] for table in told["tableaux"] for row in table["rows"]}
    assert "Mission" not in labels  # five people
    assert "Structure 1" in labels
    assert not any(name.startswith("p0") for name in labels)


def test_signals_are_followed_by_month_and_photographed(piloted: Settings) -> None:
    told = json.loads(_files(piloted)["indicateurs_08_001.json"])["tableaux"]
    after = {t["period"]: t for t in told if t["indicator"] == "suites-des-signaux"}
    assert after["2022-01"]["rows"][0]["counts"] == [0, 0, 30, 0, 20]
    assert min(after) >= "2022-01"  # before the first crossing that followed them, nothing is known
    (now,) = [t for t in told if t["indicator"] == "signaux-en-cours"]
    # 380 examined, 130 flagged, 50 not evaluable: to multiples of eleven
    assert now["rows"] == [
        {"view": "REGLE", "label": "R13", "counts": [385, 132, 55], "total": None, "measures": {}}
    ]


def test_published_again_it_is_the_same_edition(piloted: Settings) -> None:
    before = _files(piloted)
    result = run("indicators", "publish", "08", "--config", _config(piloted), "--json")
    said = document(result)
    assert (said["edition"], said["nouvelle"]) == (1, False)
    assert _files(piloted) == before
    engine = open_engine(piloted.database_url)
    with engine.begin() as connection:
        (kept,) = editions_of(connection, "08")
    engine.dispose()
    assert kept.digest == said["sha256"] == json.loads(before["indicateurs_08_001.json"])["sha256"]


def test_the_page_says_in_words_what_it_draws(piloted: Settings) -> None:
    page = _files(piloted)["indicateurs_08_001.html"].decode()
    assert page.count('role="img"') == page.count("aria-label=") > 5
    assert "95 jours" in page
    assert "53 jours" in page
    assert 'class="secret"' in page
    assert "<script" not in page
    assert ">–<" in page  # a period of nobody is not a secret
    assert page.count("<svg") < page.count("<table") * 2


def test_inside_the_threshold_is_lower_and_nothing_is_kept(piloted: Settings) -> None:
    result = run("indicators", "show", "08", "--config", _config(piloted), "--json")
    told = document(result)
    assert told["seuil"] == 5
    few = [n for t in told["tableaux"] for row in t["rows"] for n in row["counts"] if n]
    assert min(few) in range(5, 11)
    said = run("indicators", "show", "08", "--config", _config(piloted)).stdout
    assert "à ne pas publier" in said
    engine = open_engine(piloted.database_url)
    with engine.begin() as connection:
        assert len(editions_of(connection, "08")) == 1
    engine.dispose()


def test_a_correction_changes_nothing_of_a_period_already_published(tmp_path: Path) -> None:
    settings = furnished_with(tmp_path, town(), date(2022, 2, 15))
    assert run("indicators", "publish", "08", "--config", _config(settings)).exit_code == Exit.DONE
    first = json.loads(_files(settings)["indicateurs_08_001.json"])["tableaux"]
    late = [
        entry("tard", date(2021, 5, 1)),
        orientation("tard", date(2021, 5, 20), "SOCIAL", "Structure 1"),
    ]
    receive(settings, pl.concat([town(), facts(*late)]), "d2", 1, date(2022, 6, 15))
    assert run("indicators", "publish", "08", "--config", _config(settings)).exit_code == Exit.DONE
    second = json.loads(_files(settings)["indicateurs_08_002.json"])["tableaux"]
    known = {(t["indicator"], t["period"]): t for t in first}
    shown = {(t["indicator"], t["period"]): t for t in second}
    repeated = known.keys() & shown.keys()
    assert len(repeated) > 10
    assert all(known[key] == shown[key] for key in repeated)
    assert shown.keys() - known.keys()


def test_two_lengths_of_period_would_be_subtracted(piloted: Settings) -> None:
    config = _config(piloted)
    before = config.read_text()
    config.write_text(before + '[indicators]\nperiod = "mois"\n')
    try:
        result = run("indicators", "publish", "08", "--config", config)
    finally:
        config.write_text(before)
    assert result.exit_code == Exit.CONFIGURATION
    assert "trimestre" in result.stderr


@pytest.mark.parametrize("line", ["steering = 4", "published = 10"])
def test_no_setting_lowers_the_floor(piloted: Settings, line: str) -> None:
    config = _config(piloted)
    before = config.read_text()
    config.write_text(before + f"[indicators]\n{line}\n")
    try:
        result = run("indicators", "show", "08", "--config", config)
    finally:
        config.write_text(before)
    assert result.exit_code == Exit.CONFIGURATION
    assert "au moins" in result.stderr


def test_nothing_received_and_nothing_closed_are_said(tmp_path: Path) -> None:
    settings = furnished_with(tmp_path, facts())
    nowhere = run("indicators", "publish", "2A", "--config", _config(settings))
    assert nowhere.exit_code == Exit.CONFIGURATION
    empty = run("indicators", "publish", "08", "--config", _config(settings))
    assert empty.exit_code == Exit.DONE  # zeros are numbers too


def test_an_edition_follows_the_last_one_or_is_not(piloted: Settings) -> None:
    edition = PublishedEdition("08", 3, date(2022, 6, 15), 11, "trimestre", "[]", "0" * 64)
    accepted = Entry(act=Act.INDICATORS_PUBLISHED, at=NOON, subject="x")
    engine = open_engine(piloted.database_url)
    with pytest.raises(Overtaken):
        keep_edition(engine, edition, lambda _: accepted)
    engine.dispose()


def test_who_is_silenced_or_outside_is_not_examined() -> None:
    people = pl.DataFrame(
        [("a", True, False), ("b", True, True), ("c", False, False), ("d", None, False)],
        schema=PEOPLE, orient="row",
    )  # fmt: skip
    told = [(who, "R01", "triggered") for who in "abcd"] + [("a", "R02", "suppressed")]
    rows = judged(people, pl.DataFrame(told, schema=SIGNALS, orient="row")).rows()
    assert rows == [("R01", 1, 1, 0), ("R02", 1, 0, 0)]
    assert judged(people, pl.DataFrame(schema=SIGNALS)).is_empty()
