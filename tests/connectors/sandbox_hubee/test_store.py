"""What the hub keeps: whole changes, once, and at a cost that does not grow with what is there."""

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.sandbox.hubee import HubeeSandbox, SetClock
from connectors.sandbox.hubee.clock import day_of
from connectors.sandbox.hubee.records import Organisation, Process
from connectors.sandbox.hubee.store import Store
from tests.world.hubee import CONTACTS, SEED, US, a_file
from tests.world.sides import NOON, Sides, sides_of
from tests.world.sides import a_file as declared_file

SOURCES = Path(__file__).parents[3]
OSL = Organisation("OSL", "18000000000022", "00000")


def a_store(folder: Path) -> Store:
    return Store(folder, SEED, SetClock(NOON))


def rows(folder: Path) -> dict[str, int]:
    kept = sqlite3.connect(folder / "world.sqlite")
    counted = dict(kept.execute("SELECT kind, count(*) FROM records GROUP BY kind").fetchall())
    kept.close()
    return counted


def test_a_change_that_fails_leaves_the_world_as_it_was(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    with store.change() as world:
        world.processes["A"] = Process("A", OSL, name="before")
    with pytest.raises(KeyError), store.change(store.world.processes["A"]) as world:
        world.processes["B"] = Process("B", OSL)
        world.processes["A"].name = "after"
        store.new_id()
        raise KeyError
    for kept in (store, a_store(tmp_path)):
        assert {c: p.name for c, p in kept.world.processes.items()} == {"A": "before"}
        assert kept.world.meta.counter == 0


def test_a_change_the_disk_refuses_is_undone_in_memory(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    other = sqlite3.connect(tmp_path / "world.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store._rows.execute("PRAGMA busy_timeout=1")
    with pytest.raises(sqlite3.OperationalError), store.change() as world:
        world.processes["A"] = Process("A", OSL)
    other.execute("ROLLBACK")
    other.close()
    assert not store.world.processes
    with store.change() as world:
        world.processes["B"] = Process("B", OSL)
    assert set(a_store(tmp_path).world.processes) == {"B"}


def test_what_is_named_in_no_change_cannot_be_written(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    with pytest.raises(TypeError, match="has no row"), store.change(OSL):
        pass


def test_only_the_rows_touched_are_written(tmp_path: Path) -> None:
    sandbox = HubeeSandbox(tmp_path, SEED)
    sandbox.subscribe(*US, CONTACTS)
    for number in range(50):
        sandbox.publish(CONTACTS, US, [a_file()], f"CNAF-ALLOC-{number}")
    kept = sqlite3.connect(tmp_path / "world.sqlite")
    kept.execute("CREATE TABLE seen (kind TEXT)")
    kept.execute(
        "CREATE TRIGGER watch AFTER UPDATE ON records BEGIN INSERT INTO seen VALUES (new.kind); END"
    )
    kept.commit()
    sandbox.purge(next(iter(sandbox.state().cases)))
    assert sorted(k for (k,) in kept.execute("SELECT kind FROM seen")) == ["folder", "meta"]
    kept.close()
    assert rows(tmp_path)["folder"] == 50


def test_bytes_no_line_speaks_of_are_removed_at_start(tmp_path: Path) -> None:
    sandbox = HubeeSandbox(tmp_path, SEED)
    sandbox.subscribe(*US, CONTACTS)
    case_id = sandbox.publish(CONTACTS, US, [a_file(b"kept")], "CNAF-ALLOC-1")
    (kept,) = sandbox.state().cases[case_id].files
    blobs = tmp_path / "attachments"
    for name in ("00000000-0000-4000-8000-000000000000", f"{kept}.0a.writing"):
        (blobs / name).write_bytes(b"left by a crash")
    HubeeSandbox(tmp_path, SEED)
    assert [path.name for path in blobs.iterdir()] == [kept]
    assert (blobs / kept).read_bytes() == b"kept"


KILLED = """
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from connectors.sandbox.hubee import HubeeSandbox
hub = HubeeSandbox(Path(sys.argv[1]), 7)
hub.subscribe("22990000000011", "99", "GRO")
for number in range(10**6):
    file = ("f.txt", "GRO", "text/plain", b"x" * 1000)
    case = hub.publish("GRO", ("22990000000011", "99"), [file], f"CNAF-GRO-{number}")
    print(case, flush=True)
    if number % 2:
        hub.purge(case)
"""


@pytest.mark.parametrize("after", [3, 8, 15])
async def test_killed_at_any_moment_each_line_has_its_bytes(tmp_path: Path, after: int) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, str(tmp_path), cwd=SOURCES, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    answered = [(await child.stdout.readline()).decode().strip() for _ in range(after)]
    os.kill(child.pid, signal.SIGKILL)
    await child.stdout.read()
    await child.wait()
    cases = HubeeSandbox(tmp_path, 7).state().cases
    assert set(answered) <= set(cases)
    whole = {
        i for case in cases.values() for i, status in case.files.items() if status == "RECEIVED"
    }
    assert {path.name for path in (tmp_path / "attachments").iterdir()} == whole


async def test_the_clock_pushed_ahead_stays_ahead(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    store.advance(timedelta(days=40))
    assert a_store(tmp_path).clock() == NOON + timedelta(days=40)
    with pytest.raises(ValueError, match="forward"):
        store.advance(timedelta(seconds=-1))


async def test_tokens_end_by_the_hub_s_clock(sides: Sides) -> None:
    sides.sandbox._hub.store.advance(timedelta(minutes=59))
    assert (await sides.us.ask("GET", "/teledossiers/v1/notifications"))[0] == 200
    sides.sandbox._hub.store.advance(timedelta(minutes=2))
    assert (await sides.us.ask("GET", "/teledossiers/v1/notifications"))[0] == 401


@pytest.mark.parametrize(
    ("hour", "minute", "day"), [(22, 59, 2), (23, 0, 2), (23, 1, 3), (11, 0, 2)]
)
def test_the_hub_s_day_begins_at_one_minute_past_midnight_in_paris(
    hour: int, minute: int, day: int
) -> None:
    assert day_of(datetime(2026, 11, 2, hour, minute, tzinfo=UTC)).day == day


async def test_two_uploads_at_once_do_not_mix(sides: Sides) -> None:
    half = asyncio.Event()

    async def slowly(letter: bytes) -> AsyncIterator[bytes]:
        yield letter * 1000
        await half.wait()
        yield letter * 1000

    folder = await sides.declare(declared_file(size=2000))
    uploads = [asyncio.create_task(folder.upload(slowly(c))) for c in (b"a", b"b")]
    await asyncio.sleep(0.05)
    half.set()
    assert [status for status, _ in await asyncio.gather(*uploads)] == [204, 204]
    await folder.settle()
    assert await sides.us.get(folder.download()) in {b"a" * 2000, b"b" * 2000}


async def test_the_same_acts_over_http_give_the_same_identifiers(tmp_path: Path) -> None:
    made = []
    for name in ("a", "b"):
        async with sides_of(tmp_path / name) as sides:
            folder = await sides.publish()
            _, event = await sides.us.say(folder.case_id, "DONE")
            made.append((folder.path, folder.files, event["id"], await sides.us.queue()))
    assert made[0] == made[1]


async def test_what_was_deleted_stays_deleted_after_a_restart(tmp_path: Path) -> None:
    async with sides_of(tmp_path) as sides:
        given_up, sent = await sides.declare(), await sides.publish()
        assert (await sides.publisher.ask("DELETE", given_up.path))[0] == 204
        (item,) = await sides.us.queue()
        await sides.us.ask("DELETE", f"/teledossiers/v1/notifications/{item['id']}")
    async with sides_of(tmp_path) as sides:
        assert set(sides.sandbox.state().cases) == {sent.case_id}
        assert await sides.us.queue() == []


async def test_all_of_it_survives_a_restart(tmp_path: Path) -> None:
    async with sides_of(tmp_path, catalogue=True) as sides:
        folder = await sides.publish(b"kept")
        await sides.us.say(folder.case_id, "IN_PROGRESS", message="vu")
        await sides.change_process(timeBeforeFileDeletion=1)
        seen = [await sides.us.case(folder.case_id), await sides.publisher.queue()]
        known = await sides.portal.get("/referential/v1/processes")
    async with sides_of(tmp_path) as sides:
        assert [await sides.us.case(folder.case_id), await sides.publisher.queue()] == seen
        assert await sides.portal.get("/referential/v1/processes") == known
        assert await sides.us.get(folder.download()) == b"kept"
        await sides.days_pass(2)
        assert (await sides.us.ask("GET", folder.download()))[0] == 404
