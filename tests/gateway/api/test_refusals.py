"""Failures in a row lock, floods wait, refusals are told: without slowing or locking out who is right."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from gateway.api.call_log import MINUTE, CallLog
from gateway.api.limits import Limit, counted_as
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import bodies, committed_size
from gateway.store.alerts import open_alerts
from gateway.store.api_locks import LOCKED_FOR, note_failure
from gateway.store.tables import API_CALL, API_LOCK
from tests.world.api import MOTIVE, Caller, Served, served


def entries(api: Served, act: Act) -> list[Entry]:
    every = (Entry.decode(body) for body in bodies(api.engine, 0, committed_size(api.engine)))
    return [entry for entry in every if entry.act is act]


async def fail(caller: Caller, times: int) -> None:
    for _ in range(times):
        answer = await caller.ask_token(caller.assertion(aud="https://ailleurs.example"))
        assert answer.status == 401


async def test_ten_failures_in_a_row_lock_the_client_and_the_address(api: Served) -> None:
    caller = api.enrol("pe-si")
    token = await caller.token()
    await fail(caller, 10)
    locked = await caller.ask_token()
    assert (locked.status, locked.code) == (403, "verrouille")
    assert 0 < int(locked.headers["Retry-After"]) <= LOCKED_FOR.seconds + 1
    called = await caller.call("GET", "/v1/releases", token=token)
    assert (called.status, called.code) == (403, "verrouille")
    told = entries(api, Act.CLIENT_LOCKED)
    assert {entry.subject.partition(":")[0] for entry in told} == {"client", "address"}
    assert not any("127.0.0.1" in str(entry) for entry in told)
    with api.engine.begin() as connection:
        raised = open_alerts(connection, kind="api-locked")
    assert {one.alert.key.split(":")[1] for one in raised} == {"client", "address"}


async def test_nine_failures_then_a_success_start_again_from_none(api: Served) -> None:
    caller = api.enrol("pe-si")
    for _ in range(2):
        await fail(caller, 9)
        assert (await caller.ask_token()).status == 200
    assert entries(api, Act.CLIENT_LOCKED) == []
    with api.engine.begin() as connection:
        assert connection.execute(select(API_LOCK)).all() == []


async def test_a_token_that_is_over_is_no_failure(api: Served) -> None:
    caller = api.enrol("pe-si")
    token = await caller.token()
    api.change(api.client("pe-si"))
    for _ in range(12):
        answer = await caller.call("GET", "/v1/releases", token=token)
        assert (answer.status, answer.code) == (401, "jeton-refuse")
    assert (await caller.ask_token()).status == 200


async def test_nobody_locks_a_client_from_where_it_never_calls(api: Served) -> None:
    caller = api.enrol("pe-si", networks=("192.0.2.0/24",))
    await fail(caller, 10)
    assert [e.subject.partition(":")[0] for e in entries(api, Act.CLIENT_LOCKED)] == ["address"]


async def test_a_lock_ends_with_time(api: Served) -> None:
    caller = api.enrol("pe-si")
    long_ago = datetime.now(UTC) - LOCKED_FOR - timedelta(minutes=1)
    for _ in range(10):
        note_failure(api.engine, "client:pe-si", now=long_ago)
    api.guard.roster.refresh()
    assert (await caller.ask_token()).status == 200


async def test_requests_over_the_rate_wait(tmp_path: Path) -> None:
    async with served(tmp_path, per_minute=6) as api:
        caller = api.enrol("pe-si")
        token = await caller.token()
        answers = [await caller.call("GET", "/v1/releases", token=token) for _ in range(7)]
        assert [answer.status for answer in answers[:5]] == [200] * 5
        assert (answers[-1].status, answers[-1].code) == (429, "trop-de-requetes")
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 11
        assert answers[0].headers["RateLimit-Policy"] == '"appels";q=6;w=60'
        assert answers[0].headers["RateLimit"].startswith('"appels";r=4;')
        other = api.enrol("cd-si")
        token = await other.token()
        assert (await other.call("GET", "/v1/releases", token=token)).status == 200


def test_a_bucket_fills_again_evenly() -> None:
    now = [0.0]
    limit = Limit(60, clock=lambda: now[0])
    assert [limit.take("a") for _ in range(60)] == [0.0] * 60
    assert limit.take("a") == pytest.approx(1.0)
    now[0] = 0.5
    assert limit.take("a") == pytest.approx(0.5)
    now[0] = 1.0
    assert limit.take("a") == 0.0
    assert limit.take("b") == 0.0


def test_addresses_of_one_network_count_together() -> None:
    assert counted_as("2001:db8::1") == counted_as("2001:db8::ffff") != counted_as("2001:db8:1::1")
    assert counted_as("::ffff:192.0.2.1") == "192.0.2.1" != counted_as("192.0.2.2")
    assert counted_as("n'importe quoi") == ""


async def test_a_flood_of_refusals_is_one_entry_a_minute_with_its_number(api: Served) -> None:
    now = [0.0]
    log = CallLog(api.engine, clock=lambda: now[0])
    for _ in range(50):
        log.refuse("pe-si", "listReleases", "portee-insuffisante")
        await log.flush()
    log.refuse("pe-si", "listReleases", "reseau-refuse")
    await log.flush()
    now[0] = MINUTE + 1
    await log.flush()
    told = [(e.facts["why"], e.facts["count"]) for e in entries(api, Act.CALL_REFUSED)]
    assert told == [("portee-insuffisante", 1), ("reseau-refuse", 1), ("portee-insuffisante", 49)]


async def test_a_flood_from_everywhere_keeps_few_kinds(api: Served) -> None:
    log = CallLog(api.engine)
    for number in range(5000):
        log.refuse(f"address:{number}", "listReleases", "none")
    assert len(log.floods) <= 2001
    assert sum(flood.count for flood in log.floods.values()) == 5000


async def test_what_could_not_be_written_is_written_later(api: Served) -> None:
    caller = api.enrol("pe-si")
    token = await caller.token()
    with api.engine.begin() as connection:
        connection.execute(text("ALTER TABLE api_call RENAME TO ailleurs"))
    await caller.call("GET", "/v1/releases", token=token)
    await asyncio.sleep(1.2)
    assert len(api.guard.calls.calls) == 1
    with api.engine.begin() as connection:
        connection.execute(text("ALTER TABLE ailleurs RENAME TO api_call"))
    await api.guard.calls.flush()
    with api.engine.begin() as connection:
        row = connection.execute(select(API_CALL)).one()
    assert (row.operation, row.status, row.client) == ("listReleases", 200, "pe-si")


async def test_when_the_roster_is_stale_nobody_is_let_in(api: Served) -> None:
    caller = api.enrol("pe-si")
    token = await caller.token()
    api.guard.roster.refresh = lambda: None  # type: ignore[method-assign]
    api.guard.roster.read_at -= 31
    answer = await caller.call("GET", "/v1/releases", token=token)
    assert (answer.status, answer.code) == (503, "indisponible")
    assert (await api.ask("GET", "/v1/health")).json == {"etat": "degrade", "base": False}


async def test_each_call_is_kept_with_its_motive_served_or_refused(api: Served) -> None:
    caller = api.enrol("pe-si", scopes={"releases:read"})
    token = await caller.token()
    headers = {"Passerelle-Motif": "contr%C3%B4le annuel", "Passerelle-Agent": "poste-12"}
    first = await caller.call("GET", "/v1/releases", token=token, headers=headers)
    await caller.call("GET", "/v1/webhooks", token=token)
    await caller.call(
        "GET", "/v1/releases", token=token, headers={"Passerelle-Motif": "0612345678"}
    )
    await api.guard.calls.flush()
    with api.engine.begin() as connection:
        kept = connection.execute(select(API_CALL).order_by(API_CALL.c.at)).all()
    said: list[Any] = [(row.operation, row.status, row.motive, row.agent) for row in kept]
    assert said == [
        ("listReleases", 200, "contrôle annuel", "poste-12"),
        ("listWebhooks", 403, MOTIVE, ""),
        ("listReleases", 400, "", ""),
    ]
    assert kept[0].id == first.headers["Passerelle-Request"]
