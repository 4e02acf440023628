"""A case of two files is told of as a whole, and the ledger says so of neither before it was."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine

from connectors.contract import Arrival
from connectors.hubee import HubeeSource
from gateway.clerk import Address
from gateway.delivery import Acknowledged, Kept
from gateway.ledger.log import bodies, committed_size
from gateway.stages.acknowledge import acknowledge, tell
from gateway.stages.keep import keep, kept_of
from gateway.store.database import open_engine
from gateway.store.deliveries import Passport, all_deliveries, find_delivery
from tests.world.clerks import clerk
from tests.world.hubee import RSA, HubeeWorld, a_file, hubee_world
from tests.world.records import collected, passport, refusal

ACKNOWLEDGED = "delivery.acknowledged"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{tmp_path / 'passerelle.sqlite'}")
    yield opened
    opened.dispose()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[HubeeWorld]:
    async with hubee_world(tmp_path / "hub") as world:
        world.publish(a_file(b"1", kind="RSABEI"), a_file(b"2", kind="RSABAI"), process=RSA)
        yield world


@pytest.fixture
async def source(world: HubeeWorld) -> AsyncIterator[HubeeSource]:
    async with world.source(RSA) as source:
        yield source


def shown(arrival: Arrival) -> Passport:
    return passport(f"d-{arrival.kind}", arrival=arrival.key)


async def kept(engine: Engine, source: HubeeSource) -> Sequence[Arrival]:
    """Both files, their verdicts of record."""
    arrivals = await source.arrivals()
    for arrival in arrivals:
        name = shown(arrival).delivery
        keep(engine, shown(arrival), collected(name), refusal(name))
    return arrivals


def verdict_of(engine: Engine, arrival: Arrival) -> Kept:
    with engine.begin() as connection:
        row = find_delivery(connection, shown(arrival).delivery)
    assert row is not None
    return kept_of(row)


async def walked(engine: Engine, source: HubeeSource, arrival: Arrival) -> Acknowledged:
    return await acknowledge(
        clerk(engine), shown(arrival), verdict_of(engine, arrival), source, arrival
    )


def marked(engine: Engine) -> list[str]:
    with engine.begin() as connection:
        return [row.id for row in all_deliveries(connection) if row.acknowledged_at]


def told(engine: Engine) -> list[tuple[str, int]]:
    """Whom the ledger says was told, and of which verdict."""
    entries = [json.loads(body) for body in bodies(engine, 0, committed_size(engine))]
    return [(e["subject"], e["facts"]["about"]) for e in entries if e["act"] == ACKNOWLEDGED]


def both(engine: Engine) -> list[tuple[str, int]]:
    with engine.begin() as connection:
        return [(row.id, row.ledger_index) for row in all_deliveries(connection)]


async def test_the_first_file_is_not_said_to_be_told_before_the_second(
    engine: Engine, world: HubeeWorld, source: HubeeSource
) -> None:
    first, second = await kept(engine, source)
    assert not (await walked(engine, source, first)).told
    assert (marked(engine), told(engine)) == ([], [])
    assert (await walked(engine, source, second)).told
    assert len(marked(engine)) == 2
    assert told(engine) == both(engine)
    assert world.sandbox.state().waiting_for_recipients() == 0


async def test_a_restart_between_the_two_says_nothing_too_early_nor_twice(
    engine: Engine, world: HubeeWorld, source: HubeeSource
) -> None:
    first, second = await kept(engine, source)
    await walked(engine, source, first)
    async with world.source(RSA) as restarted:
        assert not (await walked(engine, restarted, second)).told
        assert told(engine) == []
        (listed,) = await restarted.arrivals()
        assert listed.key == first.key
        assert (await walked(engine, restarted, listed)).told
    assert told(engine) == both(engine)
    assert world.sandbox.state().waiting_for_recipients() == 0


async def test_killed_between_the_words_and_the_mark_both_are_marked_by_what_follows(
    engine: Engine, world: HubeeWorld, source: HubeeSource
) -> None:
    first, second = await kept(engine, source)
    await walked(engine, source, first)
    verdict = verdict_of(engine, second)
    told_before = clerk(engine).notices(verdict, Address("", second), in_files=False)
    assert len(await source.acknowledge(second, told_before)) == 2  # and killed here
    said = list(world.case(first.reference["case"]).events)
    assert (told(engine), len(said)) == ([], 2)
    async with world.source(RSA) as restarted:
        for again in await restarted.arrivals():
            await walked(engine, restarted, again)
    assert told(engine) == both(engine)
    assert list(world.case(first.reference["case"]).events) == said
    assert world.sandbox.state().waiting_for_recipients() == 0


async def test_it_is_written_before_the_place_forgets(
    engine: Engine, world: HubeeWorld, source: HubeeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await kept(engine, source)
    await walked(engine, source, first)
    verdict = verdict_of(engine, second)
    with monkeypatch.context() as broken:
        broken.setattr("gateway.stages.acknowledge.mark_acknowledged", _full_disk)
        with pytest.raises(OSError, match="full"):
            await tell(clerk(engine), shown(second), verdict, source, second)
    assert world.sandbox.state().waiting_for_recipients() == 1
    assert await tell(clerk(engine), shown(second), verdict, source, second)
    assert told(engine) == both(engine)
    assert world.sandbox.state().waiting_for_recipients() == 0


def _full_disk(*_: object) -> None:
    raise OSError("disk full")
