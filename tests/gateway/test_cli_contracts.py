"""A partner with the program and nothing else: the contract, an empty file, a full one, the dictionary."""

from pathlib import Path

import pytest

from gateway.cli.speech import Exit
from schemas.registry import held, published
from tests.world.furnished import document, run


def test_the_contract_is_given_as_it_is_published() -> None:
    said = run("flow", "schema", "pe-parcours", "--json")
    assert said.stdout == published("pe-parcours")
    assert document(said)["name"] == "pe-parcours"


def test_the_contract_is_shown_column_by_column() -> None:
    said = run("flow", "schema", "cnaf-contacts", "--version", "1.0.0")
    assert said.exit_code == Exit.DONE
    assert "cnaf-contacts 1.0.0" in said.stdout
    assert "DATE DEMANDE RSA" in said.stdout
    assert "JJ/MM/AAAA" in said.stdout


@pytest.mark.parametrize("flow", held())
def test_an_example_written_is_accepted_by_the_check_of_its_flow(flow: str, tmp_path: Path) -> None:
    file = tmp_path / "exemple"
    words = ("flow", "example", flow, "-o", file, "--lignes", "30", "--departement", "2A")
    assert run(*words, "--seed", "4").exit_code == Exit.DONE
    first = file.read_bytes()
    checked = run("flow", "check", file, "--flow", flow, "--departement", "2A", "--json")
    assert (checked.exit_code, document(checked)["acceptees"]) == (Exit.DONE, 30)
    run(*words, "--seed", "5")
    assert file.read_bytes() != first


def test_a_template_has_the_header_and_nobody(tmp_path: Path) -> None:
    file = tmp_path / "modele.csv"
    assert run("flow", "template", "cd-parcours", "-o", file).exit_code == Exit.DONE
    assert file.read_text("utf-8").splitlines()[0].startswith("ID_CD;NUMDEMRSA;")
    assert len(file.read_text("utf-8").splitlines()) == 1


def test_the_dictionary_of_one_flow_speaks_of_no_other() -> None:
    said = run("flow", "dictionary", "--flow", "pe-parcours").stdout
    assert said.startswith("## pe-parcours")
    assert said.count("## ") == 1
    assert said in run("flow", "dictionary").stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("schema", "inconnu"), "flux inconnu"),
        (("schema", "cd-parcours", "--version", "9.9.9"), "version inconnue"),
        (("template", "inconnu", "-o", "x"), "connus : "),
        (("template", "cd-parcours", "-o", "absent/x"), "écriture impossible"),
        (("example", "cd-parcours", "-o", "x", "--departement", "../08"), "département inconnu"),
        (("dictionary", "--flow", "inconnu"), "flux inconnu"),
    ],
)
def test_what_cannot_be_given_is_said_in_french(
    words: tuple[str, ...], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = run("flow", *words)
    assert said.exit_code == Exit.CONFIGURATION
    assert says in said.stderr
    assert list(tmp_path.iterdir()) == []
