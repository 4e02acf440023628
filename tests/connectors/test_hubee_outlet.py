"""Publishing at HubEE keeps the promise of every outlet; one recipient is told, once, whatever fails."""

import asyncio
import io
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from connectors.contract import Answered, Piece, Withdrawable
from connectors.errors import ConnectorError, Denied, Unprepared, Unreachable
from connectors.hubee import HubeeOutlet
from connectors.sandbox.hubee import Fault, applies
from connectors.sandbox.hubee.uploads import EICAR
from tests.connectors.outlet_contract import RemoteOutletContract
from tests.connectors.place import MEBIBYTE, NAME, OutletPlace, sent
from tests.world.publisher import BODIES, PublisherWorld, pieces, publisher_world

AMBIGUOUS = [Fault.ERROR_BEFORE, Fault.ERROR_AFTER, Fault.RESET_BEFORE, Fault.RESET_AFTER]
EVERY = [*AMBIGUOUS, Fault.TOKEN_REFUSED, Fault.THROTTLED, Fault.HTML]


@dataclass
class HubeePlace:
    """A recipient at HubEE."""

    world: PublisherWorld
    outlet: HubeeOutlet
    secrets: Sequence[str]

    def visible(self) -> Mapping[str, bytes]:
        return self.world.visible()

    def leftovers(self) -> Sequence[str]:
        return self.world.drafts()

    def cut(self) -> None:
        self.world.hub.sandbox.cut()


class TestHubeeOutlet(RemoteOutletContract):
    smallest = 1

    def opened(self, tmp_path: Path) -> AbstractAsyncContextManager[OutletPlace]:
        return self._opened(tmp_path)

    @asynccontextmanager
    async def _opened(self, tmp_path: Path) -> AsyncIterator[OutletPlace]:
        async with publisher_world(tmp_path / "hub") as world:
            settings = world.settings()
            async with HubeeOutlet(settings) as outlet:
                yield HubeePlace(world, outlet, [settings.client_secret.reveal()])

    async def test_an_empty_file_is_denied_before_anything_is_asked(
        self, place: OutletPlace
    ) -> None:
        with pytest.raises(Denied, match="empty"):
            await sent(place.outlet, io.BytesIO(b""))
        assert list(place.leftovers()) == []


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[PublisherWorld]:
    async with publisher_world(tmp_path / "hub") as world:
        yield world


@pytest.fixture
async def outlet(world: PublisherWorld) -> AsyncIterator[HubeeOutlet]:
    async with world.outlet() as outlet:
        yield outlet


async def insisting(world: PublisherWorld, outlet: HubeeOutlet) -> str:
    """What the gateway does: prepare until it holds, deliver until it is told."""
    for _ in range(3):
        try:
            prepared = await outlet.prepare(pieces())
            break
        except Unreachable:
            continue
    for _ in range(3):
        try:
            await outlet.deliver(pieces(), prepared)
        except Unreachable:
            continue
        return prepared
    raise AssertionError("never delivered")


def test_the_outlet_can_take_back_and_is_answered(world: PublisherWorld) -> None:
    outlet = world.outlet()
    assert isinstance(outlet, Withdrawable)
    assert isinstance(outlet, Answered)


async def test_a_folder_is_numbered_and_declared_as_hubee_wants(
    world: PublisherWorld, outlet: HubeeOutlet
) -> None:
    prepared = await outlet.prepare(pieces())
    receipt = await outlet.deliver(pieces(), prepared)
    ((folder,), (case,)) = world.folders(), world.cases()
    assert folder.external_id.startswith("CNAF-RSABEI-")
    assert len(case.external_id) <= 30
    assert case.external_id == f"{folder.external_id}-01"
    assert [(a.type, a.mime_type) for a in folder.attachments] == [
        ("RSABEI", "application/octet-stream"),
        ("RSABAI", "x/y"),
    ]
    assert prepared.startswith(f"{folder.id}/{case.id}")
    assert receipt.location == f"hubee:{folder.id}"
    first = next(iter(BODIES.values()))
    assert (receipt.sha256, receipt.size) == (sha256(first).hexdigest(), len(first))
    assert folder.partner_info is not None


@pytest.mark.parametrize(
    ("route", "fault"),
    [
        (route, fault)
        for route in ("folder.create", "folder.upload", "folder.read", "folder.move")
        for fault in EVERY
        if applies(fault, route)
    ],
)
async def test_whatever_fails_once_one_recipient_is_told_once(
    world: PublisherWorld, outlet: HubeeOutlet, route: str, fault: Fault
) -> None:
    world.hub.sandbox.faults.order(route, fault)
    await insisting(world, outlet)
    assert len(world.new_items()) == 1
    assert world.visible() == BODIES


@pytest.mark.parametrize(
    ("route", "fault"),
    [
        (route, fault)
        for route in ("folder.upload", "folder.read", "folder.move")
        for fault in AMBIGUOUS
        if applies(fault, route)
    ],
)
async def test_whatever_fails_for_long_one_recipient_is_told_once(
    world: PublisherWorld, outlet: HubeeOutlet, route: str, fault: Fault
) -> None:
    world.hub.sandbox.faults.order(route, *[fault] * 5)
    await insisting(world, outlet)
    assert len(world.new_items()) == 1
    assert world.visible() == BODIES
    assert world.drafts() == []


async def test_a_timeout_on_completing_is_not_followed_by_another_try(
    world: PublisherWorld,
) -> None:
    async with world.outlet(read_timeout=0.05, connect_timeout=0.05) as outlet:
        prepared = await outlet.prepare(pieces())
        world.hub.sandbox.faults.order("folder.move", Fault.SILENT_AFTER)
        assert not (await outlet.deliver(pieces(), prepared)).already_there
        assert (await outlet.deliver(pieces(), prepared)).already_there
    assert len(world.new_items()) == 1


@pytest.mark.parametrize("fault", [Fault.RESET_AFTER, Fault.ERROR_AFTER])
async def test_after_a_doubt_the_folder_is_read_before_it_is_completed_again(
    world: PublisherWorld, outlet: HubeeOutlet, fault: Fault
) -> None:
    prepared = await outlet.prepare(pieces())
    world.hub.sandbox.faults.order("folder.move", fault, fault)
    await outlet.deliver(pieces(), prepared)
    assert [o.fault for o in world.hub.sandbox.faults.waiting()] == [fault]  # completed once


async def test_creating_is_not_tried_again_and_its_orphan_tells_nobody(
    world: PublisherWorld, outlet: HubeeOutlet
) -> None:
    world.hub.sandbox.faults.order("folder.create", Fault.RESET_AFTER)
    with pytest.raises(Unreachable):
        await outlet.prepare(pieces())
    assert len(world.drafts()) == 1
    assert world.new_items() == []


@pytest.mark.parametrize("route", ["folder.upload", "folder.read"])
async def test_what_cannot_be_prepared_is_cancelled(
    world: PublisherWorld, outlet: HubeeOutlet, route: str
) -> None:
    world.hub.sandbox.faults.order(route, *[Fault.ERROR_BEFORE] * 3)
    with pytest.raises(Unreachable):
        await outlet.prepare(pieces())
    assert world.folders() == []


async def test_a_preparation_cancelled_in_the_middle_of_an_upload_leaves_nothing(
    world: PublisherWorld, outlet: HubeeOutlet
) -> None:
    world.hub.sandbox.faults.order("folder.upload", Fault.SILENT_AFTER)
    preparing = asyncio.create_task(outlet.prepare(pieces()))
    while not world.folders():
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    preparing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await preparing
    assert world.folders() == []


async def test_a_virus_found_in_what_we_publish_is_denied_and_taken_back(
    world: PublisherWorld, outlet: HubeeOutlet
) -> None:
    with pytest.raises(Denied, match="antivirus"):
        await outlet.prepare(pieces({"a.gpg": b"clean", "b.gpg": EICAR}))
    assert world.folders() == []


@pytest.mark.parametrize(
    "changes", [{"recipient": ("22990000000029", "99")}, {"process_code": "GRO"}]
)
async def test_a_recipient_unknown_or_not_subscribed_is_denied_with_what_to_check(
    world: PublisherWorld, changes: dict[str, object]
) -> None:
    world.hub.sandbox.subscribe("22990000000037", "99", "GRO")
    async with world.outlet(**changes) as outlet:
        with pytest.raises(Denied, match="subscribed"):
            await outlet.prepare(pieces())


async def test_bytes_that_are_not_as_long_as_declared_are_denied(
    world: PublisherWorld, outlet: HubeeOutlet
) -> None:
    world.hub.sandbox.faults.order("folder.upload", Fault.REFUSED)
    with pytest.raises(Denied, match="as long as"):
        await outlet.prepare(pieces())
    assert world.folders() == []


async def test_a_file_no_setting_gives_a_type_is_denied(outlet: HubeeOutlet) -> None:
    with pytest.raises(Denied, match="kinds"):
        await outlet.prepare([Piece("a.pdf", io.BytesIO(b"x"))])


async def test_a_token_that_ends_during_an_upload_sends_the_bytes_again(
    world: PublisherWorld, outlet: HubeeOutlet
) -> None:
    world.hub.sandbox.faults.order("folder.upload", Fault.TOKEN_REFUSED, Fault.RESET_BEFORE)
    await outlet.deliver(pieces(), await outlet.prepare(pieces()))
    assert world.visible() == BODIES


async def test_killed_between_prepare_and_deliver_another_outlet_tells_once(
    world: PublisherWorld,
) -> None:
    async with world.outlet() as killed:
        prepared = await killed.prepare(pieces())
    async with world.outlet() as outlet:
        assert not (await outlet.deliver(pieces(), prepared)).already_there
    async with world.outlet() as another:
        assert (await another.deliver(pieces(), prepared)).already_there
    assert len(world.new_items()) == 1


async def test_what_was_deleted_since_must_be_prepared_again(
    world: PublisherWorld, outlet: HubeeOutlet
) -> None:
    prepared = await outlet.prepare(pieces())
    assert await outlet.withdraw(prepared)
    with pytest.raises(Unprepared, match="prepare again"):
        await outlet.deliver(pieces(), prepared)
    with pytest.raises(Unprepared):
        await outlet.deliver(pieces(), "prepared by another kind of outlet")
    assert world.new_items() == []


async def test_a_package_told_already_is_delivered_again_without_a_word(
    world: PublisherWorld, outlet: HubeeOutlet
) -> None:
    prepared = await outlet.prepare(pieces())
    await outlet.deliver(pieces(), prepared)
    await world.says(world.cases()[0].id, "IN_PROGRESS", "DONE")
    again = await outlet.deliver(pieces(), prepared)
    assert again.already_there
    assert len(world.new_items()) == 1


async def test_withdrawing_twice_is_once_and_too_late_is_said(
    world: PublisherWorld, outlet: HubeeOutlet
) -> None:
    first, second = await outlet.prepare(pieces()), await outlet.prepare(pieces())
    assert await outlet.withdraw(first)
    assert await outlet.withdraw(first)
    await outlet.deliver(pieces(), second)
    assert not await outlet.withdraw(second)
    assert world.visible() == BODIES


@pytest.mark.parametrize("fault", [Fault.ERROR_AFTER, Fault.RESET_AFTER, Fault.ERROR_BEFORE])
async def test_a_withdrawal_that_fails_is_tried_again(
    world: PublisherWorld, outlet: HubeeOutlet, fault: Fault
) -> None:
    prepared = await outlet.prepare(pieces())
    world.hub.sandbox.faults.order("folder.delete", fault)
    assert await outlet.withdraw(prepared)
    assert world.folders() == []


async def test_a_large_body_travels_whole(world: PublisherWorld, outlet: HubeeOutlet) -> None:
    body = {"a.gpg": os.urandom(9 * MEBIBYTE)}
    await outlet.deliver(pieces(body), await outlet.prepare(pieces(body)))
    assert world.visible() == body


@pytest.mark.parametrize(
    "changes",
    [
        {"prefix": "CNAF-RSABEI-XXX"}, {"prefix": ""}, {"prefix": "a b"}, {"kinds": ()},
        {"kinds": ((".gpg", "", "x/y"),)}, {"recipient": ("123", "08")},
        {"recipient": ("22990000000011", "")}, {"process_code": " RSA"}, {"process_code": ""},
    ],
)  # fmt: skip
async def test_settings_hubee_would_refuse_are_refused_here(
    world: PublisherWorld, changes: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        world.settings(**changes)


async def test_no_message_names_a_file_or_a_secret(world: PublisherWorld) -> None:
    secret = world.settings().client_secret.reveal()
    for route, fault in [("folder.create", Fault.REFUSED), ("folder.upload", Fault.HTML)]:
        world.hub.sandbox.faults.order(route, *[fault] * 3)
        async with world.outlet() as outlet:
            with pytest.raises(ConnectorError) as caught:
                await outlet.prepare([Piece(NAME, io.BytesIO(b"x"))])
        assert NAME not in str(caught.value)
        assert secret not in str(caught.value)
