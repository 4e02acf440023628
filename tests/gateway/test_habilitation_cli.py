"""The circuit of habilitations as an administrator types it."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.speech import Exit
from gateway.settings import load
from gateway.store.database import open_engine
from gateway.store.habilitations import current
from tests.world.furnished import CONFIG, document, run
from tests.world.habilitations import EXAMPLES

NAME = "h-08-contacts-rdv-insertion"
DECLARED = '[operators]\nidentity = "declared"\n'
READS = {"list", "show", "diff", "matrix", "document", "review"}
NEXT_YEAR = datetime.now(UTC).date() + timedelta(days=365)


class Office:
    """A gateway, two people, and the files they write."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config = root / "config" / "gateway.toml"
        self.config.parent.mkdir(parents=True)
        self.config.write_text(CONFIG + DECLARED, "utf-8")

    def write(self, *changes: tuple[str, str]) -> Path:
        """The published example, in force today, changed as a test wishes."""
        text = (EXAMPLES / "contacts-rdv-insertion.example.toml").read_text("utf-8")
        for old, new in ((r"^ends = .*", f"ends = {NEXT_YEAR}"), *changes):
            text, count = re.subn(old, new, text, count=1, flags=re.MULTILINE)
            assert count == 1, old
        path = self.root / "demande.toml"
        path.write_text(text, "utf-8")
        return path

    def type(self, word: str, *words: str | Path, by: str = "alice", code: Exit = Exit.DONE) -> Any:
        """One command; its document, or the sentence of its refusal."""
        said = [*words] if word in READS else [*words, "--par", by]
        found = run("habilitation", word, *said, "--config", self.config, "--json")
        assert found.exit_code == code, found.output
        return document(found) if code is Exit.DONE else found.stderr

    def plain(self, word: str, *words: str) -> str:
        """What a person reads."""
        found = run("habilitation", word, *words, "--config", self.config)
        assert found.exit_code == Exit.DONE, found.output
        return found.stdout

    def granted(self, *changes: tuple[str, str]) -> dict[str, Any]:
        """A version two people agreed to."""
        asked = self.type("request", self.write(*changes), "--motif", "convention")
        self.type("submit", asked["demande"])
        return self.agreed(asked["demande"])

    def agreed(self, name: str) -> dict[str, Any]:
        """The answer of the second person, who read it first."""
        shown = self.type("review", name)
        found: dict[str, Any] = self.type(
            "approve", name, "--empreinte", shown["empreinte"][:12], by="bruno"
        )
        return found


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_from_a_file_to_a_right_by_two_people(office: Office) -> None:
    asked = office.type("request", office.write(), "--motif", "convention 2026")
    assert (asked["demande"], asked["etat"], asked["empeche"]) == ("D1", "REQUESTED", [])
    office.type("submit", "D1")
    shown = office.type("review", "D1")
    assert json.loads(shown["montre"]["contenu"])["id"] == NAME
    wrong = office.type("approve", "D1", "--empreinte", "0" * 12, by="bruno", code=Exit.AGAINST)
    assert "empreinte" in wrong
    alone = office.type(
        "approve", "D1", "--empreinte", shown["empreinte"], by="alice", code=Exit.AGAINST
    )
    assert "seconde personne" in alone
    assert office.agreed("D1")["version"] == 1
    listed = office.type("list")
    assert listed["demandes"] == []
    assert listed["habilitations"][0]["etat"].startswith("ouvre 5 colonnes jusqu'au")


def test_asked_for_changes_then_amended_then_refused(office: Office) -> None:
    office.type("request", office.write(), "--motif", "convention")
    office.type("submit", "D1")
    back = office.type("changes", "D1", "--motif", "sans le NIR", by="bruno")
    assert (back["etat"], back["message"]) == ("CHANGES_REQUESTED", "sans le NIR")
    assert "sans le NIR" in office.plain("show", "D1")
    narrower = office.write((r'^ *"NIR",\n', ""))
    assert office.type("amend", "D1", narrower)["etat"] == "REQUESTED"
    office.type("submit", "D1")
    assert office.type("refuse", "D1", "--motif", "pas de base", by="bruno")["etat"] == "REFUSED"
    assert office.type("list") == {"habilitations": [], "demandes": []}


def test_the_other_door_answers_too(office: Office) -> None:
    office.type("request", office.write(), "--motif", "convention")
    asked = office.type("submit", "D1")["approbation"]
    found = run("approval", "approve", asked, "--par", "bruno", "--config", office.config)
    assert found.exit_code == Exit.DONE, found.output
    assert office.type("show", "D1")["etat"] == "APPROVED"


def test_a_wider_version_shows_what_it_widens(office: Office) -> None:
    office.granted()
    wider = (r'^departements = \["08"\]', 'departements = ["08", "51"]')
    rehearsed = office.type("request", office.write(wider), "--motif", "m", "--dry-run")
    assert rehearsed["elargit"]
    assert "demande" not in rehearsed
    office.granted(wider)
    found = office.type("diff", NAME)
    assert (found["avant"], found["apres"], found["elargit"]) == (1, 2, True)
    assert found["change"] == [{"champ": "departements", "change": "ajoute 51", "effet": "élargit"}]
    assert "ajoute 51" in office.plain("diff", NAME, "1", "2")
    assert office.type("diff", NAME, "1", "9", code=Exit.AGAINST)
    assert office.type("diff", NAME, "1", code=Exit.CONFIGURATION)
    versions = office.type("show", NAME)["versions"]
    assert [(one["version"], one["statut"]) for one in versions] == [
        (1, "SUPERSEDED"),
        (2, "ACTIVE"),
    ]


def test_closing_takes_one_and_opening_again_takes_two(office: Office) -> None:
    office.granted()
    rehearsed = office.type("suspend", NAME, "--motif", "incident", "--dry-run")
    assert rehearsed["statut"] == "ACTIVE"
    assert office.type("suspend", NAME, "--motif", "incident")["statut"] == "SUSPENDED"
    assert "suspendue" in office.type("list")["habilitations"][0]["etat"]
    asked = office.type("resume", NAME, "--motif", "réglé")
    assert office.type("show", NAME)["statut"] == "SUSPENDED"
    for who, code in (("alice", Exit.AGAINST), ("bruno", Exit.DONE)):
        answered = run(
            "approval", "approve", asked["approbation"], "--par", who, "--config", office.config
        )
        assert answered.exit_code == code
    assert office.type("show", NAME)["statut"] == "ACTIVE"
    office.type("revoke", NAME, "--motif", "fin de convention")
    assert "révoquée" in office.type("resume", NAME, "--motif", "m", code=Exit.AGAINST)
    decided = office.type("show", NAME)["decisions"]
    assert [one["statut"] for one in decided] == ["SUSPENDED", "ACTIVE", "REVOKED"]
    assert "fin de convention" in office.plain("show", NAME)


def test_what_the_catalogue_does_not_know_is_said_before_it_is_submitted(office: Office) -> None:
    path = office.write((r'"NIR"', '"SALAIRE"'))
    asked = office.type("request", path, "--motif", "m")
    assert asked["empeche"] == ["colonnes inconnues du produit : SALAIRE"]
    assert "SALAIRE" in office.type("submit", "D1", code=Exit.AGAINST)


def test_the_pdf_beside_the_file_is_kept_and_given_back(office: Office) -> None:
    (office.root / "convention.pdf").write_bytes(b"%PDF-1.7 signe")
    path = office.write((r"^url = .*", 'document = "convention.pdf"'))
    office.type("request", path, "--motif", "m")
    office.type("submit", "D1")
    office.agreed("D1")
    into = office.root / "rendu.pdf"
    for name in ("D1", NAME):
        into.unlink(missing_ok=True)
        office.type("document", name, "--into", into)
        assert into.read_bytes() == b"%PDF-1.7 signe"


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"PK", "pas un PDF"), (None, "introuvable"), (b"%PDF-" + b"0" * 10_000_000, "Mo au plus")],
    ids=["zip", "none", "big"],
)
def test_a_document_that_is_none_is_refused(
    office: Office, content: bytes | None, words: str
) -> None:
    if content is not None:
        (office.root / "convention.pdf").write_bytes(content)
    path = office.write((r"^url = .*", 'document = "convention.pdf"'))
    assert words in office.type("request", path, "--motif", "m", code=Exit.CONFIGURATION)
    assert office.type("list")["demandes"] == []


def test_a_file_that_is_no_draft_is_not_read_whole(office: Office) -> None:
    path = office.write()
    path.write_text(path.read_text("utf-8") + "#" * (1 << 20), "utf-8")
    said = office.type("request", path, "--motif", "m", code=Exit.CONFIGURATION)
    assert "demande.toml : 1 Mo au plus" in said


def test_the_matrix_of_a_day_on_screen_and_as_a_sheet(office: Office) -> None:
    office.granted()
    sheet = office.root / "matrice.csv"
    found = office.type("matrix", "--csv", sheet)
    assert len(found["lignes"]) == 5
    head, *lines = csv.reader(io.StringIO(sheet.read_text("utf-8-sig")), delimiter=";")
    assert head[2] == "RDV-Insertion (exemple) (00000000000001)"
    assert [line[1] for line in lines] == [line["colonne"] for line in found["lignes"]]
    assert NAME in office.plain("matrix")
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    assert office.type("matrix", "--le", yesterday.isoformat())["lignes"] == []
    later = NEXT_YEAR + timedelta(days=1)
    assert office.type("matrix", "--le", later.isoformat())["lignes"] == []


def test_what_does_not_exist_is_said(office: Office) -> None:
    for word, name in (
        ("show", "D9"),
        ("show", "h-rien"),
        ("review", "D9"),
        ("document", "h-rien"),
    ):
        assert "passerelle habilitation list" in office.type(word, name, code=Exit.AGAINST)
    assert "D12" in office.type("submit", "h-rien", code=Exit.CONFIGURATION)


def test_what_a_person_reads_before_agreeing_is_whole(office: Office) -> None:
    office.type("request", office.write(), "--motif", "convention")
    office.type("submit", "D1")
    page = office.plain("review", "D1")
    digest = office.type("review", "D1")["empreinte"]
    assert digest in page
    assert f"--empreinte {digest[:12]}" in page
    assert office.agreed("D1")["etat"] == "APPROVED"
    engine = open_engine(load(office.config).database_url)
    with engine.begin() as connection:
        held = current(connection, NAME, date(2026, 1, 1))
    engine.dispose()
    assert held is not None
    assert held.canonical in re.sub(r"\s", "", page) or held.digest() in page
