"""Notifications that carry no file are cleared by `tidy`, and nothing else is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors.contract import Exclusive, Snag, Tidy, Watchful
from connectors.errors import Denied
from connectors.hubee import HubeeSource
from connectors.sandbox.hubee import Fault
from connectors.sandbox.hubee.records import Action
from tests.world.hubee import INTEGRATED, RECEIVED, HubeeWorld, hubee_world
from tests.world.hubee_sender import Sender, sender


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[HubeeWorld]:
    async with hubee_world(tmp_path / "hub") as world:
        yield world


@pytest.fixture
async def source(world: HubeeWorld) -> AsyncIterator[HubeeSource]:
    async with world.source() as source:
        yield source


@pytest.fixture
async def cnaf(world: HubeeWorld) -> AsyncIterator[Sender]:
    async with sender(world) as hands:
        yield hands


def left(world: HubeeWorld) -> int:
    return world.sandbox.state().waiting_for_recipients()


def strange(world: HubeeWorld, case_id: str, event_id: str) -> None:
    """An action invented since."""
    for event in world.sandbox._hub.store.world.cases[case_id].events:
        if event.id == event_id:
            event.action_type = "TELEPORTATION"


def without_details(world: HubeeWorld) -> None:
    """A hub that answers as if it had not read `eventDetails`."""
    queues, whole = world.sandbox._hub.queues, world.sandbox._hub.queues._seen
    queues._seen = lambda item, *, details: whole(item, details=False)  # type: ignore[method-assign]  # noqa: ARG005 - by keyword


async def test_our_own_word_read_by_the_sender_is_deleted(
    world: HubeeWorld, source: HubeeSource, cnaf: Sender
) -> None:
    case_id = world.publish()
    (arrival,) = await source.arrivals()
    await source.acknowledge(arrival, [RECEIVED])
    (event,) = world.case(case_id).events
    await cnaf.read(case_id, event.id)
    assert (left(world), await source.tidy(), left(world)) == (2, 1, 1)


@pytest.mark.parametrize("action", sorted(set(Action) - {Action.ATTACH_DEPOSIT}))
@pytest.mark.parametrize("details", [True, False])
async def test_a_word_of_the_sender_is_marked_read_then_deleted(
    world: HubeeWorld, source: HubeeSource, cnaf: Sender, action: str, details: bool
) -> None:
    case_id = world.publish()
    await cnaf.say(case_id, action, message="bien reçu")
    if not details:
        without_details(world)
    assert [a.reference["case"] for a in await source.arrivals()] == [case_id]
    world.sandbox.faults.order("queue.delete", Fault.RESET_AFTER)
    assert (left(world), await source.tidy(), left(world)) == (2, 1, 1)
    assert world.case(case_id).events[0].status == "RECEIVED"
    assert await source.tidy() == 0


async def test_a_word_whose_event_is_gone_is_deleted(
    world: HubeeWorld, source: HubeeSource, cnaf: Sender
) -> None:
    await cnaf.say(world.publish())
    world.sandbox.faults.order("event.move", Fault.MISSING)
    assert (await source.tidy(), left(world)) == (1, 1)


async def test_a_deposit_without_details_is_recognised_by_its_event(
    world: HubeeWorld, source: HubeeSource, cnaf: Sender
) -> None:
    case_id = world.publish()
    await cnaf.deposit(case_id)
    without_details(world)
    assert len(await source.arrivals()) == 2
    assert (await source.tidy(), left(world)) == (0, 2)


async def test_an_action_nobody_knows_is_parked_and_never_acknowledged(
    world: HubeeWorld, source: HubeeSource, cnaf: Sender
) -> None:
    case_id = world.publish()
    strange(world, case_id, await cnaf.say(case_id))
    (arrival,) = await source.arrivals()
    (stuck,) = source.stuck()
    assert (stuck.snag, stuck.since is not None) == (Snag.UNKNOWN_ACTION, True)
    await source.acknowledge(arrival, [RECEIVED, INTEGRATED])
    await source.settle(arrival)
    assert (await source.tidy(), left(world)) == (0, 1)
    assert world.case(case_id).events[0].status == "SENT"


@pytest.mark.parametrize(
    ("fault", "snag"),
    [(Fault.FORBIDDEN, Snag.NOT_OURS), (Fault.REFUSED, Snag.REFUSED), (Fault.MISSING, Snag.GONE)],
)
async def test_an_event_that_cannot_be_read_is_parked_with_its_reason(
    world: HubeeWorld, source: HubeeSource, cnaf: Sender, fault: Fault, snag: Snag
) -> None:
    await cnaf.say(world.publish())
    without_details(world)
    world.sandbox.faults.order("event.read", fault)
    assert len(await source.arrivals()) == 1
    assert [s.snag for s in source.stuck()] == [snag]
    assert await source.tidy() == 1


async def test_words_that_cannot_be_marked_read_hide_no_other(
    world: HubeeWorld, source: HubeeSource, cnaf: Sender
) -> None:
    case_id = world.publish()
    for _ in range(5):
        await cnaf.say(case_id)
    faults = [Fault.FORBIDDEN, Fault.REFUSED, *[Fault.ERROR_BEFORE] * 3]
    world.sandbox.faults.order("event.move", *faults)
    assert await source.tidy() >= 2
    assert {s.snag for s in source.stuck()} >= {Snag.NOT_OURS, Snag.REFUSED}
    await source.tidy()
    assert (source.stuck(), left(world)) == ([], 1)


async def test_a_refused_credential_stops_tidy(world: HubeeWorld, source: HubeeSource) -> None:
    world.sandbox.faults.order("token", Fault.CLIENT_REFUSED)
    with pytest.raises(Denied):
        await source.tidy()


def test_the_source_has_the_abilities_it_claims(world: HubeeWorld) -> None:
    source = world.source()
    assert isinstance(source, Tidy)
    assert isinstance(source, Watchful)
    assert isinstance(source, Exclusive)
    assert source.account == world.settings().account
    assert world.settings().client_id not in source.account


async def test_a_look_counts_the_items_that_bring_no_file(
    world: HubeeWorld, source: HubeeSource
) -> None:
    case_id = world.publish()
    assert len(await source.arrivals()) == 1
    assert source.echoes() == 0
    for _ in range(2):
        world.sandbox.write(case_id, "bonjour")
    assert len(await source.arrivals()) == 1
    assert source.echoes() == 2
