"""An invented département: the same bytes from the same seed, and identifiers nobody bears."""

import csv
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import date
from pathlib import Path
from random import Random

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.fr import nir as referee

from schemas.generator import Truth, write_departement
from schemas.generator import nir as ours

AS_OF = date(2022, 6, 15)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def contact_rows(folder: Path) -> list[list[str]]:
    text = (folder / "cnaf/coordonnees-allocataire.txt").read_bytes().decode("iso-8859-15")
    return [line.split(";") for line in text.split("\n")[1:]]


def test_the_same_arguments_write_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_departement(tmp_path, departement="08", people=400, seed=7, as_of=AS_OF)
    assert contents(tmp_path) == contents(folder)


def test_another_process_with_another_hash_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    write_departement(here, departement="2A", people=60, seed=3, as_of=AS_OF)
    program = (
        "import sys; from datetime import date; from pathlib import Path\n"
        "from schemas.generator import write_departement\n"
        "write_departement(Path(sys.argv[1]), departement='2A', people=60, seed=3,"
        " as_of=date(2022, 6, 15))"
    )
    root = Path(__file__).parents[2]
    subprocess.run(
        [sys.executable, "-c", program, str(there)],
        check=True,
        env={"PYTHONHASHSEED": "4242", "PYTHONPATH": str(root)},
    )
    assert contents(here) == contents(there)


def test_another_seed_draws_other_people(truth: Truth, tmp_path: Path) -> None:
    other = write_departement(tmp_path, departement="08", people=400, seed=8, as_of=AS_OF)
    assert not truth.nirs13 & other.nirs13
    assert not truth.emails & other.emails


def test_an_independent_library_accepts_every_key(truth: Truth) -> None:
    assert len(truth.nirs15) > 400
    assert all(referee.is_valid(number) for number in truth.nirs15)


@given(st.integers(0, 10**6), st.booleans(), st.sampled_from(("08", "2A", "2B", "974")))
@settings(max_examples=50, deadline=None)
def test_a_wrong_key_is_never_right(seed: int, woman: bool, place: str) -> None:
    number = ours.draw(
        Random(seed), born=date(1990, 1, 2), woman=woman, departement=place, provisional=False
    )
    assert referee.is_valid(ours.with_key(number))
    assert not referee.is_valid(ours.with_wrong_key(number))


def test_no_number_points_at_a_town_that_exists(truth: Truth) -> None:
    for number in truth.nirs13:
        overseas = number[5:7] == "97"
        assert int(number[8:10]) >= 90 if overseas else 950 <= int(number[7:10]) <= 989


def test_phones_are_in_the_numbering_plan_and_emails_at_example_domains(truth: Truth) -> None:
    regions = ("FR", "GP", "RE", "GF", "MQ")
    for phone in truth.phones:
        assert re.fullmatch(r"0\d{9}", phone)
        assert any(phonenumbers.is_valid_number(phonenumbers.parse(phone, r)) for r in regions)
    assert {email.partition("@")[2] for email in truth.emails} == {"example.org", "example.com"}


def test_no_name_is_a_word_of_this_program(truth: Truth) -> None:
    root = Path(__file__).parents[2]
    text = "\n".join(
        path.read_text("utf-8").lower()
        for package in ("gateway", "connectors", "schemas", "tests")
        for path in (root / package).rglob("*.py")
    )
    words = truth.names | truth.first_names
    assert all(len(word) >= 8 and word.isalpha() for word in words)
    assert not [word for word in words if word.lower() in text]


def test_the_truth_lists_every_identifier_of_every_file(folder: Path, truth: Truth) -> None:
    names = {name.upper() for name in truth.names | truth.first_names}
    for row in contact_rows(folder):
        assert row[0].zfill(7) in truth.matricules
        assert row[3] in {""} | truth.nirs13 | truth.nirs15
        assert row[4] in truth.numdemrsa
        assert {row[7].upper(), row[8].upper()} <= names
        assert row[11].strip().lower() in {""} | truth.emails
    (journeys,) = (folder / "cd").iterdir()
    with journeys.open(encoding="utf-8-sig", newline="") as file:
        for fact in csv.DictReader(file, delimiter=";"):
            assert fact["ID_CD"] in truth.cd_ids
            assert fact["NIR"] in {""} | truth.nirs13 | truth.nirs15
            named = {fact["NOM_NAISSANCE"], fact["NOM_USAGE"], fact["PRENOM"]} - {""}
            assert {name.upper() for name in named} <= names
    for dossier in ET.parse(folder / "pe/PECG.xml").iter("dossier"):
        assert dossier.findtext("allocataire/identifiant-pe") in truth.pe_ids
        assert dossier.findtext("individu/nir") in truth.nirs13 | truth.nirs15
        birth = date.fromisoformat(dossier.findtext("individu/date-naissance") or "")
        assert birth in truth.birth_dates
        named = {dossier.findtext(f"individu/{t}") for t in ("nom-naissance", "nom-marital")}
        assert {name.upper() for name in named if name} <= {n.replace("Œ", "OE") for n in names}
    feed = (folder / "expected/contacts-rdv-insertion.csv").read_text("ascii")
    phones = {cell for line in feed.split("\n")[1:-1] for cell in line.split(";")[2:4]}
    assert phones <= {""} | truth.phones


def test_the_cd_and_the_cnaf_always_share_a_key_and_one_of_them_the_nir(tmp_path: Path) -> None:
    write_departement(tmp_path, departement="13", people=600, seed=2, as_of=AS_OF)
    roles = {"DEMANDEUR": "DEM", "CONJOINT": "CJT"}
    cnaf = {
        key: row[3]
        for row in contact_rows(tmp_path)
        for key in ((row[4], roles[row[1]]), (row[0].zfill(7), roles[row[1]]), row[3][:13])
    }
    (journeys,) = (tmp_path / "cd").iterdir()
    ways: Counter[str] = Counter()
    for fact in csv.DictReader(journeys.read_text("utf-8-sig").splitlines(), delimiter=";"):
        request, matricule = fact["NUMDEMRSA"], fact["MATRICULE"]
        key = (request or matricule, fact["ROLE"]) if request or matricule else fact["NIR"][:13]
        assert fact["NIR"] or cnaf[key]
        assert key in cnaf
        ways["request" if request else "matricule" if matricule else "nir"] += 1
    assert set(ways) == {"request", "matricule", "nir"}


def test_no_identifier_is_given_twice(folder: Path, truth: Truth) -> None:
    keys = Counter((row[0].zfill(7), row[1]) for row in contact_rows(folder))
    assert max(keys.values()) == 1
    numbers = Counter(row[3][:13] for row in contact_rows(folder) if row[3])
    assert max(numbers.values()) == 1
    assert len(truth.matricules) == len(truth.numdemrsa)


@pytest.mark.parametrize("wrong", ["8", "20", "99", "2C", "0A", "9710", "../"])
def test_a_departement_that_does_not_exist_is_refused(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ValueError, match="two digits"):
        write_departement(tmp_path, departement=wrong, people=20, seed=1, as_of=AS_OF)
    assert not list(tmp_path.iterdir())


def test_fewer_people_than_defects_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="per known defect"):
        write_departement(tmp_path, departement="08", people=12, seed=1, as_of=AS_OF)
