"""Telling a sender: after the verdict is kept, in order, once, and settled only once told."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from connectors import errors
from connectors.contract import Arrival, Source
from connectors.folder import FolderSource
from gateway.delivery import Acknowledged, Kept
from gateway.errors import Unavailable
from gateway.ledger.log import bodies, committed_size
from gateway.stages.acknowledge import acknowledge
from gateway.stages.keep import keep
from gateway.store.database import open_engine
from gateway.store.deliveries import find_delivery
from tests.world.clerks import clerk
from tests.world.failing import Failing
from tests.world.records import collected, passport, treated


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{tmp_path / 'passerelle.sqlite'}")
    yield opened
    opened.dispose()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("depot", "archive", "ack"):
        (tmp_path / "place" / name).mkdir(parents=True)
    (tmp_path / "place" / "depot" / "a.csv").write_bytes(b"NIR\n")
    return tmp_path / "place"


@pytest.fixture
def kept(engine: Engine) -> Kept:
    return keep(engine, passport(), collected(), treated())


def told(engine: Engine) -> bool:
    with engine.begin() as connection:
        row = find_delivery(connection, "d1")
    return row is not None and row.acknowledged_at is not None


async def tell(engine: Engine, kept: Kept, source: Source, arrival: Arrival | None) -> Acknowledged:
    return await acknowledge(clerk(engine), passport(), kept, source, arrival)


async def test_the_sender_finds_its_answers_and_its_file_filed(
    engine: Engine, place: Path, kept: Kept
) -> None:
    source = FolderSource(place, "cd")
    (arrival,) = await source.arrivals()
    done = await tell(engine, kept, source, arrival)
    assert (done.delivery, done.verdict, done.ledger_index) == ("d1", kept.verdict, 0)
    assert sorted(p.name for p in (place / "ack").iterdir()) == [
        "a.csv.ARA.csv",
        "a.csv.ARA.csv.asc",
        "a.csv.ARA.json",
        "a.csv.ARA.json.asc",
        "a.csv.ARL.json",
        "a.csv.ARL.json.asc",
        "a.csv.ART.json",
        "a.csv.ART.json.asc",
    ]
    assert (place / "archive" / "a.csv").exists()
    assert await source.arrivals() == []
    assert told(engine)


async def test_telling_twice_writes_one_entry(engine: Engine, place: Path, kept: Kept) -> None:
    source = FolderSource(place, "cd")
    (arrival,) = await source.arrivals()
    for again in (arrival, arrival, None):
        await tell(engine, kept, source, again)
    entries = [json.loads(body) for body in bodies(engine, 0, committed_size(engine))]
    assert [entry["act"] for entry in entries] == ["delivery.accepted", "delivery.acknowledged"]
    assert entries[1]["facts"] == {"about": 0, "verdict": "accepted"}


async def test_a_sender_that_does_not_answer_is_told_later(engine: Engine, kept: Kept) -> None:
    source = Failing(errors.Unreachable("cd: no answer"))
    with pytest.raises(Unavailable, match="accusé non remis"):
        await tell(engine, kept, source, Arrival(key="k", name="SOMEBODY.csv"))
    assert source.asked == ["acknowledge k 3"]  # never settled before it is told
    assert not told(engine)


async def test_what_is_gone_was_told_before(engine: Engine, kept: Kept) -> None:
    await tell(engine, kept, Failing(errors.Missing("cd: gone")), Arrival(key="k", name="a"))
    assert told(engine)


async def test_a_broken_access_is_ours_to_repair(engine: Engine, kept: Kept) -> None:
    with pytest.raises(errors.Denied):
        await tell(engine, kept, Failing(errors.Denied("cd: no")), Arrival(key="k", name="a"))
    assert not told(engine)


async def test_a_replay_is_told_beside_what_was_said_of_its_original(
    engine: Engine, place: Path, kept: Kept
) -> None:
    mine, source = clerk(engine), FolderSource(place, "cd")
    (arrival,) = await source.arrivals()
    await acknowledge(mine, passport(), kept, source, arrival)
    before = {path.name: path.read_bytes() for path in (place / "ack").iterdir()}
    replay = passport("cd-parcours-0123456789abcdef", replay_of="d1")
    again = keep(engine, replay, collected(replay.delivery), treated(base_version=1))
    assert (await acknowledge(mine, replay, again, source, None)).told
    after = {path.name: path.read_bytes() for path in (place / "ack").iterdir()}
    assert after.items() > before.items()
    assert {name[:21] for name in after.keys() - before.keys()} == {"a.csv.REJEU-89abcdef."}
    with engine.begin() as connection:
        row = find_delivery(connection, replay.delivery)
    assert row is not None
    assert row.acknowledged_at is not None


async def test_a_replay_whose_place_is_closed_or_unknown_is_not_said_to_be_told(
    engine: Engine, place: Path, kept: Kept
) -> None:
    mine, source = clerk(engine), FolderSource(place, "cd")
    replay = passport("d2", replay_of="d1")
    again = keep(engine, replay, collected("d2"), treated("d2", base_version=1))
    assert not (await acknowledge(mine, replay, again, source, None)).told
    (arrival,) = await source.arrivals()
    await acknowledge(mine, passport(), kept, source, arrival)
    closed = Failing(errors.Denied("cd: closed"))
    assert not (await acknowledge(mine, replay, again, closed, None)).told
    silent = Failing(errors.Unreachable("cd: no answer"))
    with pytest.raises(Unavailable):
        await acknowledge(mine, replay, again, silent, None)
    with engine.begin() as connection:
        row = find_delivery(connection, "d2")
    assert row is not None
    assert row.acknowledged_at is None
