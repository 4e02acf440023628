"""What an operator types of links to judge: references everywhere, identities on a terminal only."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from gateway.cli.speech import Exit
from gateway.drawers import open_drawers
from gateway.identity.resolve import resolve
from gateway.keyring import Keyring
from gateway.ledger.entry import Entry
from gateway.ledger.tables import ENTRY
from gateway.passage.who_is_who import asked_of
from gateway.settings import config_path, load
from gateway.store.database import one_writer, open_engine
from gateway.store.link_questions import keep_questions
from gateway.store.tables import IDENTITY_INDEX
from tests.world.census import BENEFICIARIES, CD, PE, File, born, cd, known, number, pe
from tests.world.furnished import document, furnish, run
from tests.world.sender import OPERATORS

BIRTH = date(1985, 3, 12)
A = number(BIRTH, 1)
NAMES = ("Durandeau", "Durandeau", "Zélie")
FILES = (
    File(CD, (cd("a", request="R1", names=NAMES),)),
    File(BENEFICIARIES, (born("R1", A, names=NAMES),)),
    File(PE, (pe("p", A, date(1985, 12, 3), names=("DURANDEAU", None, "ZÉLIE")),)),
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = furnish(tmp_path_factory.mktemp("house"))
    with (root / "config" / "gateway.toml").open("a") as settings:
        settings.write(OPERATORS)
    return root


@pytest.fixture(scope="module")
def engine(root: Path) -> Iterator[Engine]:
    """The house after three files and a crossing: one pair contradicts."""
    settings = load(config_path(root / "config" / "gateway.toml"))
    settings.var.mkdir(mode=0o700, parents=True, exist_ok=True)
    opened = open_engine(settings.database_url)
    index = known(*FILES)
    keyring = Keyring(settings.path(settings.main.paths.keys))
    digest = open_drawers(settings, keyring).identities.write(index)
    with one_writer(opened) as connection:
        connection.execute(
            IDENTITY_INDEX.insert().values(departement="08", version=1, digest=digest)
        )
        keep_questions(connection, "08", asked_of(resolve(index)), now=datetime.now(UTC))
    yield opened
    opened.dispose()


def typed(root: Path, *words: str) -> Any:
    return run("person", "link", *words, "--config", root / "config" / "gateway.toml")


def asked(root: Path, *words: str) -> Any:
    done = typed(root, *words, "--json")
    assert done.exit_code == Exit.DONE, done.stderr
    return document(done)


def on_a_terminal(root: Path, *words: str) -> str:
    """Type a command on a real terminal; give all it printed."""
    ours, theirs = pty.openpty()
    line = [sys.executable, "-m", "gateway", "person", "link", *words, "--config"]
    with subprocess.Popen(
        [*line, str(root / "config" / "gateway.toml")],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "COLUMNS": "140", "NO_COLOR": "1"},
    ) as process:
        os.close(theirs)
        printed = b"".join(iter(lambda: _read(ours), b""))
        process.wait(timeout=60)
    os.close(ours)
    return printed.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other end is closed
        return b""


def acts(engine: Engine) -> list[str]:
    with engine.begin() as connection:
        bodies = connection.scalars(select(ENTRY.c.body).order_by(ENTRY.c.seq)).all()
    return [Entry.decode(bytes(body)).act.value for body in bodies]


def test_a_list_names_nobody(root: Path, engine: Engine) -> None:
    (question,) = asked(root, "list")
    assert (question["grade"], question["pourquoi"], question["etat"]) == (
        "X",
        ["autre_naissance"],
        "open",
    )
    table = typed(root, "list").stdout
    assert "autre date de naissance" in table
    assert not {"DURANDEAU", A} & set(table.upper().split())
    assert asked(root, "list", "--departement", "2A") == []


def test_an_identity_is_shown_on_a_terminal_only_and_the_ledger_says_it_first(
    root: Path, engine: Engine
) -> None:
    (question,) = asked(root, "list")
    words = ("show", question["question"], "--motif", "réclamation", "--par", "ana")
    refused = typed(root, *words)
    assert (refused.exit_code, refused.stdout) == (Exit.CONFIGURATION, "")
    assert "person.disclosed" not in acts(engine)
    told = on_a_terminal(root, *words)
    for expected in ("Durandeau", "Zélie", A, "1985-03-12", "1985-12-03", "CNAF", "Pôle emploi"):
        assert expected in told
    assert acts(engine).count("person.disclosed") == 1


def test_people_decide_and_undo_by_references(root: Path, engine: Engine) -> None:
    (question,) = asked(root, "list")
    number_of = question["question"]
    decide = ("decide", number_of, "differentes", "--par", "ana")
    assert typed(root, *decide, "--motif", " ").exit_code == Exit.CONFIGURATION
    decision = asked(root, *decide, "--motif", "deux naissances")
    assert (decision["verdict"], decision["par"], decision["avec"]) == ("different", "ana", None)
    assert asked(root, "list") == []
    assert [one["etat"] for one in asked(root, "list", "--toutes")] == ["decided"]
    assert "deux personnes" in typed(root, "decisions").stdout
    undo = ("undo", decision["decision"], "--motif", "erreur", "--par", "bruno")
    assert "prochain croisement" in typed(root, *undo).stdout
    assert [one["question"] for one in asked(root, "list")] == [number_of]
    request = asked(root, "decide", number_of, "meme", "--motif", "m", "--par", "ana")
    config = ("--config", root / "config" / "gateway.toml")
    approved = run("approval", "approve", request["demande"], "--par", "bruno", *config)
    assert "rapprochement de deux identités, approuvée" in approved.stdout
    assert [one["verdict"] for one in asked(root, "decisions")] == ["different", "same"]
    assert typed(root, "decide", "0" * 12, "meme", "--motif", "m", "--par", "a").exit_code == (
        Exit.AGAINST
    )
