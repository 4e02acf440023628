"""Webhooks: told with what happened or not at all, signed, to the Internet only, again until heard."""

import asyncio
import json
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import Engine, select

from gateway.errors import Misconfigured, NotAuthorised
from gateway.ledger.entry import Act
from gateway.store.alerts import open_alerts
from gateway.store.database import one_writer, open_engine
from gateway.store.registrations import (
    listed,
    register,
    resume,
    say_stopped,
)
from gateway.store.tables import METADATA
from gateway.store.webhooks import (
    AT_ONCE,
    LEASE,
    WAITS,
    Event,
    HookState,
    Post,
    PostState,
    announce,
    posts_of,
    replay,
    take,
)
from gateway.webhooks import open_session, send_due
from gateway.webhooks.sending import Sent
from tests.house.tree import ROOT
from tests.world.databases import sqlite_url
from tests.world.hooked import EVERYTHING, NOON, enrol, happen, hook, ledger, secret_of
from tests.world.receiver import CLIENT, SIRET, Lie, Names, Receiver, is_signed, receiver

SECOND = timedelta(seconds=1)
SOON = NOON + SECOND
PATIENCE = 1.0


@pytest.fixture
async def place() -> AsyncIterator[Receiver]:
    async with receiver() as found:
        yield found


@asynccontextmanager
async def wire(place: Receiver, *, to_private: bool = True) -> AsyncIterator[aiohttp.ClientSession]:
    names = Names("127.0.0.1")
    async with open_session(
        to_private=to_private, trust=place.trust, resolver=names, patience=PATIENCE
    ) as session:
        yield session


async def send(engine: Engine, place: Receiver, now: datetime = SOON) -> Sent:
    async with wire(place) as session:
        return await send_due(engine, secret_of, session, now=now)


async def quiet(engine: Engine, place: Receiver) -> str:
    """A webhook that was tried already."""
    enrol(engine)
    webhook = hook(engine, place.url).webhook.id
    assert await send(engine, place, NOON) == Sent(heard=1)
    place.heard.clear()
    return webhook


def posts(engine: Engine, webhook: str) -> list[Post]:
    with engine.begin() as connection:
        return list(posts_of(connection, webhook))


async def test_what_happened_is_told_signed_as_datapass_signs(
    engine: Engine, place: Receiver
) -> None:
    enrol(engine)
    made = hook(engine, place.url)
    assert happen(engine) == 1
    assert await send(engine, place) == Sent(heard=2)
    tried, told = sorted(place.heard, key=lambda one: one.headers["Passerelle-Event"] != "test")
    assert json.loads(tried.body)["test"] is True
    assert json.loads(told.body) == {
        "id": told.id,
        "event": "release.available",
        "subject": "release-1",
        "at": "2026-11-22T12:00:00Z",
    }
    assert (
        told.body
        == json.dumps(json.loads(told.body), sort_keys=True, separators=(",", ":")).encode()
    )
    assert told.headers["Passerelle-Event"] == "release.available"
    assert all(is_signed(one, made.secret.reveal()) for one in place.heard)
    assert not is_signed(told, secret_of("hook-another").reveal())
    assert await send(engine, place) == Sent()  # heard once is enough
    assert [one.state for one in posts(engine, made.webhook.id)] == [PostState.HEARD] * 2


def test_only_the_organisation_it_is_about_is_told_of_what_it_asked_for(engine: Engine) -> None:
    enrol(engine)
    enrol(engine, "another-software-of-theirs")
    enrol(engine, "other-organisation", siret="00000000000099")
    enrol(engine, "moved-since")
    enrol(engine, "moved-since", siret="00000000000099", revision=2)
    enrol(engine, "revoked")
    enrol(engine, "revoked", revision=2, state="REVOKED")
    url = "https://hooks.example.org/"
    clients = (CLIENT, "another-software-of-theirs", "other-organisation", "moved-since", "revoked")
    for client in clients:
        hook(engine, url, client=client)
    hook(engine, url, events=("habilitation.changed",))
    assert happen(engine) == 2
    assert happen(engine, "h", Event.HABILITATION_CHANGED) == 3


def test_what_did_not_happen_is_not_told(engine: Engine) -> None:
    enrol(engine)
    webhook = hook(engine, "https://hooks.example.org/").webhook.id
    with pytest.raises(RuntimeError), one_writer(engine) as connection:
        assert announce(connection, SIRET, Event.RELEASE_AVAILABLE, "release-1", NOON) == 1
        raise RuntimeError("the rest of the unit of work failed")
    assert [one.event for one in posts(engine, webhook)] == ["test"]


@pytest.mark.parametrize("lie", Lie)
async def test_a_receiver_that_lies_is_asked_again_later(
    engine: Engine, place: Receiver, lie: Lie
) -> None:
    webhook = await quiet(engine, place)
    happen(engine)
    place.lies.append(lie)
    started = time.monotonic()
    done = await send(engine, place)
    assert time.monotonic() - started < PATIENCE + 2
    assert place.followed == 0
    assert place.written < 32 << 20  # what it would pour on us is not taken
    if lie is Lie.ENDLESS:  # it said 200: what it says besides does not matter
        assert done == Sent(heard=1)
        return
    assert done == Sent(failed=1)
    (waiting,) = [one for one in posts(engine, webhook) if one.state is PostState.WAITING]
    assert waiting.next_at == SOON + WAITS[0]
    assert await send(engine, place, SOON + WAITS[0] - SECOND) == Sent()
    assert await send(engine, place, SOON + WAITS[0]) == Sent(heard=1)
    assert place.heard[0].id == place.heard[1].id
    assert place.heard[0].body == place.heard[1].body


async def test_a_place_that_is_down_is_asked_once_not_once_per_post(
    engine: Engine, place: Receiver
) -> None:
    await quiet(engine, place)
    place.lies = [Lie.BREAKS] * 9
    for number in range(AT_ONCE + 5):
        happen(engine, f"release-{number}")
    assert await send(engine, place) == Sent(failed=1)
    assert await send(engine, place, SOON + SECOND) == Sent()  # what comes meanwhile waits as well
    assert len(place.heard) == 1
    place.lies.clear()
    later = SOON + LEASE
    assert await send(engine, place, later) == Sent(heard=AT_ONCE)
    assert await send(engine, place, later) == Sent(heard=5)
    assert len({one.id for one in place.heard}) == AT_ONCE + 5


async def test_five_failures_in_a_row_stop_it_until_somebody_tries_it_again(
    engine: Engine, place: Receiver
) -> None:
    webhook = await quiet(engine, place)
    happen(engine)
    place.lies = [Lie.BREAKS] * 4 + [Lie.GONE]
    at, waited = SOON, []
    for expected in WAITS[:4]:
        assert await send(engine, place, at) == Sent(failed=1)
        at += expected
        waited.append(await send(engine, place, at - SECOND))
    assert waited == [Sent()] * 4
    assert await send(engine, place, at) == Sent(failed=1, stopped=1)
    with engine.begin() as connection:
        (standing,) = listed(connection)
        (alert,) = open_alerts(connection)
    assert (standing.state, standing.failures) == (HookState.STOPPED, 5)
    assert webhook in alert.alert.sentence
    entry = ledger(engine)[-1]
    assert (entry.act, entry.subject, entry.facts["what"]) == (
        Act.WEBHOOK_CHANGED,
        webhook,
        "stopped",
    )
    say_stopped(engine)
    with engine.begin() as connection:
        assert len(open_alerts(connection)) == 1
    assert await send(engine, place, at + timedelta(days=1)) == Sent()
    assert happen(engine, "while-stopped") == 0
    with pytest.raises(NotAuthorised):
        replay(engine, posts(engine, webhook)[0].id, at)
    resume(engine, webhook, by="alice", now=at + timedelta(days=1))
    with engine.begin() as connection:
        assert open_alerts(connection) == []
    # Its trial, and what had waited all along.
    assert await send(engine, place, at + timedelta(days=2)) == Sent(heard=2)


async def test_a_success_forgives_the_failures_before_it(engine: Engine, place: Receiver) -> None:
    await quiet(engine, place)
    place.lies = [Lie.BREAKS] * 4
    happen(engine)
    at = SOON
    for wait in WAITS[:4]:
        assert await send(engine, place, at) == Sent(failed=1)
        at += wait
    assert await send(engine, place, at) == Sent(heard=1)
    place.lies = [Lie.BREAKS]
    happen(engine)
    assert await send(engine, place, at + SECOND) == Sent(failed=1)


async def test_one_post_that_never_passes_is_given_up_and_stops_nothing(
    engine: Engine, place: Receiver
) -> None:
    webhook = await quiet(engine, place)
    place.poison = "poison"
    happen(engine, "poison", at=SOON)
    at = SOON
    for number, wait in enumerate((*WAITS, SECOND)):
        happen(engine, f"release-{number}")
        assert await send(engine, place, at) == Sent(heard=1, failed=1)
        at += wait
    states = {one.subject: one.state for one in posts(engine, webhook)}
    assert states.pop("poison") is PostState.GIVEN_UP
    assert set(states.values()) == {PostState.HEARD}
    replay(engine, next(one.id for one in posts(engine, webhook) if one.subject == "poison"), at)
    place.poison = ""
    place.heard.clear()
    assert await send(engine, place, at) == Sent(heard=1)
    assert json.loads(place.heard[0].body)["subject"] == "poison"


async def test_killed_between_the_answer_and_the_mark_it_is_sent_again_with_the_same_id(
    place: Receiver, tmp_path: Path
) -> None:
    url = sqlite_url(tmp_path)
    engine = open_engine(url)
    webhook = await quiet(engine, place)
    happen(engine)
    script = [sys.executable, "-m", "tests.world.dying_post", url, place.certificate]
    child = await asyncio.create_subprocess_exec(*map(str, script), cwd=ROOT)
    assert await child.wait() == -signal.SIGKILL
    assert len(place.heard) == 1
    assert PostState.WAITING in {one.state for one in posts(engine, webhook)}
    assert await send(engine, place, SOON + SECOND) == Sent()  # the other gateway may be at work
    assert await send(engine, place, SOON + LEASE) == Sent(heard=1)
    assert place.heard[0].id == place.heard[1].id
    assert place.heard[0].body == place.heard[1].body
    engine.dispose()


def test_two_gateways_do_not_take_the_same_post(engine: Engine) -> None:
    enrol(engine)
    hook(engine, "https://hooks.example.org/")
    happen(engine)
    assert [len(take(engine, SOON)) for _ in range(2)] == [2, 0]
    assert len(take(engine, SOON + LEASE)) == 2


async def test_a_name_that_changes_its_address_reaches_nothing_of_ours(
    engine: Engine, place: Receiver
) -> None:
    """DNS rebinding: looked at, it is public; called, it is this machine."""
    enrol(engine)
    hook(engine, place.url)
    names = Names("192.0.2.7", "127.0.0.1")
    await names.resolve("the check an attacker waits for")
    async with open_session(trust=place.trust, resolver=names) as session:
        assert await send_due(engine, secret_of, session, now=SOON) == Sent(failed=1)
    assert (names.asked, place.heard) == (2, [])
    # What the settings allow, the very same call does: the test above could have failed.
    assert await send(engine, place, SOON + WAITS[0]) == Sent(heard=1)


async def test_an_address_of_ours_written_in_full_is_refused_when_it_is_called_too(
    engine: Engine, place: Receiver
) -> None:
    enrol(engine)
    url = f"https://127.0.0.1:{place.port}/hook"
    with pytest.raises(Misconfigured, match="réseau privé"):
        hook(engine, url)
    register(
        engine,
        secret_of,
        client=CLIENT,
        url=url,
        events=EVERYTHING,
        by="a",
        to_private=True,
        now=NOON,
    )
    async with wire(place, to_private=False) as session:  # the settings changed since
        assert await send_due(engine, secret_of, session, now=SOON) == Sent(failed=1)
    assert place.heard == []


async def test_a_secret_is_in_no_log_no_table_no_entry_and_no_repr(
    engine: Engine, place: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    enrol(engine)
    made = hook(engine, place.url)
    place.lies = [Lie.BREAKS]
    await send(engine, place)
    await send(engine, place, SOON + WAITS[0])
    secret = made.secret.reveal()
    with engine.begin() as connection:
        stored = [
            str(row)
            for table in METADATA.tables.values()
            for row in connection.execute(select(table))
        ]
    written = [*stored, repr(made), str(made), caplog.text, *(str(e) for e in ledger(engine))]
    assert any(made.webhook.id in text for text in written)
    assert not any(secret in text for text in written)
    assert place.url not in caplog.text
