"""`passerelle flow check`: what a partner who has nothing else of ours is told of a file."""

import csv
import io
import json
from pathlib import Path

import pytest

from gateway.cli.checking import Verdict
from schemas.generator import write_departement
from schemas.reports import HEADER
from tests.schemas.papers import contact, journey, lines, wrong_key
from tests.schemas.test_samples import KINDS
from tests.world.furnished import document
from tests.world.offline import CONTACTS, check, contacts, written
from tests.world.records import DAY
from tests.world.samples import sample


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings anywhere: a partner has none."""
    monkeypatch.delenv("PASSERELLE_CONFIG", raising=False)


@pytest.fixture(scope="module")
def departement(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("departement")
    write_departement(root, departement="08", people=40, seed=3, as_of=DAY)
    return root


# --- the verdict, and the code a script tests


def test_a_good_file_is_accepted_without_settings_nor_flow_nor_departement(
    departement: Path,
) -> None:
    result = check(departement / "pe" / "PECG.xml", "--json")
    said = document(result)
    assert result.exit_code == Verdict.ACCEPTED
    assert (said["verdict"], said["flux"], said["erreurs"]) == ("accepté", "pe-parcours", [])
    assert said["lues"] == said["acceptees"] + said["rejetees"] + said["ignorees"] > 0
    assert result.stderr == "Flux reconnu : pe-parcours\n"


def test_warnings_do_not_change_the_code_and_are_apart(tmp_path: Path) -> None:
    result = check(contacts(tmp_path, contact(), contact()), "--json")
    said = document(result)
    assert result.exit_code == Verdict.ACCEPTED
    assert (said["verdict"], said["ignorees"], said["erreurs"]) == ("accepté", 1, [])
    assert [one["code"] for one in said["avertissements"]] == ["GW-703"]


def test_rejected_rows_have_a_code_of_their_own(tmp_path: Path) -> None:
    result = check(contacts(tmp_path, contact(NIR=wrong_key())), "--json")
    said = document(result)
    assert result.exit_code == Verdict.PARTLY
    assert (said["verdict"], said["rejetees"]) == ("accepté avec rejets", 1)
    assert said["erreurs"] == [
        {
            "code": "GW-604",
            "colonne": "NIR",
            "nombre": 1,
            "gravite": "rejet_ligne",
            "libelle": "Clé du NIR fausse",
            "action": "Corrigez le NIR : nous ne le réparons jamais.",
            "premieres": [{"ligne": 2, "ligne_fin": 2, "enregistrement": 1}],
        }
    ]


def test_a_refused_file_says_why_where_and_what_to_do(departement: Path) -> None:
    file = departement / "pe" / "PECG-total-faux.xml"
    result = check(file, "--json")
    said = document(result)
    assert result.exit_code == Verdict.REFUSED
    assert (said["verdict"], said["refus"]["code"]) == ("refusé", "GW-701")
    assert said["refus"]["colonne"] == "fin/nb-dossiers"
    told = check(file).stdout
    assert "Refusé GW-701" in told
    assert "Renvoyez le fichier entier" in told


def test_too_many_rejects_refuse_the_file_and_still_say_which_lines(tmp_path: Path) -> None:
    result = check(contacts(tmp_path, contact(NIR=wrong_key()), plain=2), "--json")
    said = document(result)
    assert result.exit_code == Verdict.REFUSED
    assert (said["refus"]["code"], said["rejetees"]) == ("GW-704", 1)
    assert said["anomalies"][0]["ligne"] == 2


def test_every_known_defect_of_the_sample_is_at_its_place_and_nothing_else() -> None:
    listed = json.loads(sample("dept-08/expected/contacts-defauts.json").read_text("utf-8"))
    result = check(sample("dept-08/cnaf/coordonnees-allocataire-defauts.txt"), "--json")
    found = [
        (one["ligne"], one["ligne_fin"], one["enregistrement"], one["colonne"], one["code"])
        for one in document(result)["anomalies"]
    ]
    expected = [
        (one["ligne"], one["ligne_fin"], one["enregistrement"], one["colonne"], KINDS[one["genre"]])
        for one in listed
    ]
    assert result.exit_code == Verdict.PARTLY
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_the_screen_says_the_verdict_the_counts_and_the_lines(tmp_path: Path) -> None:
    file = contacts(tmp_path, contact(NIR=wrong_key(), TEL="12"), contact(9), contact(9))
    said = check(file, "--departement", "8").stdout
    head, errors, warnings = (
        said.partition("Erreurs : 2")[0],
        *said.split("Erreurs : 2")[1].split("Avertissements : 1"),
    )
    assert "Accepté avec rejets : Le fichier serait accepté, sauf 1 ligne sur 43 (2,3" in head
    assert "43 lignes lues, 41 acceptées, 1 rejetée, 1 ignorée." in head
    assert [code in errors for code in ("GW-604", "GW-605", "GW-703")] == [True, True, False]
    assert [code in warnings for code in ("GW-604", "GW-703")] == [False, True]


# --- which flow


def test_a_flow_nobody_can_tell_is_asked_for_with_those_there_are(tmp_path: Path) -> None:
    result = check(written(tmp_path, "a;b\n1;2\n"))
    assert result.exit_code == Verdict.NOT_CHECKED
    assert CONTACTS in result.stderr
    assert "--flow" in result.stderr


def test_a_header_with_one_wrong_name_is_recognised_and_refused_as_such(tmp_path: Path) -> None:
    file = written(tmp_path, lines(CONTACTS, [contact()]).replace("MATRICULE", "MATRICUL"))
    result = check(file, "--flow", "auto", "--json")
    assert (result.exit_code, document(result)["refus"]["code"]) == (Verdict.REFUSED, "GW-504")


# --- what a name says


def _journeys(tmp_path: Path, name: str, count: int = 3) -> Path:
    rows = [journey(n) for n in range(count)]
    return written(tmp_path, lines("cd-parcours", rows), name, "utf-8")


def test_a_name_outside_the_convention_is_remarked_and_never_shown(tmp_path: Path) -> None:
    result = check(_journeys(tmp_path, "DUPONT-Zoe.csv"), "--page", tmp_path / "page.html")
    assert result.exit_code == Verdict.ACCEPTED
    assert "À la réception : GW-401" in result.stdout
    shown = result.stdout + result.stderr + (tmp_path / "page.html").read_text("utf-8")
    assert "DUPONT" not in shown
    assert "GW-401" in (tmp_path / "page.html").read_text("utf-8")


@pytest.mark.parametrize(("departement", "code"), [("08", None), ("62", "GW-404")])
def test_the_departement_of_a_name_is_the_senders(
    departement: str, code: str | None, tmp_path: Path
) -> None:
    file = _journeys(tmp_path, "CD-PARCOURS_08_20220615_000001_V1.csv")
    said = document(check(file, "--departement", departement, "--json"))
    assert (said["refus"] or {}).get("code") == code
    assert said["lues"] == 3


# --- the file before


def test_people_who_disappeared_are_counted_and_warned_of_above_the_threshold(
    tmp_path: Path,
) -> None:
    before = _journeys(tmp_path, "CD-PARCOURS_08_20220515_000001_V1.csv", 20)
    for left, gone, codes in ((18, 2, []), (17, 3, ["GW-707"])):
        now = _journeys(tmp_path, "CD-PARCOURS_08_20220615_000002_V1.csv", left)
        result = check(now, "--previous", before, "--json")
        said = document(result)
        assert result.exit_code == Verdict.ACCEPTED
        assert said["disparition"] == {"precedent": 20, "disparues": gone, "seuil": 0.1}
        assert [one["code"] for one in said["avertissements"]] == codes
        assert said["codes"] == dict.fromkeys(codes, gone)
    now = _journeys(tmp_path, "CD-PARCOURS_08_20220615_000002_V1.csv", 17)
    told = check(now, "--previous", before).stdout
    assert "3 de ses 20 personnes ne sont plus dans celui-ci (15" in told
    assert check(now, "--previous", before, "--csv").stdout.splitlines()[1:] == [
        ";;;GW-707;avertissement;Beaucoup de personnes du fichier précédent ne sont plus dans celui-ci"
    ]


def test_a_previous_file_that_would_be_refused_compares_nothing(tmp_path: Path) -> None:
    before = written(tmp_path, "a;b\n", "before")
    result = check(contacts(tmp_path), "--previous", before, "--json")
    assert (result.exit_code, result.stdout) == (Verdict.NOT_CHECKED, "")
    assert "GW-504" in result.stderr


# --- outputs


def test_csv_is_the_anomalies_errors_first_and_nothing_else(tmp_path: Path) -> None:
    file = contacts(tmp_path, contact(1, NOM='"A\nB"'), contact(NIR=wrong_key()))
    result = check(file, "--csv")
    rows = list(csv.reader(io.StringIO(result.stdout), delimiter=";"))
    assert rows[0] == list(HEADER)
    assert [(row[0], row[3]) for row in rows[1:]] == [("4", "GW-604"), ("2", "GW-507")]


def test_a_page_never_overwrites_what_is_checked(tmp_path: Path) -> None:
    file = contacts(tmp_path)
    before, again = file.read_bytes(), tmp_path / "again"
    again.symlink_to(file)
    for page in (file, again):
        assert check(file, "--page", page).exit_code == Verdict.NOT_CHECKED
    assert file.read_bytes() == before


def test_a_page_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    result = check(contacts(tmp_path), "--page", tmp_path / "absent" / "page.html")
    assert (result.exit_code, result.stdout) == (Verdict.NOT_CHECKED, "")
    assert "page" in result.stderr
