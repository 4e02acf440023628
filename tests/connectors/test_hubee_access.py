"""Tokens, refusals and failures of the hub, and what is never said of them."""

import io
import logging
import re
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.contract import Arrival
from connectors.errors import Corrupt, Denied, Unreachable
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


async def fetched(source: HubeeSource, arrival: Arrival) -> bytes:
    into = io.BytesIO()
    await source.fetch(arrival, FileSink(into), limit=LIMIT)
    return into.getvalue()


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
    await source.acknowledge(arrival, [RECEIVED, INTEGRATED])
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
    world.publish(a_file(b"3", "DUPONT-juillet.txt", kind="facture"))
    world.sandbox.faults.order("case.download", Fault.WRONG_DIGEST, Fault.WRONG_DIGEST)
    async with HubeeSource(settings) as source:
        (arrival,) = [a for a in await source.arrivals() if a.withheld is None]
        with pytest.raises(Corrupt) as caught:
            await fetched(source, arrival)
    said = f"{caplog.text} {settings!r} {source!r} {caught.value}"
    assert "is parked" in said
    for hidden in (settings.client_secret.reveal(), "DUPONT", "a body to hide"):
        assert hidden not in said
    assert not re.search(r"Bearer|eyJ", said)
