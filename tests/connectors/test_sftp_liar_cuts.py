"""The line is cut at every packet boundary of a small transfer, in both directions, then it holds.

A pull ends whole or `Unreachable`, and what was not whole is not kept; a push leaves the whole file
under its name or nothing; running again ends right, never twice, nothing overwritten.
"""

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import pytest

from connectors.errors import Unreachable
from connectors.sftp import SftpOutlet, SftpSource
from gateway.vault import Vault, generate_identity, open_folder
from tests.connectors.place import NAME, RECEIVED, sent
from tests.world.cutter import Cutter, cutter
from tests.world.sftp_liar import Liar, liar
from tests.world.shelves import final_files, other_files

BODY = bytes(range(256)) * 4
DIGEST = sha256(BODY).hexdigest()
SSH_OPENS = 20  # packets at the least before a session is there: a smaller count counted nothing


@dataclass
class Scene:
    """An honest partner behind a line that a test may cut."""

    partner: Liar
    line: Cutter
    vault: Vault

    @property
    def source(self) -> SftpSource:
        return SftpSource(replace(self.partner.settings, port=self.line.port))

    @property
    def outlet(self) -> SftpOutlet:
        return SftpOutlet(replace(self.partner.settings, port=self.line.port))

    @property
    def where(self) -> list[str]:
        """The folders where the partner finds what it left."""
        shelves = self.partner.shelves
        return [
            folder.name
            for folder in (shelves.depot, shelves.archive)
            for path in folder.iterdir()
            if (path.name, path.read_bytes()) == (NAME, BODY)
        ]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    vault = Vault(open_folder(tmp_path / "vault"), [generate_identity().public])
    async with liar(tmp_path) as partner, cutter(partner.settings.port) as line:
        yield Scene(partner, line, vault)


async def cut_everywhere(
    scene: Scene,
    act: Callable[[], Awaitable[object]],
    check_after: Callable[[bool], Awaitable[None]],
    first: int = 0,
) -> int:
    """Act, cut after `first` packets, then one more..., until nothing is left to cut; give the last."""
    for boundary in range(first, 1000):
        scene.line.arm(boundary)
        ended = True
        try:
            await act()
        except Unreachable:
            ended = False
        assert ended or scene.line.was_cut, f"it failed without a cut, at {boundary}"
        was_cut = scene.line.was_cut
        scene.line.arm(None)
        await check_after(ended)
        if not was_cut:
            return boundary
    raise AssertionError("the transfer never ended")


async def test_a_pull_cut_at_any_packet_is_whole_or_nothing_and_ends_right_when_run_again(
    scene: Scene, record_property: Callable[[str, object], None]
) -> None:
    told: list[str] = []

    async def pull() -> None:
        source = scene.source
        async with source.connected():
            for arrival in await source.arrivals():
                async with scene.vault.receiving() as sink:
                    await source.fetch(arrival, sink, limit=len(BODY))
                    told.append((await sink.keep()).digest)
                await source.settle(arrival)

    async def check_after(ended: bool) -> None:
        assert set(told) <= {DIGEST}
        assert scene.vault.has(DIGEST) == bool(told)
        (where,) = scene.where  # never lost, never twice
        assert told or where == "depot", "it was put away before it was held"
        assert not ended or (told and where == "archive")
        await pull()
        assert scene.vault.has(DIGEST)
        assert scene.where == ["archive"]
        told.clear()
        scene.vault.delete(DIGEST)
        scene.partner.shelves.archive.joinpath(NAME).unlink()
        scene.partner.shelves.put(NAME, BODY)

    scene.partner.shelves.put(NAME, BODY)
    boundaries = await cut_everywhere(scene, pull, check_after)
    record_property("cuts", boundaries)
    assert boundaries > SSH_OPENS


async def test_a_push_cut_at_any_packet_shows_the_whole_file_or_nothing_and_never_twice(
    scene: Scene, record_property: Callable[[str, object], None]
) -> None:
    retrait = scene.partner.shelves.retrait

    async def push() -> None:
        receipt = await sent(scene.outlet, io.BytesIO(BODY))
        assert (receipt.sha256, receipt.size) == (DIGEST, len(BODY))

    async def check_after(ended: bool) -> None:
        visible = final_files(retrait)
        assert visible == {NAME: BODY} if ended else visible in ({}, {NAME: BODY})
        before = {name: (retrait / name).stat().st_ino for name in visible}
        await push()
        assert final_files(retrait) == {NAME: BODY}
        assert other_files(retrait) == []
        assert before.items() <= {NAME: (retrait / NAME).stat().st_ino}.items(), "overwritten"
        (retrait / NAME).unlink()

    boundaries = await cut_everywhere(scene, push, check_after)
    record_property("cuts", boundaries)
    assert boundaries > SSH_OPENS


async def test_an_acknowledgement_cut_at_any_packet_is_told_once_and_whole(scene: Scene) -> None:
    scene.partner.shelves.put(NAME, BODY)
    (arrival,) = await scene.source.arrivals()
    ack, (content,) = scene.partner.shelves.root / "ack", RECEIVED.files.values()

    async def tell() -> None:
        assert list(await scene.source.acknowledge(arrival, [RECEIVED])) == [arrival.key]

    async def check_after(ended: bool) -> None:
        shown = list(final_files(ack).values())
        assert shown == [content] if ended else shown in ([], [content])
        await tell()
        (told,) = ack.iterdir()
        assert told.read_bytes() == content
        told.unlink()

    scene.line.arm(None)
    async with scene.source.connected():
        opened = scene.line.passed  # before that, it is the beginning of a pull
    boundaries = await cut_everywhere(scene, tell, check_after, first=opened)
    assert boundaries > opened > SSH_OPENS
