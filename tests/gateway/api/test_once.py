"""Asked twice, done once; a page goes on where it ended; what was not foreseen says nothing."""

import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import select, text

from gateway.api import door
from gateway.api.call import Call, Operation
from gateway.api.cursors import page_of
from gateway.api.description import operations
from gateway.api.operations import OPEN, TOKEN, joined
from gateway.api.problems import Problem
from gateway.api.steps import GUARD
from gateway.errors import Misconfigured, NotAuthorised, Unavailable
from gateway.store.api_calls import Answered, reserve, settle
from gateway.store.tables import API_ANSWER
from tests.world.api import Answer, Caller, Reached, Served, counter_in, free_port, settings_of
from tests.world.certificates import Authority

ACK = "/v1/releases/inconnu/acknowledgement"
KEY = {"Idempotency-Key": "une-demande-1"}


@asynccontextmanager
async def serving(folder: Path, **doing: Operation) -> AsyncIterator[Caller]:
    """The API whose operations are done by these functions, and a client of it."""
    port, authority = free_port(), Authority(folder / "tls")
    authority.certify("localhost")
    settings = settings_of(folder, port, 6000)
    counter = counter_in(settings)
    described = {n: d for n, d in operations().items() if n in {*OPEN, TOKEN, *doing}}
    app = door.application(counter, described=described, closed_operations=doing)
    runner = await door.serve(app, settings)
    api = Served(f"https://localhost:{port}", counter, app[GUARD], authority, Reached())
    try:
        yield api.enrol("pe-si")
    finally:
        await runner.cleanup()
        counter.engine.dispose()


async def acknowledge(
    caller: Caller, token: str, result: str = "integree", **headers: str
) -> Answer:
    return await caller.call(
        "POST", ACK, token=token, json={"etat": result}, headers={**KEY, **headers}
    )


async def test_the_same_demand_under_one_key_is_done_once(tmp_path: Path) -> None:
    done: list[str] = []

    async def _do(call: Call) -> web.Response:
        done.append(call.id)
        return web.json_response({"fois": len(done)})

    async with serving(tmp_path, acknowledgeRelease=_do) as caller:
        token = await caller.token()
        answers = [await acknowledge(caller, token) for _ in range(3)]
        assert [(a.status, a.json) for a in answers] == [(200, {"fois": 1})] * 3
        assert len({a.headers["Passerelle-Request"] for a in answers}) == 3
        other = await acknowledge(caller, token, "refusee")
        assert (other.status, other.code) == (422, "cle-reprise")
        stranger = caller.api.enrol("cd-si")
        theirs = await acknowledge(stranger, await stranger.token())
        assert theirs.json == {"fois": 2}
        await caller.call("POST", ACK, token=token, json={"etat": "integree"})
        assert len(done) == 3


async def test_the_same_demand_at_the_same_time_is_in_progress(tmp_path: Path) -> None:
    go, begun = asyncio.Event(), asyncio.Event()

    async def _do(_call: Call) -> web.Response:
        begun.set()
        await go.wait()
        return web.json_response({})

    async with serving(tmp_path, acknowledgeRelease=_do) as caller:
        token = await caller.token()
        first = asyncio.create_task(acknowledge(caller, token))
        await begun.wait()
        second = await acknowledge(caller, token)
        assert (second.status, second.code) == (409, "en-cours")
        go.set()
        assert (await first).status == 200


async def test_what_failed_on_our_side_may_be_asked_again_a_refusal_stays(tmp_path: Path) -> None:
    raised: list[Exception] = [Unavailable("plus tard"), Problem(409, "conflit", "Déjà accusée.")]

    async def _do(_call: Call) -> web.Response:
        raise raised.pop(0)

    async with serving(tmp_path, acknowledgeRelease=_do) as caller:
        token = await caller.token()
        answers = [await acknowledge(caller, token) for _ in range(3)]
        assert [a.code for a in answers] == ["indisponible", "conflit", "conflit"]
        with caller.api.engine.begin() as connection:
            assert connection.scalars(select(API_ANSWER.c.status)).all() == [409]


async def test_a_reservation_nobody_finished_is_over_after_a_while(api: Served) -> None:
    then = datetime.now(UTC)
    assert reserve(api.engine, "pe-si", "cle-12345", "a" * 64, now=then) is None
    again = reserve(api.engine, "pe-si", "cle-12345", "a" * 64, now=then + timedelta(minutes=9))
    assert again == Answered("a" * 64, 0, "")
    later = then + timedelta(minutes=11)
    assert reserve(api.engine, "pe-si", "cle-12345", "a" * 64, now=later) is None
    settle(api.engine, "pe-si", "cle-12345", Answered("a" * 64, 200, "{}"))
    tomorrow = later + timedelta(hours=25)
    assert reserve(api.engine, "pe-si", "cle-12345", "b" * 64, now=tomorrow) is None


@pytest.mark.parametrize("key", ["court", "a" * 81, "avec espace", "é" * 10])
async def test_a_key_that_is_not_one_is_refused(api: Served, key: str) -> None:
    caller = api.enrol("pe-si")
    answer = await acknowledge(caller, await caller.token(), **{"Idempotency-Key": key})
    assert (answer.status, answer.code) == (400, "requete-invalide")
    assert api.reached.names == []


async def _numbers(call: Call) -> web.Response:
    page = page_of(call)
    first = int(page.after[0]) + 1 if page.after else 0
    found = list(range(first, 250))[: page.limit]
    more = found and found[-1] < 249
    return web.json_response({"elements": found, "suite": page.next(found[-1]) if more else None})


async def test_pages_follow_one_another_and_end(tmp_path: Path) -> None:
    async with serving(tmp_path, listReleases=_numbers) as caller:
        token, cursor, pages = await caller.token(), "", 0
        seen: list[int] = []
        while pages < 10:
            path = "/v1/releases?limite=100" + (f"&curseur={cursor}" if cursor else "")
            page = (await caller.call("GET", path, token=token)).json
            seen, pages, cursor = seen + page["elements"], pages + 1, page["suite"]
            if cursor is None:
                break
        assert (seen, pages) == (list(range(250)), 3)


async def test_a_cursor_of_elsewhere_or_made_up_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path, listReleases=_numbers, listDeliveries=_numbers) as caller:
        token = await caller.token()
        cursor = (await caller.call("GET", "/v1/releases", token=token)).json["suite"]
        stranger = caller.api.enrol("cd-si")
        theirs = await stranger.token()
        held = base64.urlsafe_b64decode(cursor + "==")
        forged = base64.urlsafe_b64encode(held[:16] + b"[3]").decode().rstrip("=")
        wrong = [
            (f"/v1/deliveries?curseur={cursor}", token),
            (f"/v1/releases?curseur={cursor}&produit=contacts-cd", token),
            (f"/v1/releases?curseur={cursor}", theirs),
            (f"/v1/releases?curseur={forged}", token),
            ("/v1/releases?curseur=abc", token),
        ]
        for path, bearer in wrong:
            answer = await caller.call("GET", path, token=bearer)
            assert (answer.status, answer.code) == (400, "requete-invalide")
        right = await caller.call("GET", f"/v1/releases?curseur={cursor}", token=token)
        assert right.status == 200


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ValueError("2690549588157"), 500, "incident"),
        (Unavailable("clamd"), 503, "indisponible"),
        (NotAuthorised("secret"), 403, "droit-insuffisant"),
        (ConnectionRefusedError("ailleurs"), 500, "incident"),
    ],
)
async def test_an_error_says_nothing_of_what_it_held(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Exception, status: int, code: str
) -> None:
    async def _do(_call: Call) -> web.Response:
        raise error

    async with serving(tmp_path, listReleases=_do) as caller:
        with caplog.at_level(logging.DEBUG):
            answer = await caller.call("GET", "/v1/releases")
    assert (answer.status, answer.code) == (status, code)
    said = str(error.args[0])
    assert said not in answer.body.decode() + caplog.text


async def test_a_database_that_is_away_is_said_so(tmp_path: Path) -> None:
    async def _do(call: Call) -> web.Response:
        with call.counter.engine.begin() as connection:
            connection.execute(text("SELECT * FROM ailleurs"))
        return web.json_response({})

    async with serving(tmp_path, listReleases=_do) as caller:
        answer = await caller.call("GET", "/v1/releases")
        assert (answer.status, answer.code) == (503, "indisponible")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("DELETE", "/v1/releases", 405),
        ("HEAD", "/v1/releases", 405),
        ("OPTIONS", "/v1/token", 405),
        ("GET", "/", 404),
        ("GET", "/v1/../v1/x", 404),
    ],
)
async def test_what_is_not_there_is_a_problem_too(
    api: Served, method: str, path: str, status: int
) -> None:
    answer = await api.ask(method, path)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert ("Allow" in answer.headers) == (status == 405)


async def test_a_body_too_large_or_not_json_is_refused(api: Served) -> None:
    caller = api.enrol("pe-si")
    token = await caller.token()
    kind = {"Content-Type": "application/json"}
    for body, status, code in (
        (b"x" * 70_000, 413, "trop-gros"),
        (b"{", 400, "requete-invalide"),
        (b'{"etat": NaN}', 400, "requete-invalide"),
        (b'{"etat": "autre"}', 422, "contenu-refuse"),
        (b'{"etat": "integree", "nom": "x"}', 422, "contenu-refuse"),
        (b"[" * 60_000, 400, "requete-invalide"),
    ):
        answer = await caller.call("POST", ACK, token=token, data=body, headers=kind)
        assert (answer.status, answer.code) == (status, code)
    text = await caller.call(
        "POST", ACK, token=token, data=b"x", headers={"Content-Type": "text/plain"}
    )
    assert (text.status, text.code) == (415, "type-refuse")
    assert api.reached.names == []


async def test_every_answer_is_dressed(api: Served) -> None:
    for path in ("/v1/health", "/v1/", "/v1/releases", "/ailleurs"):
        headers = (await api.ask("GET", path)).headers
        assert headers["Server"] == "passerelle"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Strict-Transport-Security"].startswith("max-age=")
        assert len(headers["Passerelle-Request"]) == 32


async def test_the_pages_hold_no_script_and_only_their_own_style(api: Served) -> None:
    page = await api.ask("GET", "/v1/")
    assert b"<script" not in page.body
    assert b" style=" not in page.body
    assert "style-src 'sha256-" in page.headers["Content-Security-Policy"]
    for one in operations().values():
        assert f'id="{one.id}"'.encode() in page.body
    assert (await api.ask("GET", "/v1/problemes/verrouille")).status == 200
    assert (await api.ask("GET", "/v1/problemes/inconnu-de-nous")).status == 404


async def test_the_description_is_served_as_it_is_kept(api: Served) -> None:
    served: Any = (await api.ask("GET", "/v1/openapi.json")).json
    kept = Path(door.__file__).parent / "openapi.json"
    assert served == json.loads(kept.read_text())


def test_an_operation_without_function_or_the_other_way_round_closes_the_door() -> None:
    async def _do(_call: Call) -> web.Response:
        return web.Response()

    described = operations()
    every = {name: _do for name, one in described.items() if one.scope is not None}
    anybody = {n: OPEN.get(n, OPEN["getHealth"]) for n, d in described.items() if not d.scope}
    anybody.pop(TOKEN)
    assert len(list(joined(described, anybody, every))) == len(described)
    missing = {name: run for name, run in every.items() if name != "getRelease"}
    for wrong in (missing, every | {"autre": _do}):
        with pytest.raises(Misconfigured, match=r"getRelease|autre"):
            list(joined(described, anybody, wrong))


async def test_the_address_of_tls_is_ours_alone(tmp_path: Path) -> None:
    port, authority = free_port(), Authority(tmp_path / "tls")
    authority.certify("localhost")
    settings = settings_of(tmp_path, port, 60)
    key = tmp_path / "tls" / "localhost.key"
    key.chmod(0o644)
    with pytest.raises(Misconfigured, match="chmod 600"):
        door.tls_context(settings)
    key.chmod(0o600)
    authority.certify("autre")
    (tmp_path / "tls" / "autre.key").replace(key)
    with pytest.raises(Misconfigured, match="ne vont pas ensemble"):
        door.tls_context(settings)
