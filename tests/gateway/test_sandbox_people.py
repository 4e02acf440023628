"""`passerelle sandbox people` on the command line: what it says, and what it will not do."""

from pathlib import Path

import pytest

from gateway.cli.speech import Exit
from tests.world.furnished import document, run

SMALL = ("sandbox", "people", "--people", "30", "--departement", "2A", "--into")


def test_json_names_every_file_and_counts_defects(tmp_path: Path) -> None:
    result = run(*SMALL, tmp_path / "neuf", "--defect", "nir_cle=0.1", "--json")
    assert result.exit_code == Exit.DONE, result.stderr
    said = document(result)
    assert (said["departement"], said["personnes"], said["date"]) == ("2A", 30, "2022-06-15")
    assert {one["flux"] for one in said["fichiers"]} > {"cnaf-beneficiaires", "pe-stock"}
    assert all((tmp_path / "neuf" / one["fichier"]).is_file() for one in said["fichiers"])
    contacts = next(one for one in said["fichiers"] if one["flux"] == "cnaf-contacts")
    assert said["defauts"]["cnaf-contacts"] == {"nir_cle": round(contacts["lignes"] * 0.1)}


def test_without_a_folder_one_is_named_after_the_departement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*SMALL[:-1], "--seed", "7", "--json")
    assert result.exit_code == Exit.DONE, result.stderr
    assert document(result)["dossier"] == "var/personnes-2A-7"
    assert (tmp_path / "var/personnes-2A-7/cnaf/RSABEM.xml").is_file()
    assert run(*SMALL[:-1], "--seed", "7").exit_code == Exit.MISUSE  # what is there is kept


def test_people_read_a_table_in_french(tmp_path: Path) -> None:
    result = run(*SMALL, tmp_path, "--as-of", "2023-03-20")
    assert result.exit_code == Exit.DONE, result.stderr
    assert "Département 2A inventé, au 20/03/2023" in result.stdout
    assert "RSABEM.xml" in result.stdout
    assert (tmp_path / "cd/CD-PARCOURS_2A_20230320_000001_V1.csv").is_file()


def test_a_folder_that_is_not_empty_is_left_alone_unless_told(tmp_path: Path) -> None:
    kept = tmp_path / "mien.txt"
    kept.write_text("à moi", "utf-8")
    refused = run(*SMALL, tmp_path)
    assert refused.exit_code == Exit.MISUSE
    assert "--overwrite" in refused.stderr
    assert list(tmp_path.iterdir()) == [kept]
    assert run(*SMALL, tmp_path, "--overwrite").exit_code == Exit.DONE
    assert kept.read_text("utf-8") == "à moi"
    assert (tmp_path / "truth/persons.json").is_file()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--defect", "inconnu=0.1"), "défaut inconnu"),
        (("--defect", "nir_cle"), "un taux de 0 à 1"),
        (("--defects", "1.5"), "un taux de 0 à 1"),
        (("--defect", "telephone=1"), "taux trop élevés pour cnaf-contacts"),
        (("--departement", "2C"), "département inconnu"),
        (("--people", "5"), "treize au moins"),
    ],
)
def test_misuse_says_what_to_do(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    result = run(*SMALL, tmp_path / "neuf", *words)
    assert result.exit_code == Exit.MISUSE
    assert sentence in " ".join(result.stderr.split())
