"""The generated département, read whole."""

import json

import pytest

from schemas.check import check
from schemas.codes import Code
from schemas.reading import FileRefused
from schemas.registry import contract
from tests.world.samples import sample

FOLDER = "dept-08"
CLEAN = [
    ("cnaf-contacts", "cnaf/coordonnees-allocataire.txt"),
    ("pe-parcours", "pe/PECG.xml"),
    ("cd-parcours", "cd/CD-PARCOURS_08_20220615_000001_V1.csv"),
]
KINDS = {
    "nir_cle": Code.NIR_KEY,
    "nir_format": Code.NIR_FORMAT,
    "retour_ligne_entre_guillemets": Code.QUOTED_NEWLINE,
    "telephone": Code.PHONE,
    "courriel": Code.EMAIL,
    "date_impossible": Code.IMPOSSIBLE_DATE,
    "valeur_manquante": Code.MISSING_VALUE,
    "ligne_courte": Code.SHORT_ROW,
    "ligne_longue": Code.LONG_ROW,
    "octet_cp1252": Code.CP1252_BYTE,
    "doublon": Code.DUPLICATE_ROW,
}


@pytest.mark.parametrize(("flow", "name"), CLEAN)
def test_a_clean_file_has_every_row_and_no_reject(flow: str, name: str) -> None:
    expected = json.loads(sample(f"{FOLDER}/expected/summary.json").read_text("utf-8"))
    report = check(sample(f"{FOLDER}/{name}"), contract(flow), departement="08").report
    assert (report.read, report.accepted) == (expected["rows"][name],) * 2
    assert (report.rejected, report.ignored) == (expected["rejects"][name], 0)
    assert set(report.by_code()) <= {Code.UNUSABLE_DATE}


def test_every_known_defect_is_found_at_its_place_and_nothing_else() -> None:
    listed = json.loads(sample(f"{FOLDER}/expected/contacts-defauts.json").read_text("utf-8"))
    expected = [
        (one["ligne"], one["ligne_fin"], one["enregistrement"], one["colonne"], KINDS[one["genre"]])
        for one in listed
    ]
    name = f"{FOLDER}/cnaf/coordonnees-allocataire-defauts.txt"
    report = check(sample(name), contract("cnaf-contacts"), departement="08").report
    found = [(a.line, a.end_line, a.record, a.column, a.code) for a in report.anomalies]
    assert found == expected
    assert [a.effect.value for a in report.anomalies] == [one["effet"] for one in listed]


def test_a_wrong_control_total_refuses_the_whole_file() -> None:
    with pytest.raises(FileRefused) as refused:
        check(sample(f"{FOLDER}/pe/PECG-total-faux.xml"), contract("pe-parcours"), departement="08")
    assert refused.value.code is Code.CONTROL_TOTAL
