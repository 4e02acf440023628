"""What the HubEE source lists, fetches and settles, against the sandbox over loopback."""

import io
import logging
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.contract import Arrival
from connectors.errors import Corrupt, Denied, Missing, TooLarge, Unreachable
from connectors.hubee import HubeeSource
from connectors.sandbox.hubee import Fault
from connectors.sandbox.hubee.uploads import EICAR
from connectors.secret import Secret
from connectors.sink import FileSink
from tests.world.hubee import (
    CONTACTS,
    INTEGRATED,
    RECEIVED,
    RSA,
    HubeeWorld,
    a_file,
    hubee_world,
)

LIMIT = 1 << 20


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[HubeeWorld]:
    async with hubee_world(tmp_path / "hub") as world:
        yield world


@pytest.fixture
async def source(world: HubeeWorld) -> AsyncIterator[HubeeSource]:
    async with world.source() as source:
        yield source


async def fetched(source: HubeeSource, arrival: Arrival) -> bytes:
    into = io.BytesIO()
    await source.fetch(arrival, FileSink(into), limit=LIMIT)
    return into.getvalue()


async def test_a_case_goes_from_waiting_to_done(world: HubeeWorld, source: HubeeSource) -> None:
    case_id = world.publish(a_file(b"MATRICULE;NOM\n"))
    (arrival,) = await source.arrivals()
    assert arrival.key.startswith(f"{case_id}/")
    assert (arrival.name, arrival.size, arrival.kind) == ("f.txt", 14, "coordonnees-allocataire")
    assert arrival.seen_at is not None
    assert await fetched(source, arrival) == b"MATRICULE;NOM\n"
    await source.acknowledge(arrival, [RECEIVED])
    await source.settle(arrival)
    await source.acknowledge(arrival, [RECEIVED, INTEGRATED])
    seen = world.case(case_id)
    assert (seen.status, world.said(case_id)) == ("DONE", ["IN_PROGRESS", "DONE"])
    assert {e.author for e in seen.events} == {"Passerelle, département 99"}
    assert seen.events[0].partner_info["applicationName"] == "passerelle"
    assert list(await source.arrivals()) == []
    assert world.sandbox.state().waiting_for_recipients() == 0


async def test_thirty_waiting_cases_are_all_listed(world: HubeeWorld, source: HubeeSource) -> None:
    cases = [world.publish() for _ in range(30)]
    found = await source.arrivals()
    assert sorted(a.reference["case"] for a in found) == sorted(cases)


async def test_the_oldest_comes_first_though_the_hub_shuffles(
    world: HubeeWorld, source: HubeeSource
) -> None:
    for _ in range(12):
        world.publish()
    moments = [a.seen_at for a in await source.arrivals() if a.seen_at]
    assert len(moments) == 12
    assert moments == sorted(moments)


async def test_unreadable_cases_do_not_hide_the_others(
    world: HubeeWorld, source: HubeeSource, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        world.publish()
    bad = (Fault.FORBIDDEN, Fault.MISSING, Fault.REFUSED)
    world.sandbox.faults.order("case.read", *bad)
    with caplog.at_level(logging.WARNING):
        assert len(await source.arrivals()) == 2
    assert sorted(source.parked.values()) == ["Missing", "NotOurs", "Rejected"]
    assert all(case_id in caplog.text for case_id in source.parked)
    assert len(await source.arrivals()) == 5
    assert source.parked == {}


async def test_a_hub_that_fails_on_every_case_is_unreachable(
    world: HubeeWorld, source: HubeeSource
) -> None:
    for _ in range(4):
        world.publish()
    world.sandbox.faults.order("case.read", *[Fault.ERROR_BEFORE] * 20)
    with pytest.raises(Unreachable):
        await source.arrivals()


async def test_only_received_files_of_a_wanted_type_are_listed(
    world: HubeeWorld, source: HubeeSource
) -> None:
    world.publish(a_file(b"1"), a_file(b"2", kind="facture"), a_file(EICAR))
    (arrival,) = await source.arrivals()
    assert await fetched(source, arrival) == b"1"


async def test_a_notification_stays_until_every_file_of_its_case_is_settled(
    world: HubeeWorld,
) -> None:
    world.publish(a_file(b"1", kind="RSABEI"), a_file(b"2", kind="RSABAI"), process=RSA)
    async with world.source(RSA) as source:
        first, second = await source.arrivals()
        await source.settle(first)
        assert [a.key for a in await source.arrivals()] == [second.key]
        async with world.source(RSA) as restarted:
            assert len(await restarted.arrivals()) == 2
        await source.settle(second)
        assert world.sandbox.state().waiting_for_recipients() == 0


async def test_homonyms_in_one_case_are_two_arrivals(
    world: HubeeWorld, source: HubeeSource
) -> None:
    world.publish(a_file(b"one", "same.txt"), a_file(b"two", "same.txt"))
    first, second = await source.arrivals()
    assert first.key != second.key
    assert {await fetched(source, first), await fetched(source, second)} == {b"one", b"two"}


@pytest.mark.parametrize("times", [1, 2])
async def test_a_wrong_digest_is_tried_once_more_then_corrupt(
    world: HubeeWorld, source: HubeeSource, times: int
) -> None:
    world.publish(a_file(b"body"))
    (arrival,) = await source.arrivals()
    world.sandbox.faults.order("case.download", *[Fault.WRONG_DIGEST] * times)
    if times == 1:
        assert await fetched(source, arrival) == b"body"
        return
    into = io.BytesIO(b"kept:")
    into.seek(5)
    with pytest.raises(Corrupt):
        await source.fetch(arrival, FileSink(into), limit=LIMIT)
    assert into.getvalue() == b"kept:"


@pytest.mark.parametrize("fault", [Fault.NO_DIGEST, Fault.PREFIXED_DIGEST])
async def test_an_absent_or_prefixed_digest_is_accepted(
    world: HubeeWorld, source: HubeeSource, fault: Fault
) -> None:
    world.publish(a_file(b"body"))
    (arrival,) = await source.arrivals()
    world.sandbox.faults.order("case.download", fault)
    assert await fetched(source, arrival) == b"body"


async def test_another_size_than_announced_is_corrupt(
    world: HubeeWorld, source: HubeeSource
) -> None:
    world.publish(a_file(b"body"))
    (arrival,) = await source.arrivals()
    longer = Arrival(arrival.key, arrival.name, size=5, reference=arrival.reference)
    with pytest.raises(Corrupt):
        await fetched(source, longer)


async def test_an_unannounced_size_above_the_limit_is_stopped(
    world: HubeeWorld, source: HubeeSource
) -> None:
    world.publish(a_file(b"x" * (LIMIT + 1)))
    (arrival,) = await source.arrivals()
    silent = Arrival(arrival.key, arrival.name, reference=arrival.reference)
    into = io.BytesIO()
    with pytest.raises(TooLarge):
        await source.fetch(silent, FileSink(into), limit=LIMIT)
    assert len(into.getvalue()) <= LIMIT


async def test_a_purged_file_is_not_listed(world: HubeeWorld, source: HubeeSource) -> None:
    world.sandbox.purge(world.publish())
    assert list(await source.arrivals()) == []


async def test_a_purge_between_listing_and_fetching_is_missing(
    world: HubeeWorld, source: HubeeSource
) -> None:
    case_id = world.publish()
    (arrival,) = await source.arrivals()
    world.sandbox.purge(case_id)
    with pytest.raises(Missing):
        await fetched(source, arrival)
    await source.settle(arrival)
    assert world.sandbox.state().waiting_for_recipients() == 0


@pytest.mark.parametrize(
    "route", ["token", "queue.read", "case.read", "case.download", "queue.delete"]
)
@pytest.mark.parametrize("fault", [Fault.ERROR_BEFORE, Fault.RESET_BEFORE, Fault.HTML])
async def test_one_failure_of_a_read_or_a_deletion_is_tried_again(
    world: HubeeWorld, source: HubeeSource, route: str, fault: Fault
) -> None:
    world.publish(a_file(b"body"))
    world.sandbox.faults.order(route, fault)
    (arrival,) = await source.arrivals()
    assert await fetched(source, arrival) == b"body"
    await source.settle(arrival)
    assert world.sandbox.state().waiting_for_recipients() == 0


async def test_a_deletion_done_but_not_answered_is_a_success(
    world: HubeeWorld, source: HubeeSource
) -> None:
    world.publish()
    (arrival,) = await source.arrivals()
    world.sandbox.faults.order("queue.delete", Fault.RESET_AFTER)
    await source.settle(arrival)
    assert world.sandbox.state().waiting_for_recipients() == 0


async def test_tokens_that_end_in_the_middle_of_a_batch_are_renewed(tmp_path: Path) -> None:
    async with hubee_world(tmp_path, token_life=timedelta(seconds=0.05)) as world:
        for number in range(30):
            world.publish(a_file(str(number).encode()))
        async with world.source() as source:
            bodies = {await fetched(source, a) for a in await source.arrivals()}
    assert bodies == {str(number).encode() for number in range(30)}


async def test_a_refused_token_is_renewed_once(world: HubeeWorld, source: HubeeSource) -> None:
    world.publish()
    await source.arrivals()
    world.sandbox.end_tokens()
    assert len(await source.arrivals()) == 1


async def test_a_token_refused_twice_is_denied(world: HubeeWorld, source: HubeeSource) -> None:
    world.sandbox.faults.order("queue.read", Fault.TOKEN_REFUSED, Fault.TOKEN_REFUSED)
    with pytest.raises(Denied):
        await source.arrivals()


async def test_a_wrong_password_is_denied_at_once(world: HubeeWorld) -> None:
    async with world.source(client_secret=Secret("not the one")) as source:
        with pytest.raises(Denied) as caught:
            await source.arrivals()
    assert "not the one" not in str(caught.value)


async def test_a_wrong_address_is_denied(world: HubeeWorld) -> None:
    async with world.source(api_url=f"{world.base}/elsewhere/v1") as source:
        with pytest.raises(Denied, match="api_url"):
            await source.arrivals()


async def test_being_throttled_is_unreachable(world: HubeeWorld, source: HubeeSource) -> None:
    world.sandbox.faults.order("queue.read", *[Fault.THROTTLED] * 3)
    with pytest.raises(Unreachable):
        await source.arrivals()


async def test_another_demarche_sees_nothing_and_reaches_nothing(
    world: HubeeWorld, source: HubeeSource
) -> None:
    world.publish()
    (arrival,) = await source.arrivals()
    async with world.source(RSA) as other:
        assert list(await other.arrivals()) == []
        with pytest.raises(Denied):
            await fetched(other, arrival)
        with pytest.raises(Denied):
            await other.acknowledge(arrival, [RECEIVED])
        with pytest.raises(Denied):
            await other.settle(arrival)
    assert world.sandbox.state().waiting_for_recipients() == 1


async def test_a_demarche_known_by_its_alias_is_ours(world: HubeeWorld) -> None:
    world.publish(process="CAF-contact")
    async with world.source("CAF-contact", process_code=CONTACTS) as stranger:
        assert list(await stranger.arrivals()) == []
    known = {"process_code": CONTACTS, "aliases": ("CAF-contact",)}
    async with world.source("CAF-contact", **known) as source:
        assert len(await source.arrivals()) == 1


async def test_no_secret_no_token_no_file_name_is_logged(
    world: HubeeWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = world.settings()
    world.publish(a_file(EICAR, "DUPONT-mai.txt"), a_file(b"a body to hide", "DUPONT-juin.txt"))
    world.sandbox.faults.order("case.download", Fault.WRONG_DIGEST, Fault.WRONG_DIGEST)
    async with HubeeSource(settings) as source:
        (arrival,) = await source.arrivals()
        with pytest.raises(Corrupt) as caught:
            await fetched(source, arrival)
    said = f"{caplog.text} {settings!r} {source!r} {caught.value}"
    assert "is not there" in said
    for hidden in (settings.client_secret.reveal(), "DUPONT", "a body to hide"):
        assert hidden not in said
    assert not re.search(r"Bearer|eyJ", said)
