"""`passerelle crossing` over a small town that lived its week: run twice, explain, simulate, calibrate."""

import asyncio
import json
import stat
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import func, select

from gateway.cli.speech import Exit
from gateway.drawers import open_drawers
from gateway.keyring import Keyring
from gateway.ledger.log import bodies, committed_size
from gateway.rules.lives import LIVES
from gateway.settings import load
from gateway.store.database import open_engine
from gateway.store.releases import last_crossing
from gateway.store.tables import CROSSING
from schemas.generator import Truth
from schemas.generator.everything import write_everything
from schemas.generator.wishes import Wishes
from tests.world.furnished import document, furnish, run
from tests.world.town import town, week_of

AS_OF = date(2022, 6, 15)
WHY = ("--motif", "essai")


@dataclass(frozen=True)
class House:
    """A gateway that crossed a département of invented people, as its operator finds it."""

    config: Path
    truth: Truth
    signals: dict[str, Any]

    def run(self, *words: str) -> Any:
        return run("crossing", *words, "--config", self.config)

    def crossings(self) -> int:
        engine = open_engine(load(self.config).database_url)
        with engine.begin() as connection:
            return int(connection.scalar(select(func.count()).select_from(CROSSING)) or 0)

    def ledger(self) -> list[dict[str, Any]]:
        engine = open_engine(load(self.config).database_url)
        return [json.loads(body) for body in bodies(engine, 0, committed_size(engine))]

    def frame(self, name: str) -> pl.DataFrame:
        """A frame of the last crossing."""
        settings = load(self.config)
        engine = open_engine(settings.database_url)
        with engine.begin() as connection:
            crossed = last_crossing(connection, "08")
        assert crossed is not None
        drawers = open_drawers(settings, Keyring(settings.path(settings.main.paths.keys)))
        return drawers.journeys.read(getattr(crossed, name))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    samples = tmp_path_factory.mktemp("samples")
    truth = write_everything(samples, Wishes("08", 60, 11, AS_OF)).truth
    folder = tmp_path_factory.mktemp("town") / "t"
    config, signals = asyncio.run(_live(folder, samples))
    return House(config, truth, signals)


async def _live(folder: Path, samples: Path) -> tuple[Path, dict[str, Any]]:
    async with town(folder, week_of(samples)) as here:
        await here.rounds()
        return here.scenery.config, here.document()["signals"]


def test_a_crossing_that_was_done_is_not_done_again(house: House) -> None:
    before = house.crossings()
    for _ in range(2):
        result = house.run("run", "--json")
        assert result.exit_code == Exit.DONE, result.stderr
        (line,) = document(result)["croisements"]
        assert (line["departement"], line["fait"], line["nouveau"]) == ("08", True, False)
    assert house.crossings() == before


def test_where_nothing_came_there_is_nothing_to_cross(house: House, tmp_path: Path) -> None:
    assert house.signals, "the durable executor keeps the first error stream it is given"
    config = furnish(tmp_path) / "config" / "gateway.toml"
    result = run("crossing", "run", "--config", config, "--json")
    assert (result.exit_code, document(result)) == (Exit.DONE, {"croisements": [], "echecs": {}})
    for word in ("simulate", "calibration"):
        assert run("crossing", word, "--config", config).exit_code == Exit.CONFIGURATION


def test_the_crossing_keeps_points_and_lives(house: House) -> None:
    people, signals, lives = (house.frame(name) for name in ("people", "signals", "lives"))
    triggered = signals.filter(RESULTAT="triggered")
    assert lives.schema == LIVES and lives.height == triggered.height > 0
    assert set(lives["OUVERT_LE"]) == {AS_OF}
    weighed = people.filter(pl.col("POINTS").is_not_null())
    assert set(weighed["PERSONNE"]) == set(triggered["PERSONNE"])
    assert set(weighed["PRIORITE"].drop_nulls()) <= {"haute", "moyenne", "basse"}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("run", "--departement", "77"), Exit.LATER),
        (("run", "--le", "2999-01-01"), Exit.MISUSE),
        (("explain", "CD08-999999", *WHY), Exit.CONFIGURATION),
        (("explain", "CD08-000001", "--motif", " "), Exit.CONFIGURATION),
        (("explain", "CD08-000001"), Exit.MISUSE),
        (("explain", "CD08-000001", *WHY, "--le", "2020-01-01"), Exit.CONFIGURATION),
        (("explain", "CD08-000001", *WHY, "--departement", "77"), Exit.CONFIGURATION),
        (("simulate", "--seuil", "R12"), Exit.CONFIGURATION),
        (("simulate", "--seuil", "R99=3"), Exit.CONFIGURATION),
        (("simulate", "--activer", "R01"), Exit.CONFIGURATION),
        (("simulate", "--liste"), Exit.CONFIGURATION),
    ],
)
def test_what_cannot_be_done_has_its_code_and_shows_nobody(
    house: House, words: tuple[str, ...], code: Exit
) -> None:
    before = len(house.ledger())
    result = house.run(*words)
    assert result.exit_code == code and result.stdout == ""
    assert "CD08" not in result.stderr
    assert len(house.ledger()) == before


def test_everybody_can_be_explained_as_the_crossing_found_them(house: House) -> None:
    for id_cd in sorted(house.signals)[::6]:
        result = house.run("explain", id_cd, *WHY, "--json")
        assert result.exit_code == Exit.DONE, result.stderr
        told, recorded = document(result), house.signals[id_cd]
        verdicts = {rule["regle"]: rule["verdict"] for rule in told["regles"]}
        found = {rule for rule, verdict in verdicts.items() if verdict == "declenchee"}
        assert found == set(recorded["triggered"]), id_cd
        unsure = {rule for rule, verdict in verdicts.items() if verdict == "non_evaluable"}
        assert unsure == set(recorded["not_evaluable"]), id_cd
        assert told["a_jour"] and {v["regle"] for v in told["vies"]} == found


def test_looking_at_somebody_is_in_the_ledger_and_names_nobody(house: House) -> None:
    id_cd = min(house.signals)
    before = len(house.ledger())
    assert house.run("explain", id_cd, *WHY).exit_code == Exit.DONE
    (entry,) = house.ledger()[before:]
    assert (entry["act"], entry["facts"]["people"]) == ("person.disclosed", 1)
    assert entry["subject"].startswith("croisement:08@2022-06-15:")
    assert id_cd not in json.dumps(entry) and "essai" not in json.dumps(entry)


def test_an_explanation_shows_no_name_and_no_number(house: House, tmp_path: Path) -> None:
    triggered = next(who for who, said in sorted(house.signals.items()) if said["triggered"])
    page = tmp_path / "page.html"
    said = house.run("explain", triggered, *WHY, "--page", str(page))
    assert said.exit_code == Exit.DONE and triggered in said.stdout
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    shown = (said.stdout + page.read_text("utf-8")).upper()
    truth = house.truth
    secrets = truth.nirs15 | truth.matricules | truth.phones | truth.emails
    assert not [secret for secret in secrets if secret.upper() in shown]
    assert "P1.1." not in shown, "no pseudonym"


def test_a_page_that_cannot_be_written_is_said(house: House, tmp_path: Path) -> None:
    result = house.run("calibration", "--page", str(tmp_path / "absent" / "page.html"))
    assert result.exit_code == Exit.CONFIGURATION and "--page" in result.stderr


def test_simulating_tells_counts_and_changes_nothing(house: House) -> None:
    entries, crossings = len(house.ledger()), house.crossings()
    result = house.run("simulate", "--seuil", "R12=1", "--seuil", "R13=1", "--json")
    assert result.exit_code == Exit.DONE, result.stderr
    told = document(result)
    r12 = next(rule for rule in told["regles"] if rule["regle"] == "R12")
    assert r12["gagnees"] == r12["apres"] - r12["avant"] > 0 and r12["perdues"] == 0
    assert told["apres"]["version"] == "simulation" and "personnes" not in told
    assert (len(house.ledger()), house.crossings()) == (entries, crossings)
    assert "Gagnées" in house.run("simulate", "--regime", "LPE_2025").stdout


def test_a_list_is_shown_with_a_motive_and_is_in_the_ledger(house: House) -> None:
    before = len(house.ledger())
    result = house.run("simulate", "--seuil", "R12=1", "--liste", *WHY, "--json")
    assert result.exit_code == Exit.DONE, result.stderr
    listed = document(result)["personnes"]
    assert listed and {line["id_cd"] for line in listed} <= set(house.signals)
    (entry,) = house.ledger()[before:]
    assert entry["facts"]["people"] == len({line["id_cd"] for line in listed})
    assert "person" not in entry["facts"]


def test_calibration_says_shares_and_shows_nobody(house: House, tmp_path: Path) -> None:
    before = len(house.ledger())
    page = tmp_path / "calage.html"
    told = document(house.run("calibration", "--json", "--page", str(page)))
    by_rule = {rule["regle"]: rule for rule in told["regles"]}
    flagged = sum("R09" in said["triggered"] for said in house.signals.values())
    assert by_rule["R09"]["signalees"] == (None if 0 < flagged < 5 else flagged)
    assert "Calage des règles, département 08" in page.read_text("utf-8")
    assert "CD08" not in page.read_text("utf-8") and len(house.ledger()) == before
    assert "Part" in house.run("calibration").stdout


def test_another_day_is_another_crossing_and_an_earlier_one_changes_no_life(house: House) -> None:
    assert house.run("run", "--le", "2022-06-14").exit_code == Exit.DONE, "nothing was there yet"
    later = house.run("run", "--le", "2022-06-20", "--departement", "08", "--json")
    (line,) = document(later)["croisements"]
    assert (line["date"], line["nouveau"]) == ("2022-06-20", True)
    lives = house.frame("lives")
    seen = lives.filter(pl.col("CLOS_LE").is_null())
    assert set(seen["VU_LE"]) == {date(2022, 6, 20)} and (seen["OUVERT_LE"] == AS_OF).any()
    between = house.run("run", "--le", "2022-06-17", "--json")
    assert document(between)["croisements"][0]["nouveau"] is True
    assert house.frame("lives").equals(lives)
