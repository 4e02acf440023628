"""What was received and told, and could not be taken out of the queue, is not forgotten."""

from pathlib import Path

import pytest

from connectors.errors import Denied
from connectors.sandbox.hubee import Fault
from tests.world.hubee import INTEGRATED, READABLE, RECEIVED, hubee_world

NOTICES = [RECEIVED, READABLE, INTEGRATED]


async def test_a_file_is_offered_until_its_notification_could_be_deleted(tmp_path: Path) -> None:
    async with hubee_world(tmp_path) as world, world.source() as source:
        case = world.publish()
        (arrival,) = await source.arrivals()
        await source.acknowledge(arrival, NOTICES)
        world.sandbox.faults.order("queue.delete", Fault.FORBIDDEN)
        with pytest.raises(Denied):
            await source.settle(arrival)
        assert [again.key for again in await source.arrivals()] == [arrival.key]
        await source.acknowledge(arrival, NOTICES)
        await source.settle(arrival)
        assert await source.arrivals() == []
        assert world.said(case) == ["IN_PROGRESS", "DONE"]
