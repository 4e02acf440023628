"""Notifications that carry no file are cleared by `tidy`, and nothing else is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors.hubee import HubeeSource
from tests.world.hubee import RECEIVED, HubeeWorld, as_publisher, hubee_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[HubeeWorld]:
    async with hubee_world(tmp_path / "hub") as world:
        yield world


@pytest.fixture
async def source(world: HubeeWorld) -> AsyncIterator[HubeeSource]:
    async with world.source() as source:
        yield source


async def test_tidy_clears_what_carries_no_file(world: HubeeWorld, source: HubeeSource) -> None:
    case_id = world.publish()
    (arrival,) = await source.arrivals()
    await source.acknowledge(arrival, [RECEIVED])
    (event,) = world.case(case_id).events
    path = f"/teledossiers/v1/cases/{case_id}/events"
    said = {"actionType": "SENDING_MESSAGE", "notification": True, "message": "bien reçu"}
    async with as_publisher(world) as publisher:
        async with publisher.patch(f"{path}/{event.id}", json={"status": "RECEIVED"}) as answer:
            assert answer.status == 204
        async with publisher.post(path, json=said) as answer:
            assert answer.status == 201
    assert len(await source.arrivals()) == 1
    assert world.sandbox.state().waiting_for_recipients() == 3
    assert await source.tidy() == 2
    assert world.case(case_id).events[1].status == "RECEIVED"
    assert world.sandbox.state().waiting_for_recipients() == 1
    assert await source.tidy() == 0


async def test_tidy_leaves_files_deposited_on_an_old_case(
    world: HubeeWorld, source: HubeeSource
) -> None:
    case_id = world.publish()
    (arrival,) = await source.arrivals()
    await source.settle(arrival)
    path = f"/teledossiers/v1/cases/{case_id}/events"
    declared = {"fileName": "f.txt", "type": "t", "size": 3, "mimeType": "text/plain"}
    said = {"actionType": "ATTACH_DEPOSIT", "notification": True, "attachments": [declared]}
    async with as_publisher(world) as publisher:
        async with publisher.post(path, json=said) as answer:
            event = await answer.json()
        file_path = f"{path}/{event['id']}/attachments/{event['attachments'][0]['id']}"
        async with publisher.put(file_path, data=b"new") as answer:
            assert answer.status == 204
        async with publisher.patch(f"{path}/{event['id']}", json={"status": "SENT"}) as answer:
            assert answer.status == 204
    assert await source.tidy() == 0
    assert world.sandbox.state().waiting_for_recipients() == 1
