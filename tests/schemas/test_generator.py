"""An invented département: same bytes from the same seed, true layouts, and expectations that hold."""

import csv
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.fr import nir as referee

from schemas.generator import Truth, write_departement
from schemas.generator import nir as ours
from schemas.generator.catalogue import SCENARIOS
from tests.world.oracle import RULES, contact_feed, opinions

AS_OF = date(2022, 6, 15)
CONTACT_HEADER = (
    '"MATRICULE";"ROLE PERSONNE";"TYPE PERSONNE";"NIR";"NUMERO DEMANDE RSA";"DATE DEMANDE RSA";'
    '"DATE DEBUT DROITS - DEVOIRS";"NOM RESPONSABLE DOSSIER";"PRENOM RESPONSABLE DOSSIER";'
    '"NUMERO TELEPHONE DOSSIER";"NUMERO TELEPHONE 2 DOSSIER";"ADRESSE ELECTRONIQUE DOSSIER"'
)
JOURNEY_HEADER = (
    "ID_CD;NUMDEMRSA;MATRICULE;ROLE;NIR;NOM_NAISSANCE;NOM_USAGE;PRENOM;DATE_NAISSANCE;"
    "FAIT;DATE;DATE_FIN;CODE;STATUT;STRUCTURE"
)
FEED_HEADER = (
    "MATRICULE;NIR;NUMERO TELEPHONE DOSSIER;NUMERO TELEPHONE 2 DOSSIER;ADRESSE ELECTRONIQUE DOSSIER"
)
ODD = ("2A", "2B", "971", "974", "01", "95")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    folder = tmp_path_factory.mktemp("dept")
    return folder, write_departement(folder, departement="08", people=400, seed=7, as_of=AS_OF)


@pytest.fixture(scope="module")
def folder(written: tuple[Path, Truth]) -> Path:
    return written[0]


@pytest.fixture(scope="module")
def truth(written: tuple[Path, Truth]) -> Truth:
    return written[1]


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


# --- the same bytes, whoever runs it ---


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


# --- numbers and names nobody bears ---


def test_an_independent_library_accepts_every_key(truth: Truth) -> None:
    assert len(truth.nirs15) > 400
    assert all(referee.is_valid(number) for number in truth.nirs15)


@given(st.integers(0, 10**6), st.booleans(), st.sampled_from(("08", "2A", "2B", "974")))
@settings(max_examples=50, deadline=None)
def test_a_wrong_key_is_never_right(seed: int, woman: bool, place: str) -> None:
    from random import Random

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


def test_no_identifier_is_given_twice(folder: Path, truth: Truth) -> None:
    keys = Counter((row[0].zfill(7), row[1]) for row in contact_rows(folder))
    assert max(keys.values()) == 1
    numbers = Counter(row[3][:13] for row in contact_rows(folder) if row[3])
    assert max(numbers.values()) == 1
    assert len(truth.matricules) == len(truth.numdemrsa)


# --- layouts ---


def test_the_contact_file_has_the_layout_of_the_cnaf(folder: Path) -> None:
    raw = (folder / "cnaf/coordonnees-allocataire.txt").read_bytes()
    assert raw.startswith(CONTACT_HEADER.encode() + b"\n")
    assert b"\r" not in raw
    assert not raw.endswith(b"\n")
    assert raw.count(b'"') == 24
    assert not re.search(rb"[\x80-\x9f]", raw)
    assert any(byte > 0x9F for byte in raw)
    rows = contact_rows(folder)
    assert {len(row) for row in rows} == {12}
    assert {len(row[3]) for row in rows} == {0, 13, 15}
    assert {row[1] for row in rows} == {"DEMANDEUR", "CONJOINT"}
    assert any(len(row[0]) < 7 for row in rows)


def test_phones_and_emails_are_written_in_every_careless_way(folder: Path) -> None:
    written = {re.sub(r"\d", "9", cell) for row in contact_rows(folder) for cell in row[9:11]}
    assert {"", "9" * 10, "9" * 9, "99 99 99 99 99", "99.99.99.99.99"} <= written
    assert {"+" + "9" * 11, "9" * 13} <= written
    phones = {cell for row in contact_rows(folder) for cell in row[9:11]}
    assert any(cell.startswith(("069", "69", "+590", "+262", "+594", "+596")) for cell in phones)
    assert any(
        row[9].lstrip("0+")[:1] not in {"6", "7"} and re.match(r"0?[67]", row[10])
        for row in contact_rows(folder)
        if row[9]
    )
    emails = [row[11] for row in contact_rows(folder) if row[11]]
    assert any(email.isupper() for email in emails)
    assert any(email != email.strip() for email in emails)


def test_couples_share_a_matricule(folder: Path) -> None:
    rows = {(row[0].zfill(7), row[1]): row for row in contact_rows(folder)}
    couples = [key for key, role in rows if role == "CONJOINT"]
    assert len(couples) > 10
    for key in couples:
        one, other = rows[key, "DEMANDEUR"], rows[key, "CONJOINT"]
        assert one[4] == other[4]
        assert not one[3] or one[3][:13] != other[3][:13]


def test_the_journey_file_has_the_layout_of_its_contract(folder: Path) -> None:
    (path,) = (folder / "cd").iterdir()
    raw = path.read_bytes()
    assert path.name == "CD-PARCOURS_08_20220615_000001_V1.csv"
    assert raw.startswith(b"\xef\xbb\xbf" + JOURNEY_HEADER.encode() + b"\r\n")
    assert raw.endswith(b"\r\n")
    assert raw.count(b"\n") == raw.count(b"\r\n")
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines(), delimiter=";"))
    assert {row["FAIT"] for row in rows} == {
        "DROITS_DEVOIRS",
        "ORIENTATION",
        "CONTRAT",
        "RDV",
        "REFERENT",
        "PROCEDURE",
    }
    french = {row["ID_CD"] for row in rows if "/" in row["DATE"]}
    assert 10 < len(french) < 200
    assert {len(row["NIR"]) for row in rows} == {0, 13, 15}
    assert all(row["STATUT"] != "OUVERTE" for row in rows)


def test_somebody_without_nir_at_the_cd_has_one_at_the_cnaf(folder: Path) -> None:
    roles = {"DEMANDEUR": "DEM", "CONJOINT": "CJT"}
    numbers = {(row[4], roles[row[1]]): row[3] for row in contact_rows(folder)}
    (path,) = (folder / "cd").iterdir()
    rows = csv.DictReader(path.read_text("utf-8-sig").splitlines(), delimiter=";")
    missing = [row for row in rows if not row["NIR"]]
    assert missing
    assert all(numbers[row["NUMDEMRSA"], row["ROLE"]] for row in missing)


def test_the_pe_file_has_the_layout_of_pole_emploi(folder: Path) -> None:
    raw = (folder / "pe/PECG.xml").read_bytes()
    assert raw.startswith(b'<?xml version="1.0" encoding="ISO-8859-1"?>\n<fichier-PE-CG>\n')
    root = ET.fromstring(raw)
    head = {tag.tag: tag.text for tag in root.iterfind("entete/*")}
    assert head == {
        "fichier": "PECG",
        "periodicite": "M",
        "departement": "08",
        "date-reference": "2022-06-01",
        "date-fabrication": "2022-06-15",
        "version": "001,0",
    }
    end = {tag.tag: tag.text for tag in root.iterfind("fin/*")}
    count = len(root.findall("dossier"))
    assert end == {
        "departement": "08",
        "date-reference": "2022-06-01",
        "nb-dossiers": f"{count:07d}",
    }
    assert {len(node.text or "") for node in root.iter("nir")} == {13, 15}
    towns = {(node.text or "")[:2] for node in root.iter("commune-residence")}
    assert len(towns) == 2
    exits = {
        tag for tag in ("cessation", "radiation") if root.find(f".//date-{tag}-ide") is not None
    }
    assert exits == {"cessation", "radiation"}


def test_last_interviews_go_wrong_in_every_known_way(folder: Path) -> None:
    dossiers = list(ET.parse(folder / "pe/PECG.xml").iter("dossier"))
    said = {re.sub(r"\d", "9", d.findtext("ppae/date-dernier-ent") or "") for d in dossiers}
    assert {"9999-99-99", "9999", "", "99/99/9999"} == said
    assert any(d.find("ppae") is None for d in dossiers)
    assert any(
        d.find("ppae") is not None and d.find("ppae/date-dernier-ent") is None for d in dossiers
    )
    assert any((d.findtext("ppae/date-dernier-ent") or "").endswith("-02-30") for d in dossiers)


def test_the_wrong_total_is_the_only_difference_between_the_two_pe_files(folder: Path) -> None:
    right = (folder / "pe/PECG.xml").read_bytes().split(b"\n")
    wrong = (folder / "pe/PECG-total-faux.xml").read_bytes().split(b"\n")
    changed = [(a, b) for a, b in zip(right, wrong, strict=True) if a != b]
    assert len(changed) == 1
    assert changed[0][0].startswith(b"<nb-dossiers>")


def test_the_pe_file_is_never_made_after_the_as_of_date(tmp_path: Path) -> None:
    for day, made in ((1, "2023-03-01"), (10, "2023-03-10"), (28, "2023-03-15")):
        into = tmp_path / str(day)
        write_departement(into, departement="33", people=20, seed=1, as_of=date(2023, 3, day))
        root = ET.parse(into / "pe/PECG.xml").getroot()
        assert root.findtext("entete/date-fabrication") == made


# --- the defects ---


def test_every_defect_stands_where_it_is_said_to(folder: Path) -> None:
    places = json.loads((folder / "expected/contacts-defauts.json").read_text("utf-8"))
    kinds = Counter(place["genre"] for place in places)
    assert kinds == {
        "nir_cle": 1,
        "nir_format": 1,
        "date_impossible": 1,
        "valeur_manquante": 1,
        "ligne_courte": 1,
        "ligne_longue": 1,
        "telephone": 2,
        "courriel": 2,
        "retour_ligne_entre_guillemets": 1,
        "octet_cp1252": 1,
        "doublon": 1,
    }
    raw = (folder / "cnaf/coordonnees-allocataire-defauts.txt").read_bytes().decode("iso-8859-15")
    clean = (folder / "cnaf/coordonnees-allocataire.txt").read_bytes().decode("iso-8859-15")
    lines = raw.split("\n")
    records = clean.split("\n")
    for place in places:
        found = "\n".join(lines[place["ligne"] - 1 : place["ligne_fin"]])
        if place["genre"] == "doublon":
            assert found in records
            assert place["enregistrement"] == len(records)
        else:
            assert found != records[place["enregistrement"]]
            assert found.split(";")[1] == records[place["enregistrement"]].split(";")[1]
    spoiled = {place["enregistrement"] for place in places}
    assert len(spoiled) == 13
    assert len(set(records) - set(lines)) == 12


# --- what must come of it ---


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


@pytest.mark.parametrize("wrong", ["8", "20", "99", "2C", "0A", "9710", "../"])
def test_a_departement_that_does_not_exist_is_refused(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ValueError, match="two digits"):
        write_departement(tmp_path, departement=wrong, people=20, seed=1, as_of=AS_OF)
    assert not list(tmp_path.iterdir())


def test_fewer_people_than_defects_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="per known defect"):
        write_departement(tmp_path, departement="08", people=12, seed=1, as_of=AS_OF)


# --- the oracle itself, against a sample that is not ours ---


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
