"""`passerelle person` as two people type it: told what is kept, asked, verified, approved, erased."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli.root import app
from gateway.cli.speech import Exit
from gateway.retention.erasing import erase_ordered
from gateway.store.erasures import SECOND_LOOK
from schemas.generator.everything import write_everything
from schemas.generator.wishes import Wishes
from tests.gateway.test_erasure import followed, traces
from tests.world.furnished import document, furnish, run
from tests.world.keeping import Keeping, settled
from tests.world.records import DAY
from tests.world.sender import OPERATORS

FLOWS = ("cd-parcours", "pe-parcours", "cnaf-contacts", "cnaf-beneficiaires", "pe-inscrits")
WHY = ("--motif", "demande du 3 mai")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keeping]:
    """Five files and a crossing; two names are two people."""
    root = furnish(tmp_path_factory.mktemp("maison"))
    with (root / "config" / "gateway.toml").open("a") as settings:
        settings.write(OPERATORS)
    told = write_everything(root / "gens", Wishes("08", people=20, seed=5, as_of=DAY))
    paths = {one.flow: one.path for one in reversed(told.written)}
    house = settled(root)
    for flow in FLOWS:
        house.receive(flow, (root / "gens" / paths[flow]).read_bytes())
    house.cross()
    yield house
    house.engine.dispose()


def config_of(house: Keeping) -> Path:
    return house.folder / "config" / "gateway.toml"


def typed(house: Keeping, *words: str, code: Exit = Exit.DONE) -> str:
    """Type a command; give what it printed."""
    done = run(*words, "--config", config_of(house))
    assert done.exit_code == code, done.stderr
    return done.stdout + done.stderr


def listed(house: Keeping) -> Any:
    """The erasures, for a program."""
    return document(run("person", "erasures", "--json", "--config", config_of(house)))


def cells(printed: str, first: str) -> list[list[str]]:
    """The cells of the lines of a table that begin so."""
    lines = [re.split(r" {2,}", line.strip()) for line in printed.splitlines()]
    return [line for line in lines if line[0].startswith(first)]


def of(name: str) -> tuple[str, ...]:
    return "--departement", "08", *WHY, "--par", name


def test_a_person_is_told_each_file_and_each_signal_and_the_ledger_keeps_who_looked(
    house: Keeping,
) -> None:
    subjects = followed(house)
    who = str(subjects["ID_CD"][0])
    printed = typed(house, "person", "show", who, *of("ana"))
    files = [line for flow in FLOWS for line in cells(printed, f"{flow}-0")]
    assert [(line[1], line[2]) for line in files] == [(f, f.partition("-")[0]) for f in FLOWS]
    assert all(int(line[4]) >= 1 for line in files)
    assert re.search(r"15/06/2022 +R\d+ (déclenchée|non évaluable)", printed)
    assert who not in printed
    (entry,) = [one for one in house.ledger() if '"act":"person.disclosed"' in one]
    assert '"actor":"ana"' in entry
    assert f"écriture {house.ledger().index(entry)}." in printed
    assert who not in entry


def test_an_identifier_may_be_typed_where_no_history_keeps_it(
    house: Keeping,
) -> None:
    who = str(followed(house)["ID_CD"][0])
    entries = len(house.ledger())
    words = ["person", "show", "-", *of("ana"), "--config", str(config_of(house))]
    done = CliRunner().invoke(app, words, input=f"{who}\n")
    assert "cd-parcours-0" in done.stdout
    assert len(house.ledger()) == entries + 1
    typed(house, "person", "show", "CD08-999999", *of("ana"), code=Exit.AGAINST)
    assert len(house.ledger()) == entries + 1


def test_an_erasure_goes_through_two_people_and_says_where_it_stands(house: Keeping) -> None:
    who, other = map(str, followed(house)["ID_CD"][:2])
    assert "Aucun effacement." in typed(house, "person", "erasures")
    printed = typed(house, "person", "erase", who, *of("ana"))
    erasure, request, salt = asked(printed)
    assert who not in printed
    assert ["fichiers", "5"] in cells(printed, "fichiers")
    assert state(house, erasure) == "attend une seconde personne"

    # who answers first verifies, with the very line that was printed
    (line,) = re.findall(r"vérifie : passerelle (person verify .+)", printed)
    words = line.replace("ID_CD", who).replace("SEL", salt).split()
    assert "Oui : cet effacement porte sur cet identifiant." in typed(house, *words)
    wrong = [other if word == who else word for word in words]
    assert "N'approuvez pas" in typed(house, *wrong, code=Exit.AGAINST)
    assert salt not in typed(house, "approval", "show", request)
    assert salt not in typed(house, "person", "erasures")
    said = typed(house, "approval", "approve", request, "--par", "ana", code=Exit.AGAINST)
    assert "seconde personne" in said
    assert "approuvée" in typed(house, "approval", "approve", request, "--par", "bob")
    assert state(house, erasure) == "ordonné, à la prochaine tournée"

    assert "Personnes effacées : 1" in typed(house, "retention", "apply")
    assert state(house, erasure) == "effacée, vérifiée dans l'heure"
    assert "inconnu ici" in typed(house, "person", "show", who, *of("ana"), code=Exit.AGAINST)
    assert "Personnes effacées" not in typed(house, "retention", "apply")
    assert "Oui" in typed(house, *words), "years after, the paper file still proves who it was"
    (one,) = listed(house)
    assert (one["etat"], one["comptes"]["depots"]) == ("rewritten", 5)
    assert erasure in house.ledger()[one["ecriture"]]
    erase_ordered(house.keeper, datetime.now(UTC) + SECOND_LOOK)
    assert state(house, erasure) == "effacée"
    assert traces(house, who) == []


def asked(printed: str) -> tuple[str, str, str]:
    """The erasure, the request and the salt, as the command printed them: the salt once."""
    (request, erasure) = re.findall(r"Demande (\w+) \((effacement-\w+)\)", printed)[0]
    (salt,) = re.findall(r"montré cette seule fois : ([0-9a-f]{64})$", printed, re.MULTILINE)
    assert printed.count(salt) == 1
    return erasure, request, salt


def state(house: Keeping, erasure: str) -> str:
    (line,) = cells(typed(house, "person", "erasures"), erasure)
    return line[-1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", " ", *of("ana")), "dites de qui"),
        (("show", "x", "--departement", "08", "--motif", " ", "--par", "ana"), "dites pourquoi"),
        (("erase", "x", "--departement", "08", *WHY), "dites qui agit"),
    ],
)
def test_who_of_whom_and_why_are_always_said(
    house: Keeping, words: tuple[str, ...], said: str
) -> None:
    entries = len(house.ledger())
    assert said in typed(house, "person", *words, code=Exit.CONFIGURATION)
    assert len(house.ledger()) == entries
