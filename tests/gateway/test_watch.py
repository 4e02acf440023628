"""`serve` watches each démarche at its own pace: one that hangs or storms delays no other."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest

from connectors.sandbox.hubee import Fault
from gateway.app import House
from gateway.cli.watch import Watch
from gateway.doors.backoff import Backoff
from gateway.doors.durable import Durable, Patience
from gateway.doors.lookout import Post
from gateway.habilitation.model import Organisation
from gateway.rounds import running
from gateway.settings import load
from gateway.store.alerts import Alert, Level, close_alert, count_open, open_alerts, raise_alert
from gateway.store.locks import account_locks
from tests.world.demands import draft, granted
from tests.world.furnished import furnish
from tests.world.gateways import Hub, hub_of_cases, until

CASES = 3
STUCK = """\
alias = "msa"
name = "MSA"
siret = "00000000000012"
[hubee]
environment = "bac-a-sable"
token_url = "http://127.0.0.1:{port}/oauth2/token"
api_url = "http://127.0.0.1:{port}/teledossiers/v1"
[[hubee.demarches]]
process_code = "MSABEI"
client_id = "si"
client_secret_file = "hubee.secret"
[hubee.demarches.types]
MSABEI = "cnaf-contacts"
[[flows]]
flow = "cnaf-contacts"
departement = "08"
envelope = "hubee"
"""


class Hand:
    """A clock whose hand one moves."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@asynccontextmanager
async def silent_hub() -> AsyncIterator[int]:
    """A port that lets in and never answers."""
    leaving = asyncio.Event()

    async def hold(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await leaving.wait()
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        leaving.set()
        server.close()


@asynccontextmanager
async def house_of(config: Path) -> AsyncIterator[tuple[House, Durable]]:
    async with running(load(config), Patience(tries=2, first_wait=0.01)) as opened:
        yield opened


async def test_a_demarche_that_hangs_delays_no_other_of_the_same_departement(
    tmp_path: Path,
) -> None:
    async with silent_hub() as port, hub_of_cases(tmp_path, CASES) as hub:
        config = hub.furnish(tmp_path / "g")
        paper = config.parent / "partners" / "msa.toml"
        paper.write_text(STUCK.format(port=port))
        hub.publish()
        async with house_of(config) as (house, durable):
            watch = Watch(house, durable)
            stuck = asyncio.create_task(watch.tick(post_of(house, "msa")))
            await watch.tick(post_of(house, "cnaf"))
            assert not stuck.done()
            assert hub.done == CASES
            # What hangs is not asked a second time meanwhile.
            await asyncio.wait_for(watch.tick(post_of(house, "msa")), 1)
            assert not stuck.done()
            stuck.cancel()
            await asyncio.gather(stuck, return_exceptions=True)


async def test_a_hub_in_a_storm_is_left_alone_longer_and_longer_then_asked_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "passerelle")
    hand = Hand()
    async with (
        hub_of_cases(tmp_path, CASES) as hub,
        house_of(hub.furnish(tmp_path / "g")) as (house, durable),
    ):
        watch, post = Watch(house, durable, Backoff(hand)), post_of(house, "cnaf")
        hub.publish()
        storm(hub, 3)
        for wait in (600, 1200, 2400):
            await watch.tick(post)
            assert f"nouvel essai dans {wait // 60} min" in caplog.messages[-1]
            await watch.tick(post)  # left alone: nothing is asked
            assert hub.done == 0
            hand.at += wait
        await watch.tick(post)
        assert hub.done == CASES
        storm(hub, 1)
        await watch.tick(post)
    assert "nouvel essai dans 10 min" in caplog.messages[-1]


async def test_what_another_gateway_holds_is_said_once_and_taken_over_when_free(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "passerelle")
    async with hub_of_cases(tmp_path, CASES) as hub:
        config = hub.furnish(tmp_path / "g")
        settings = load(config)
        settings.var.mkdir(mode=0o700)
        hub.publish()
        other = account_locks(settings.database_url, settings.var)
        client = f"{hub.base}/oauth2/token\0{hub.credential[0]}"
        assert other.take(f"compte-{digest(client)}")
        async with house_of(config) as (house, durable):
            watch, post = Watch(house, durable), post_of(house, "cnaf")
            for _ in range(3):
                await watch.tick(post)
            waited = [
                line for line in caplog.messages if "relevée par une autre passerelle" in line
            ]
            assert len(waited) == 1
            assert waited[0].startswith("démarche cnaf/ContactsAllocataires-BRSA relevée")
            assert f"processus {other_pid()} sur" in waited[0]
            assert hub.done == 0
            other.close()
            await watch.tick(post)
            assert hub.done == CASES
    assert "cnaf/ContactsAllocataires-BRSA : relevée par nous désormais" in caplog.messages


async def test_each_post_ticks_at_once_and_what_follows_is_published(tmp_path: Path) -> None:
    async with hub_of_cases(tmp_path, CASES) as hub:
        hub.publish()
        async with house_of(hub.furnish(tmp_path / "g")) as (house, durable):
            watch = Watch(house, durable)
            watch.start()
            following = asyncio.create_task(watch.follow())
            await until(lambda: hub.done == CASES, "nothing was received")
            checkpoint = house.ledger_folder / "checkpoint"
            await until(checkpoint.is_file, "nothing was published")
            watch.stop()
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
    assert [hub.said(case) for case in hub.cases] == [["IN_PROGRESS", "DONE"]] * CASES


def post_of(house: House, partner: str) -> Post:
    return next(post for post in house.posts if post.partner == partner)


def storm(hub: Hub, rounds: int) -> None:
    """Fail on every attempt of so many rounds."""
    hub.sandbox.faults.order("queue.read", *[Fault.ERROR_BEFORE] * (4 * rounds))


def digest(account: str) -> str:
    return sha256(account.encode()).hexdigest()


def other_pid() -> int:
    return os.getpid()


async def test_each_new_alert_is_said_once_without_a_word_of_what_it_is_about(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "passerelle")
    furnished = furnish(tmp_path / "h")
    config = furnished / "config" / "gateway.toml"
    with config.open("a") as settings:
        settings.write("[alerts]\nsilent_hours = 1\n")
    async with house_of(config) as (house, durable):
        watch = Watch(house, durable)
        alert = Alert("file-missing:k", "file-missing", "pe", "une phrase")
        raise_alert(house.engine, alert)
        for _ in range(3):
            await watch.check()
        said = [line for line in caplog.messages if line.startswith("alerte ")]
        assert said == ["alerte file-missing, pe : voir passerelle alert list"]
        close_alert(house.engine, alert.key)
        await watch.check()
        raise_alert(house.engine, alert)
        await watch.check()
    assert len([line for line in caplog.messages if line.startswith("alerte ")]) == 2


async def test_a_habilitation_about_to_end_is_an_alert_of_its_partner(tmp_path: Path) -> None:
    furnished = furnish(tmp_path / "h")
    now = datetime.now(UTC)
    near = now.date() + timedelta(days=5)
    pe = Organisation("00000000000012", "Pôle emploi")  # as `furnish` declares it
    async with house_of(furnished / "config" / "gateway.toml") as (house, durable):
        granted(house.engine, draft(organisation=pe, ends=near), now=now)
        await Watch(house, durable).check()
        with house.engine.begin() as connection:
            (alert,) = open_alerts(connection, kind="habilitation-expiry")
    assert (alert.alert.partner, alert.alert.level) == ("pe", Level.URGENT)


async def test_a_post_that_does_not_answer_becomes_an_alert_and_closes_it(tmp_path: Path) -> None:
    furnished = furnish(tmp_path / "h")
    (furnished / "lieu").rename(furnished / "ailleurs")
    async with house_of(furnished / "config" / "gateway.toml") as (house, durable):
        hand = Hand()
        watch, post = Watch(house, durable, Backoff(hand)), post_of(house, "pe")
        start = datetime.now(UTC)
        for hours in (0, 3):
            watch._silences.now = partial(start.__add__, timedelta(hours=hours))
            hand.at += 3600 * 3
            await watch.tick(post)
        assert count_open(house.engine) == 1
        (furnished / "ailleurs").rename(furnished / "lieu")
        hand.at += 3600 * 3
        await watch.tick(post)
        assert count_open(house.engine) == 0
