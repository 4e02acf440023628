"""The folder keeps the promise of every place, and a few of its own."""

import io
import os
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Arrival, Milestone, Piece, Withholding
from connectors.depot import Ready, announced_digest, arrival_key, is_component, shelf_name
from connectors.errors import Corrupt, Denied, TooLarge, Unreachable, Withheld
from connectors.folder import FolderOutlet, FolderSource
from connectors.sink import FileSink
from tests.connectors.contract import SourceContract
from tests.connectors.outlet_contract import RetractableContract, kept
from tests.connectors.place import NAME, RECEIVED, fetched, only, sent
from tests.connectors.sftp_agreed import manifest
from tests.world.shelves import PARTIAL_NAMES, Shelves, final_files, other_files


@dataclass(frozen=True)
class FolderPlace:
    """A folder partner on this disk."""

    shelves: Shelves
    secrets: Sequence[str] = ()

    @property
    def source(self) -> FolderSource:
        return FolderSource(self.shelves.root, "cnaf")

    @property
    def outlet(self) -> FolderOutlet:
        return FolderOutlet(self.shelves.retrait, "cnaf")

    async def put(self, name: str, body: bytes) -> None:
        self.shelves.put(name, body)

    async def lose(self, name: str) -> None:
        self.shelves.lose(name)

    def told(self) -> Sequence[str]:
        return self.shelves.told()

    def visible(self) -> Mapping[str, bytes]:
        return final_files(self.shelves.retrait)

    def leftovers(self) -> Sequence[str]:
        return other_files(self.shelves.retrait)

    def cut(self) -> None:
        self.shelves.root.rename(self.shelves.root.with_name("unmounted"))


@asynccontextmanager
async def folder_place(tmp_path: Path) -> AsyncIterator[FolderPlace]:
    yield FolderPlace(Shelves.made_under(tmp_path / "partner"))


@pytest.fixture
def place(tmp_path: Path) -> FolderPlace:
    return FolderPlace(Shelves.made_under(tmp_path / "partner"))


class TestFolderSource(SourceContract):
    partial_names = PARTIAL_NAMES
    opened = staticmethod(folder_place)


class TestFolderOutlet(RetractableContract):
    opened = staticmethod(folder_place)


async def test_what_a_killed_delivery_left_half_written_is_taken_back(place: FolderPlace) -> None:
    (place.shelves.retrait / f".{NAME}.0a0b0c0d.part").write_bytes(b"half")
    assert list(await place.outlet.retract([kept(NAME, b"body")])) == []
    assert list(place.leftovers()) == []


async def test_a_link_under_a_name_of_ours_is_not_taken_back(place: FolderPlace) -> None:
    (place.shelves.root / "outside").write_bytes(b"same")
    (place.shelves.retrait / NAME).symlink_to(place.shelves.root / "outside")
    assert list(await place.outlet.retract([kept(NAME, b"same")])) == []
    assert (place.shelves.root / "outside").read_bytes() == b"same"


async def test_links_folders_and_pipes_are_not_deliveries(place: FolderPlace) -> None:
    depot = place.shelves.depot
    (depot / "link.csv").symlink_to("/etc/hostname")
    (depot / "folder.csv").mkdir()
    os.mkfifo(depot / "pipe.csv")
    assert list(await place.source.arrivals()) == []


async def test_a_file_turned_into_a_link_is_not_followed(place: FolderPlace) -> None:
    place.shelves.put(NAME, b"x" * 5)
    arrival = await only(place.source)
    place.shelves.lose(NAME)
    (place.shelves.root / "outside").write_bytes(b"other")
    (place.shelves.depot / NAME).symlink_to(place.shelves.root / "outside")
    with pytest.raises(Unreachable):
        await fetched(place.source, arrival)


async def test_the_oldest_comes_first(place: FolderPlace) -> None:
    for age, name in enumerate(["c.csv", "a.csv", "b.csv"]):
        place.shelves.put(name, b"x")
        os.utime(place.shelves.depot / name, (1000 - age, 1000 - age))
    assert [a.name for a in await place.source.arrivals()] == ["b.csv", "a.csv", "c.csv"]


async def test_same_size_and_name_but_written_later_has_another_key(place: FolderPlace) -> None:
    place.shelves.put(NAME, b"one")
    first = await only(place.source)
    place.shelves.put(NAME, b"two")
    assert (await only(place.source)).key != first.key


async def test_an_archived_name_is_not_overwritten(place: FolderPlace) -> None:
    for body in (b"first", b"second!"):
        place.shelves.put(NAME, body)
        await place.source.settle(await only(place.source))
    assert sorted(p.read_bytes() for p in place.shelves.archive.iterdir()) == [b"first", b"second!"]


async def test_a_settle_interrupted_between_its_two_names_is_finished(place: FolderPlace) -> None:
    place.shelves.put(NAME, b"body")
    arrival = await only(place.source)
    os.link(place.shelves.depot / NAME, place.shelves.archive / NAME)
    await place.source.settle(arrival)
    assert [p.name for p in place.shelves.archive.iterdir()] == [NAME]
    assert list(await place.source.arrivals()) == []


async def test_an_announced_digest_is_verified_and_filed_with_the_file(place: FolderPlace) -> None:
    place.shelves.put(NAME, b"body")
    place.shelves.put(f"{NAME}.sha256", f"{sha256(b'body').hexdigest()}  {NAME}\n".encode())
    arrival = await only(place.source)
    assert arrival.sha256 == sha256(b"body").hexdigest()
    assert await fetched(place.source, arrival) == b"body"
    await place.source.settle(arrival)
    assert {p.name for p in place.shelves.archive.iterdir()} == {NAME, f"{NAME}.sha256"}


async def test_bytes_that_are_not_those_of_the_announced_digest_are_corrupt(
    place: FolderPlace,
) -> None:
    place.shelves.put(NAME, b"body")
    place.shelves.put(f"{NAME}.sha256", sha256(b"other").hexdigest().encode())
    with pytest.raises(Corrupt):
        await fetched(place.source, await only(place.source))


async def test_a_folder_that_is_not_mounted_is_unreachable(place: FolderPlace) -> None:
    place.shelves.put(NAME, b"body")
    arrival = await only(place.source)
    place.cut()
    with pytest.raises(Unreachable):
        await place.source.arrivals()
    with pytest.raises(Unreachable):
        await place.source.acknowledge(arrival, [RECEIVED])
    with pytest.raises(Unreachable):
        await sent(place.outlet, io.BytesIO(b"x"), "a.csv")


async def test_an_error_never_prints_the_name_of_the_file(place: FolderPlace) -> None:
    place.shelves.put(NAME, b"body")
    arrival = await only(place.source)
    place.shelves.lose(NAME)
    with pytest.raises(Exception, match="not there") as caught:
        await fetched(place.source, arrival)
    assert NAME not in f"{caught.value} {caught.value.__cause__}"


async def test_a_link_standing_under_the_name_is_denied(place: FolderPlace) -> None:
    (place.shelves.root / "outside").write_bytes(b"same")
    (place.shelves.retrait / NAME).symlink_to(place.shelves.root / "outside")
    with pytest.raises(Denied):
        await sent(place.outlet, io.BytesIO(b"same"))


@pytest.mark.parametrize("name", ["../up", "a/b", "..", ""])
async def test_a_reference_that_is_not_one_name_is_refused(place: FolderPlace, name: str) -> None:
    forged = Arrival("k", "n", 1, reference={"name": name, "mtime_ns": "0", "inode": "0"})
    with pytest.raises(ValueError, match="single name"):
        await place.source.settle(forged)


@pytest.mark.parametrize("companion", [".ok", ".go"])
async def test_a_file_may_wait_for_its_ok(place: FolderPlace, companion: str) -> None:
    source = replace(place.source, ready=Ready.OK)
    place.shelves.put(NAME, b"body")
    assert list(await source.arrivals()) == []
    place.shelves.put(f"{NAME}{companion}", b"")
    await source.settle(await only(source))
    assert {p.name for p in place.shelves.archive.iterdir()} == {NAME, f"{NAME}{companion}"}


async def test_a_file_may_be_described_by_its_manifest(place: FolderPlace) -> None:
    source = replace(place.source, ready=Ready.MANIFEST)
    place.shelves.put(NAME, b"body")
    assert list(await source.arrivals()) == []
    told = place.shelves.depot / f"{NAME}.manifeste.json"
    told.write_bytes(manifest(b"bodY"))
    wrong = await only(source)
    with pytest.raises(Withheld) as refused:
        await fetched(source, wrong)
    assert refused.value.why is Withholding.MISDESCRIBED
    told.write_bytes(manifest(b"longer"))
    assert (await only(source)).withheld is Withholding.MISDESCRIBED
    told.write_bytes(manifest(b"body"))
    right = await only(source)
    assert right.key != wrong.key
    assert await fetched(source, right) == b"body"
    await source.settle(right)
    assert {p.name for p in place.shelves.archive.iterdir()} == {NAME, told.name}


@pytest.mark.parametrize("at", [-(2**40), 2**40])
async def test_a_date_out_of_reason_neither_hides_a_file_nor_the_others(
    place: FolderPlace, at: int
) -> None:
    place.shelves.put("a.csv", b"x")
    place.shelves.put("b.csv", b"x")
    os.utime(place.shelves.depot / "b.csv", (at, at))
    found = await place.source.arrivals()
    assert {a.name for a in found} == {"a.csv", "b.csv"}
    assert all(a.seen_at is None or a.seen_at <= datetime.now(UTC) for a in found)


async def test_what_a_recipient_answers_is_heard_once(place: FolderPlace) -> None:
    pieces = [Piece(NAME, io.BytesIO(b"x")), Piece(f"{NAME}.json", io.BytesIO(b"{}"))]
    prepared = await place.outlet.prepare(pieces)
    assert list(await place.outlet.answers([prepared])) == []
    retour = place.shelves.retrait / "retour"
    retour.mkdir()
    (retour / f"{NAME}.ARL.json").write_text('{"niveau":"ARL","resultat":"NEGATIF"}')
    (retour / f"{NAME}.ART.json").write_text('{"niveau":"ART"}')
    (retour / f"{NAME}.ARA.json").symlink_to(retour / f"{NAME}.ART.json")
    heard = await place.outlet.answers([prepared])
    assert [answer.milestone for answer in heard] == [Milestone.UNREADABLE, Milestone.RECEIVED]
    for answer in heard:
        await place.outlet.noted(answer)
        await place.outlet.noted(answer)
    assert list(await place.outlet.answers([prepared])) == []
    archived = {p.name for p in (place.shelves.retrait / "archive").iterdir()}
    assert archived == {f"{NAME}.ARL.json", f"{NAME}.ART.json"}


@given(body=st.binary(max_size=3000), limit=st.integers(0, 3000))
async def test_what_is_fetched_is_whole_or_nothing_above_the_limit(body: bytes, limit: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = FolderPlace(Shelves.made_under(Path(folder) / "partner"))
        place.shelves.put(NAME, body)
        into = io.BytesIO()
        try:
            await place.source.fetch(await only(place.source), FileSink(into), limit=limit)
        except TooLarge:
            assert len(body) > limit >= len(into.getvalue())
        else:
            assert into.getvalue() == body


@given(name=st.binary(max_size=300))
def test_a_shelf_name_is_always_one_safe_component(name: bytes) -> None:
    shelf = shelf_name(name, "0f" * 32)
    assert is_component(shelf)
    assert b"\\" not in shelf
    assert shelf.decode().isprintable()
    assert len(shelf) < 200


@given(facts=st.lists(st.text("ab1", max_size=3), min_size=2, max_size=4))
def test_facts_do_not_run_into_one_another_in_a_key(facts: list[str]) -> None:
    joined = [facts[0] + facts[1], *facts[2:]]
    assert arrival_key(*facts) != arrival_key(*joined)


def test_a_companion_says_a_digest_in_the_gnu_form_or_nothing() -> None:
    digest = sha256(b"x").hexdigest()
    assert announced_digest(f"{digest.upper()} *name".encode()) == digest
    assert announced_digest(digest[:-1].encode()) is None
    assert announced_digest(digest.encode() + b"0") is None
    assert announced_digest(b"") is None
