"""The loopback web door serves the published ledger and nothing else."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from sqlalchemy import text
from yarl import URL

from gateway.doors.http import application
from gateway.ledger.verify import verify
from gateway.store.alerts import count_open
from gateway.store.database import open_engine
from tests.ledger.books import files_of, new_book


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[TestServer]:
    ledger = tmp_path / "journal"
    (ledger / "tile" / "0" / "x001").mkdir(parents=True)
    (ledger / "tile" / "entries").mkdir()
    (ledger / "checkpoint").write_text("origin\n1\nroot\n")
    (ledger / "clef-publique.txt").write_text("key\n")
    (ledger / "tile" / "0" / "000").write_bytes(b"hashes")
    (ledger / "tile" / "0" / "x001" / "234").write_bytes(b"far")
    (ledger / "tile" / "entries" / "000").write_bytes(b"bundle")
    (ledger / ".private").write_text("no")
    (tmp_path / "passerelle.sqlite").write_text("no")
    server = TestServer(application(ledger, lambda: 2))
    await server.start_server()
    yield server
    await server.close()


async def ask(door: TestServer, path: str) -> tuple[int, bytes, dict[str, str]]:
    async with (
        ClientSession() as session,
        session.get(URL(f"{door.make_url('/')}".rstrip("/") + path, encoded=True)) as answer,
    ):
        return answer.status, await answer.read(), dict(answer.headers)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/journal/checkpoint", b"origin\n1\nroot\n"),
        ("/journal/clef-publique.txt", b"key\n"),
        ("/journal/tile/0/000", b"hashes"),
        ("/journal/tile/0/x001/234", b"far"),
        ("/journal/tile/entries/000", b"bundle"),
    ],
)
async def test_what_is_published_is_served_as_it_is(
    door: TestServer, path: str, body: bytes
) -> None:
    status, given, headers = await ask(door, path)
    assert (status, given) == (200, body)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'"


async def test_a_tile_never_changes_and_the_checkpoint_does(door: TestServer) -> None:
    assert "immutable" in (await ask(door, "/journal/tile/0/000"))[2]["Cache-Control"]
    assert (await ask(door, "/journal/checkpoint"))[2]["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/journal/tile/0/001",
        "/journal/tile/0/../../passerelle.sqlite",
        "/journal/tile/..%2f..%2fpasserelle.sqlite",
        "/journal/tile/%2e%2e/%2e%2e/passerelle.sqlite",
        "/journal/tile/0/x001",
        "/journal/tile/0",
        "/journal/.private",
        "/journal/",
        "/",
    ],
)
async def test_nothing_else_is_there(door: TestServer, path: str) -> None:
    assert (await ask(door, path))[0] == 404


async def test_only_reading_is_allowed(door: TestServer) -> None:
    async with ClientSession() as session, session.put(door.make_url("/journal/checkpoint")) as no:
        assert no.status == 405


async def test_the_door_says_it_is_alive(door: TestServer) -> None:
    assert (await ask(door, "/sante"))[:2] == (200, b'{"etat": "ok", "alertes": 2}')


async def test_without_its_database_it_is_alive_and_counts_nothing(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'base.sqlite'}")
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alert"))
    server = TestServer(application(tmp_path, partial(count_open, engine)))
    await server.start_server()
    assert (await ask(server, "/sante"))[:2] == (200, b'{"etat": "ok", "alertes": null}')
    await server.close()
    engine.dispose()


@pytest.mark.parametrize(
    "path",
    [
        "/journal/tile/0/000%0a",
        "/journal/tile/0/000%00",
        "/journal/tile/0/%D9%A0%D9%A0%D9%A0",  # figures, but not ours
        "/journal/tile/0/000.p",
        "/journal/tile/0/000.p/1/2",
        "/journal/tile/0/000/",
        "/journal/tile//0/000",
        "/journal/tile/entries",
        "/journal/checkpoint/..",
        "/journal//checkpoint",
        "/journal/tile/000/000",
        "/journal/tile/0/" + "x001/" * 9 + "000",
    ],
)
async def test_an_odd_path_is_nowhere(door: TestServer, path: str) -> None:
    status, body, _ = await ask(door, path)
    assert status == 404
    assert b"hashes" not in body


async def test_a_ledger_read_through_the_door_verifies_as_at_home(tmp_path: Path) -> None:
    book = new_book(tmp_path)
    for more in (3, 297):
        book.write(more)
        book.publish()
    server = TestServer(application(book.folder, lambda: 0))
    await server.start_server()
    copy = tmp_path / "copy"
    for name in files_of(book.folder):
        status, body, _ = await ask(server, f"/journal/{name}")
        assert status == 200, name
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes(body)
    await server.close()
    assert verify(copy).checkpoint == verify(book.folder).checkpoint
    assert verify(copy).checkpoint.size == 300
