"""What an operator types of numbers, replays and quarantine, and what is answered."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete
from typer.testing import Result

from gateway.cli.speech import Exit
from gateway.store.database import open_engine
from gateway.store.tables import METADATA, QUARANTINE
from schemas.codes import Code
from tests.world.arrivals import arrive, numbered
from tests.world.furnished import document, furnish, run
from tests.world.sender import OPERATORS, PAPER

D1 = "cd-parcours-cd-1"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = furnish(tmp_path_factory.mktemp("house"))
    (root / "config" / "partners" / "cd.toml").write_text(PAPER)
    with (root / "config" / "gateway.toml").open("a") as settings:
        settings.write(OPERATORS)
    (root / "etat").mkdir(exist_ok=True)
    return root


@pytest.fixture(scope="module")
def base(root: Path) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{root / 'etat' / 'passerelle.sqlite'}")
    yield opened
    opened.dispose()


@pytest.fixture
def engine(base: Engine) -> Engine:
    with base.begin() as connection:
        for table in METADATA.sorted_tables:
            connection.execute(delete(table))
    return base


def typed(root: Path, *words: str) -> Result:
    return run(*words, "--config", root / "config" / "gateway.toml")


def asked(root: Path, *words: str) -> Any:
    done = typed(root, *words, "--json")
    assert done.exit_code == Exit.DONE, done.stderr
    return document(done)


SEQUENCE = ("flow", "sequence", "cd", "cd-parcours")


def test_missing_numbers_are_said_then_given_up_by_an_operator(root: Path, engine: Engine) -> None:
    for number in (1, 2, 6):
        arrive(engine, numbered(number))
    assert "Manquent : 3 à 5" in typed(root, *SEQUENCE).stdout
    done = asked(root, *SEQUENCE, "--abandon", "3..4", "--motif", "jamais produits", "--par", "ana")
    assert done == {"premier": 1, "dernier": 6, "manquent": [[5, 5]], "abandonnes": [[3, 4]]}
    asked(root, *SEQUENCE, "--abandon", "5", "--motif", "m", "--par", "ana")
    assert "Manquent : aucun" in typed(root, *SEQUENCE).stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--abandon", "5..3", "--motif", "m", "--par", "ana"), Exit.CONFIGURATION),
        (("--abandon", "tout", "--motif", "m", "--par", "ana"), Exit.CONFIGURATION),
        (("--abandon", "3..4", "--motif", " ", "--par", "ana"), Exit.CONFIGURATION),
        (("--abandon", "3..4", "--motif", "m"), Exit.CONFIGURATION),
        (("--abandon", "1..2", "--motif", "m", "--par", "ana"), Exit.AGAINST),
    ],
)
def test_what_is_badly_typed_gives_up_nothing(
    root: Path, engine: Engine, words: tuple[str, ...], code: Exit
) -> None:
    for number in (1, 2, 6):
        arrive(engine, numbered(number))
    assert typed(root, *SEQUENCE, *words).exit_code == code
    assert asked(root, *SEQUENCE)["abandonnes"] == []


def test_a_flow_the_partner_does_not_send_is_said(root: Path) -> None:
    result = typed(root, "flow", "sequence", "cd", "pe-parcours")
    assert (result.exit_code, "n'envoie pas" in result.stderr) == (Exit.CONFIGURATION, True)


def test_a_replay_needs_a_motive_and_is_asked_once(root: Path, engine: Engine) -> None:
    arrive(engine, numbered(1))
    replay = ("flow", "replay", D1, "--par", "ana")
    assert typed(root, *replay, "--motif", "").exit_code == Exit.CONFIGURATION
    assert "prochaine tournée" in typed(root, *replay, "--motif", "m").stdout
    again = typed(root, *replay, "--motif", "m")
    assert (again.exit_code, "attend déjà" in again.stderr) == (Exit.AGAINST, True)


def test_what_is_held_is_shown_by_its_metadata_and_rejected_with_a_motive(
    root: Path, engine: Engine
) -> None:
    arrive(engine, numbered(1), faulty=Code.INFECTED)
    assert "GW-301" in typed(root, "quarantine", "list").stdout
    seen = asked(root, "quarantine", "inspect", D1)
    assert (seen["etat"], seen["code"][:6], seen["octets"]) == ("held", "GW-301", "1234")
    assert "antivirus" in typed(root, "quarantine", "inspect", D1).stdout
    done = asked(root, "quarantine", "reject", D1, "--motif", "virus confirmé", "--par", "ana")
    assert done == {"depot": D1, "etat": "rejected"}
    seen = asked(root, "quarantine", "inspect", D1)
    assert (seen["etat"], seen["decide_par"], seen["motif"]) == (
        "rejected",
        "ana",
        "virus confirmé",
    )
    again = typed(root, "quarantine", "release", D1, "--motif", "m", "--par", "ana")
    assert again.exit_code == Exit.AGAINST


def test_what_is_over_is_ended_by_hand_too(root: Path, engine: Engine) -> None:
    arrive(engine, numbered(1), faulty=Code.INFECTED)
    with engine.begin() as connection:
        connection.execute(
            QUARANTINE.update().values(expires_at=datetime.now(UTC) - timedelta(days=1))
        )
    assert asked(root, "quarantine", "inspect", D1)["etat"] == "expired"
    assert "1 dépôt(s)" in typed(root, "quarantine", "expire").stdout
    seen = asked(root, "quarantine", "inspect", D1)
    assert (seen["etat"], seen["efface_le"] is None) == ("expired", False)


def test_what_is_not_held_is_said(root: Path) -> None:
    result = typed(root, "quarantine", "inspect", "x")
    assert (result.exit_code, "n'est pas en quarantaine" in result.stderr) == (Exit.AGAINST, True)
