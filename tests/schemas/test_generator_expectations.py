"""What a generated département expects holds: a second, naive reading of its files agrees."""

import json
import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.generator import Truth, write_departement
from schemas.generator.catalogue import SCENARIOS
from tests.world.oracle import RULES, contact_feed, opinions

AS_OF = date(2022, 6, 15)
FEED_HEADER = (
    "MATRICULE;NIR;NUMERO TELEPHONE DOSSIER;NUMERO TELEPHONE 2 DOSSIER;ADRESSE ELECTRONIQUE DOSSIER"
)
ODD = ("2A", "2B", "971", "974", "01", "95")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def signals(folder: Path, name: str = "signals.json") -> dict[str, Any]:
    people: dict[str, Any] = json.loads((folder / "expected" / name).read_text("utf-8"))["people"]
    return people


def contact_rows(folder: Path) -> list[list[str]]:
    text = (folder / "cnaf/coordonnees-allocataire.txt").read_bytes().decode("iso-8859-15")
    return [line.split(";") for line in text.split("\n")[1:]]


def test_every_scenario_appears_among_two_hundred_people(tmp_path: Path) -> None:
    write_departement(tmp_path, departement="59", people=200, seed=11, as_of=AS_OF)
    told = {person["scenario"] for person in signals(tmp_path).values()}
    assert told == {scenario.expected.scenario for scenario in SCENARIOS} | {"ordinaire"}
    assert len({scenario.expected.scenario for scenario in SCENARIOS}) == len(SCENARIOS)


def check_against_the_oracle(folder: Path, name: str, *, with_pe: bool, sample: bool) -> int:
    """Compare the expected signals of a folder with the oracle's; return how many were compared."""
    second, compared = opinions(folder, with_pe=with_pe), 0
    people = signals(folder, name)
    assert set(second) == set(people)
    for id_cd, person in people.items():
        graded = person["match"] in {"A", "none", None}
        if sample and not (graded and person["population"] is True and not person["suppressed"]):
            continue
        ours, compared = second[id_cd], compared + 1
        where = (id_cd, person["scenario"])
        assert person["match"] == ours.match, where
        silenced = person["suppressed"]
        assert silenced is (ours.match == "X"), where
        assert person["suppressor"] == ("S7" if silenced else None), where
        triggered = frozenset() if silenced else ours.triggered
        reasons = {} if silenced else ours.reasons
        assert {r for r in person["triggered"] if r in RULES} == triggered, where
        assert {r: w for r, w in person["reasons"].items() if r in RULES} == reasons, where
        assert [r for r in person["not_evaluable"] if r in RULES] == list(reasons), where
        awaiting = ["R09"] if "R09" in triggered and ours.awaiting else []
        assert [r for r in person["en_validation"] if r in RULES] == awaiting, where
        assert person["a_surveiller"] is (ours.planned_soon and bool(person["triggered"])), where
    return compared


def test_an_independent_reading_of_the_files_finds_the_same_signals(folder: Path) -> None:
    assert check_against_the_oracle(folder, "signals.json", with_pe=True, sample=False) == 400
    found = Counter(r for person in signals(folder).values() for r in person["triggered"])
    assert set(found) == set(RULES)


def test_without_pole_emploi_nobody_is_judged_on_its_rules(folder: Path) -> None:
    name = "signals-sans-pe.json"
    assert check_against_the_oracle(folder, name, with_pe=False, sample=False) == 400
    assert all(p["not_evaluable"] == ["R13", "R13b"] for p in signals(folder, name).values())


@pytest.mark.parametrize("as_of", [date(2024, 2, 29), date(2021, 12, 1), date(2025, 3, 31)])
def test_the_expectations_hold_on_other_days(tmp_path: Path, as_of: date) -> None:
    write_departement(tmp_path, departement="974", people=200, seed=5, as_of=as_of)
    assert check_against_the_oracle(tmp_path, "signals.json", with_pe=True, sample=False) == 200


@given(st.sampled_from(ODD), st.integers(0, 2**32), st.integers(13, 40))
@settings(max_examples=15, deadline=None)
def test_small_and_odd_departements_are_as_coherent(
    tmp_path_factory: pytest.TempPathFactory, departement: str, seed: int, people: int
) -> None:
    into = tmp_path_factory.mktemp("odd")
    as_of = AS_OF + timedelta(days=seed % 700)
    write_departement(into, departement=departement, people=people, seed=seed, as_of=as_of)
    for name, with_pe in (("signals.json", True), ("signals-sans-pe.json", False)):
        compared = check_against_the_oracle(into, name, with_pe=with_pe, sample=False)
        assert compared == people
    feed = (into / "expected/contacts-rdv-insertion.csv").read_bytes()
    assert feed == contact_feed(into / "cnaf/coordonnees-allocataire.txt")


def test_the_contact_feed_obeys_what_rdv_insertion_accepts(folder: Path) -> None:
    raw = (folder / "expected/contacts-rdv-insertion.csv").read_bytes()
    header, *lines = raw.decode("ascii").removesuffix("\n").split("\n")
    assert header == FEED_HEADER
    assert b'"' not in raw
    assert b"\r" not in raw
    rows = [line.split(";") for line in lines]
    assert len(rows) > 300
    for matricule, number, first, second, email in rows:
        assert re.fullmatch(r"\d{7}", matricule)
        assert re.fullmatch(r"(\d{5}[0-9AB]{2}\d{6}(\d\d)?)?|\d{6}[AB]\d{6}(\d\d)?", number)
        assert all(re.fullmatch(r"(0\d{9})?", phone) for phone in (first, second))
        assert first or (email and not second)
        assert not (second.startswith(("06", "07")) and not first.startswith(("06", "07")))
        assert re.fullmatch(r"([a-z0-9.]{2,}@example\.(org|com))?", email)
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)


def test_the_contact_feed_is_what_a_slow_cleaning_finds(folder: Path) -> None:
    feed = (folder / "expected/contacts-rdv-insertion.csv").read_bytes()
    assert feed == contact_feed(folder / "cnaf/coordonnees-allocataire.txt")


def test_the_summary_counts_what_was_written(folder: Path, truth: Truth) -> None:
    summary = json.loads((folder / "expected/summary.json").read_text("utf-8"))
    people = signals(folder).values()
    assert summary["rows"] == dict(truth.rows)
    assert summary["rows"]["cnaf/coordonnees-allocataire.txt"] == len(contact_rows(folder))
    assert summary["signals"]["match"] == Counter(p["match"] for p in people)
    assert summary["signals"]["triggered"] == Counter(r for p in people for r in p["triggered"])
    assert summary["signals"]["people_with_a_signal"] == sum(bool(p["triggered"]) for p in people)
    assert summary["rejects"]["cnaf/coordonnees-allocataire-defauts.txt"] == {
        "avertissement": 2,
        "cellule_videe": 4,
        "ligne_ignoree": 1,
        "rejet_ligne": 6,
    }
    assert set(truth.rows) == {
        name for name in contents(folder) if not name.startswith("expected/")
    }


def found_sample() -> Path:
    for parent in Path(__file__).resolve().parents:
        sample = parent.parent / "shared/samples/dept-08"
        if sample.is_dir():
            return sample
    pytest.skip("no ../shared/samples beside this checkout")


@pytest.mark.parametrize(
    ("name", "with_pe"), [("signals.json", True), ("signals-sans-pe.json", False)]
)
def test_the_oracle_agrees_with_the_sample(name: str, with_pe: bool) -> None:
    compared = check_against_the_oracle(found_sample(), name, with_pe=with_pe, sample=True)
    assert compared > 250


def test_the_oracle_cleans_the_sample_to_the_byte() -> None:
    sample = found_sample()
    feed = (sample / "expected/contacts-rdv-insertion.csv").read_bytes()
    assert feed == contact_feed(sample / "cnaf/coordonnees-allocataire.txt")
