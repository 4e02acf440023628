"""`passerelle release withdraw`: takes back one release by decision, and the list says where each stands."""

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from connectors.contract import Piece
from connectors.folder import FolderOutlet
from gateway.ledger.entry import Act
from gateway.settings import load
from gateway.store.database import open_engine
from gateway.store.releases import authorise, mark_delivered, write_manifest
from gateway.store.tables import RELEASE
from tests.world.furnished import document, furnish, run
from tests.world.records import digest, entry, extracted

BODY, MANIFEST = b"sealed", '{"format": "x"}'
FILES = ["CONTACTS_08_20220615.csv.gpg", "CONTACTS_08_20220615.csv.manifeste.json"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return furnish(tmp_path / "house") / "config" / "gateway.toml"


@pytest.fixture
def engine(config: Path) -> Iterator[Engine]:
    opened = open_engine(load(config).database_url)
    yield opened
    opened.dispose()


async def left(engine: Engine, place: Path, *, delivered: bool = True) -> None:
    made = extracted("r-1", recipient="pe", sealed=digest("sealed"), sealed_size=len(BODY))
    authorise(engine, made, entry("r-1", Act.RELEASE_AUTHORISED))
    write_manifest(engine, "r-1", MANIFEST)
    bodies = (BODY, MANIFEST.encode())
    pieces = [Piece(name, io.BytesIO(body)) for name, body in zip(FILES, bodies, strict=True)]
    if delivered:
        await FolderOutlet(place, "pe").deliver(pieces, "")
        mark_delivered(engine, "r-1", "there", entry("r-1", Act.RELEASE_DELIVERED))


def state(config: Path) -> str:
    (line,) = document(run("release", "list", "--config", config, "--json"))
    assert line["etat"] in run("release", "list", "--config", config).stdout
    told: str = line["etat"]
    return told


def withdraw(config: Path, *more: str) -> tuple[int, str, str]:
    done = run("release", "withdraw", "r-1", "--motif", "erreur", "--config", config, *more)
    return done.exit_code, done.stdout, done.stderr


def test_a_release_is_taken_back_and_the_list_says_so(config: Path, engine: Engine) -> None:
    place = config.parent.parent / "lieu"
    asyncio.run(left(engine, place))
    assert state(config) == "remise"
    code, said, _ = withdraw(config)
    assert (code, all(name in said for name in FILES)) == (0, True)
    assert not [name for name in FILES if (place / name).exists()]
    assert state(config) == "reprise"
    code, said, wrong = withdraw(config)
    assert (code, said) == (1, "")
    assert "déjà reprise" in wrong


def test_what_was_collected_before_is_said_so(config: Path, engine: Engine) -> None:
    place = config.parent.parent / "lieu"
    asyncio.run(left(engine, place))
    for name in FILES:
        (place / name).unlink()
    assert withdraw(config, "--json")[0] == 0
    assert state(config) == "collectée"


def test_what_is_not_delivered_is_not_withdrawn(config: Path, engine: Engine) -> None:
    asyncio.run(left(engine, config.parent, delivered=False))
    assert state(config) == "à remettre"
    code, _, wrong = withdraw(config)
    assert (code, "suspendez son habilitation" in wrong) == (1, True)
    with engine.begin() as connection:
        connection.execute(update(RELEASE).values(delivered=True, withdrawn_at=entry().at))
    assert state(config) == "reprise commencée"
