"""Revoked in the middle of a transfer: nothing is delivered after it, nothing stays, and the delay is printed."""

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from connectors.errors import Unreachable
from connectors.sftp import SftpOutlet
from gateway.errors import NotAuthorised, Stopped
from gateway.habilitation import Status
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import bodies, committed_size
from gateway.passage.guarding import while_granted
from gateway.passage.stopping import LEFT_BEHIND
from gateway.store.alerts import open_alerts
from gateway.store.approvals import decide
from gateway.store.deeds import DEEDS
from gateway.store.habilitation_resumes import ask_resume
from gateway.store.habilitations import decide_state
from gateway.store.releases import find_release
from tests.world.habilitations import LONG, example, stored
from tests.world.revoked import MEBIBYTE, slow_release

# What the issue asks is a minute; what is looked at every second is stopped in a few.
MOST = 5.0
A_FEW_PACKETS = 1024  # bytes: what closing a file and a connection takes


def told(engine: Engine, subject: str) -> list[Entry]:
    every = (Entry.decode(body) for body in bodies(engine, 0, committed_size(engine)))
    return [entry for entry in every if entry.subject == subject]


def acts(engine: Engine, subject: str) -> list[Act]:
    return [entry.act for entry in told(engine, subject)]


@pytest.mark.parametrize("status", [Status.REVOKED, Status.SUSPENDED])
async def test_revoked_in_the_middle_of_a_transfer_nothing_is_delivered(
    tmp_path: Path, engine: Engine, status: Status, capsys: pytest.CaptureFixture[str]
) -> None:
    async with slow_release(tmp_path, engine) as scene:
        seen = await scene.revoked_midway(status=status)
        assert isinstance(seen.ended, Stopped)
        assert (seen.visible, seen.leftovers) == ({}, [])
        assert seen.sent < A_FEW_PACKETS
        assert acts(engine, scene.key) == [Act.RELEASE_AUTHORISED, Act.RELEASE_STOPPED]
        with engine.begin() as connection:
            row = find_release(connection, scene.key)
    assert row is not None
    assert not row.delivered
    assert seen.delay < MOST
    with capsys.disabled():
        sys.stdout.write(
            f"\n{engine.dialect.name}, {status} : arrêt {seen.delay * 1000:.0f} ms après\n"
        )


async def test_what_stood_whole_before_the_manifest_is_taken_back_too(
    tmp_path: Path, engine: Engine
) -> None:
    """The file has its final name; its manifest is on the way when the habilitation is suspended."""
    async with slow_release(tmp_path, engine, size=MEBIBYTE) as scene:
        walking = asyncio.create_task(scene.delivered())
        while not (scene.shelves.retrait / "CONTACTS_08_20220615.csv.gpg").exists():
            await asyncio.sleep(0.005)
        scene.relay.is_held = True
        decide_state(engine, scene.habilitation, Status.SUSPENDED, by="camille", motive="essai")
        await asyncio.sleep(1.5)
        scene.relay.is_held = False
        with pytest.raises(Stopped):
            await walking
        assert list(scene.shelves.retrait.iterdir()) == []
        stop = told(engine, scene.key)[-1]
    assert (stop.act, stop.facts["taken_back"]) == (Act.RELEASE_STOPPED, 1)


async def test_suspended_then_resumed_it_leaves_whole(tmp_path: Path, engine: Engine) -> None:
    async with slow_release(tmp_path, engine) as scene:
        await scene.revoked_midway(status=Status.SUSPENDED)
        scene.relay.delay = 0
        with pytest.raises(NotAuthorised):
            await scene.delivered()
        asked = ask_resume(engine, scene.habilitation, by="camille", motive="essai")
        decide(engine, asked.id, by="dominique", agrees=True, then=DEEDS[asked.matter])
        await scene.delivered()
        assert len(list(scene.shelves.retrait.iterdir())) == 2
        assert acts(engine, scene.key)[-1] is Act.RELEASE_DELIVERED


async def test_another_version_approved_meanwhile_stops_what_the_first_extracted(
    tmp_path: Path, engine: Engine
) -> None:
    async with slow_release(tmp_path, engine, size=MEBIBYTE, delay=0) as scene:
        narrower = example(**LONG)
        stored(engine, replace(narrower, columns=narrower.columns[:1]))
        with pytest.raises(NotAuthorised, match="remplacée"):
            await scene.delivered()
        assert list(scene.shelves.retrait.iterdir()) == []


class Mute(SftpOutlet):
    """A place that answers while it is given something, and not when it is asked back."""

    async def retract(self, pieces: object) -> list[str]:
        raise Unreachable(f"no answer about {pieces!r:.0}")


async def test_what_could_not_be_taken_back_is_an_alert_for_the_dpo(
    tmp_path: Path, engine: Engine
) -> None:
    async with (
        slow_release(tmp_path, engine) as scene,
        Mute(scene.house.outlet._settings) as mute,  # type: ignore[attr-defined]
    ):
        muted = replace(scene, house=replace(scene.house, outlet=mute))
        assert isinstance((await muted.revoked_midway()).ended, Stopped)
    with engine.begin() as connection:
        (alert,) = open_alerts(connection, kind=LEFT_BEHIND)
    assert "déléguée à la protection" in alert.alert.sentence


def refusing_after(checks: int) -> object:
    asked = iter(range(100))

    def grant() -> None:
        if next(asked) >= checks:
            raise NotAuthorised("elle est suspendue")

    return grant


async def test_work_is_not_begun_without_a_grant() -> None:
    begun = []

    async def work() -> None:
        begun.append(1)

    with pytest.raises(NotAuthorised):
        await while_granted(work, refusing_after(0), 0.01)  # type: ignore[arg-type]
    assert begun == []


async def test_work_that_ended_while_the_grant_was_asked_has_ended() -> None:
    over = asyncio.Event()

    async def work() -> str:
        await over.wait()
        return "delivered"

    loop = asyncio.get_running_loop()
    asked = iter([False, True])

    def grant() -> None:
        if next(asked):
            loop.call_soon_threadsafe(over.set)
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0.02), loop).result()
            raise NotAuthorised("elle est suspendue")

    assert await while_granted(work, grant, 0.01) == "delivered"


async def test_whoever_waits_may_leave_and_the_work_ends_with_them() -> None:
    ended = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(datetime.now(UTC))

    waiting = asyncio.create_task(while_granted(work, lambda: None, 0.01))
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert len(ended) == 1
