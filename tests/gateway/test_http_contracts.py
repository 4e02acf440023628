"""The web door serves the contracts: pages and files, never a script, never what a visitor typed."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from yarl import URL

from gateway.doors.http import application
from schemas.pages import site
from schemas.registry import ours

PATHS = site(ours()).paths


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[TestServer]:
    server = TestServer(application(tmp_path, lambda: 0))
    await server.start_server()
    yield server
    await server.close()


async def ask(
    door: TestServer, path: str, method: str = "GET", **headers: str
) -> tuple[int, bytes, Mapping[str, str]]:
    url = URL(f"{door.make_url('/')}".rstrip("/") + path, encoded=True)
    async with ClientSession() as session, session.request(method, url, headers=headers) as answer:
        return answer.status, await answer.read(), answer.headers


async def test_every_page_and_file_is_served_as_it_is(door: TestServer) -> None:
    expected = site(ours())
    for path in PATHS:
        status, body, headers = await ask(door, path)
        document = expected.find(path)
        assert document is not None
        assert (status, body, headers["Content-Type"]) == (200, document.body, document.kind), path
        assert headers["X-Content-Type-Options"] == "nosniff"


async def test_a_page_may_load_our_style_and_nothing_else(door: TestServer) -> None:
    policy = (await ask(door, "/schemas"))[2]["Content-Security-Policy"]
    assert policy == (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


async def test_what_did_not_change_is_not_sent_again(door: TestServer) -> None:
    _, body, headers = await ask(door, "/schemas/cd-parcours/1.0.0/schema.json")
    assert headers["Cache-Control"] == "public, max-age=300"
    same = {"If-None-Match": headers["ETag"]}
    status, again, told = await ask(door, "/schemas/cd-parcours/1.0.0/schema.json", **same)
    assert (status, again, told["ETag"]) == (304, b"", headers["ETag"])
    other = {"If-None-Match": '"other"'}
    status, again, _ = await ask(door, "/schemas/cd-parcours/1.0.0/schema.json", **other)
    assert (status, again) == (200, body)


async def test_a_head_says_what_a_get_would(door: TestServer) -> None:
    got, asked = [await ask(door, "/schemas/cd-parcours", method) for method in ("GET", "HEAD")]
    assert asked[:2] == (200, b"")
    for name in ("ETag", "Content-Type", "Content-Length", "Content-Security-Policy"):
        assert asked[2][name] == got[2][name]


@pytest.mark.parametrize(
    "path",
    [
        "/schemas/",
        "/schemas/inconnu-zqx",
        "/schemas/cd-parcours/9.9.9-zqx",
        "/schemas/%3Cscript%3Ezqx%3C/script%3E",
        "/schemas/..%2f..%2fzqx",
        "/schemas/cd-parcours/1.0.0/%2e%2e/zqx",
        "/schemas/cd-parcours/1.0.0/schema.json/zqx",
        "/schemas/" + "zqx/" * 40,
    ],
)
async def test_what_is_not_published_is_a_french_page_that_repeats_nothing(
    door: TestServer, path: str
) -> None:
    status, body, headers = await ask(door, path)
    assert status == 404
    assert "Page introuvable" in body.decode()
    assert b"zqx" not in body
    assert "zqx" not in str(headers)
    assert headers["Cache-Control"] == "no-store"


async def test_only_reading_is_allowed(door: TestServer) -> None:
    assert (await ask(door, "/schemas", "POST"))[0] == 405
