"""What SFTP adds to the promise, run against every SFTP server we have: pins, keys, folders, dates."""

import asyncio
import io
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import pytest

from connectors.contract import Source
from connectors.errors import Corrupt, Denied, HostKeyChanged, Unreachable
from connectors.host_keys import fingerprint_of
from connectors.sftp import SftpOutlet, SftpSource
from connectors.sftp_settings import Settling, SftpSettings, Verify
from connectors.sink import FileSink
from connectors.ssh_identity import offered_host_key
from tests.connectors.contract import RemoteSourceContract
from tests.connectors.outlet_contract import RemoteOutletContract, RetractableContract, kept
from tests.connectors.place import (
    NAME,
    RECEIVED,
    SourcePlace,
    Watched,
    cancel_this_task,
    fetched,
    only,
    sent,
)
from tests.world.shelves import PARTIAL_NAMES, Shelves, final_files, other_files
from tests.world.sshd import made_key


@dataclass(frozen=True)
class SftpPlace:
    """An SFTP partner whose folders stand on this disk."""

    shelves: Shelves
    settings: SftpSettings
    cut: Callable[[], None]

    @property
    def source(self) -> SftpSource:
        return SftpSource(self.settings)

    @property
    def outlet(self) -> SftpOutlet:
        return SftpOutlet(self.settings)

    @property
    def secrets(self) -> Sequence[str]:
        return [
            *self.settings.client_key_path.read_text().splitlines(),
            str(self.settings.client_key_path),
        ]

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

    def source_with(self, **changes: object) -> SftpSource:
        return SftpSource(replace(self.settings, **changes))  # type: ignore[arg-type]  # test variations


async def delivered(place: SftpPlace, **changes: object) -> None:
    outlet = SftpOutlet(replace(place.settings, **changes))  # type: ignore[arg-type]  # test variations
    await sent(outlet, io.BytesIO(b"x"))


class SftpSourceContract(RemoteSourceContract):
    """Run on each server by a subclass that gives `opened`."""

    partial_names = PARTIAL_NAMES

    @pytest.fixture
    async def sftp(self, place: SourcePlace) -> AsyncIterator[SftpPlace]:
        assert isinstance(place, SftpPlace)
        yield place

    async def test_a_host_with_another_key_is_denied(self, sftp: SftpPlace, tmp_path: Path) -> None:
        source = sftp.source_with(host_keys=(made_key(tmp_path / "other"),))
        with pytest.raises(HostKeyChanged, match="host key is not the pinned one") as changed:
            await source.arrivals()
        assert changed.value.fingerprint == fingerprint_of(sftp.settings.host_keys[0])
        assert changed.value.fingerprint not in str(changed.value)

    async def test_a_host_that_changed_its_kind_of_key_is_known_as_changed(
        self, sftp: SftpPlace, tmp_path: Path
    ) -> None:
        source = sftp.source_with(host_keys=(made_key(tmp_path / "other", "ecdsa"),))
        with pytest.raises(HostKeyChanged):
            await source.arrivals()

    async def test_what_a_host_offers_can_be_compared_before_it_is_pinned(
        self, sftp: SftpPlace
    ) -> None:
        line, fingerprint = await offered_host_key("127.0.0.1", sftp.settings.port)
        (pinned,) = sftp.settings.host_keys
        assert line.split() == pinned.split()[:2]
        assert fingerprint == fingerprint_of(pinned)

    async def test_one_good_pin_among_several_is_enough(
        self, sftp: SftpPlace, tmp_path: Path
    ) -> None:
        pins = (made_key(tmp_path / "next"), *sftp.settings.host_keys)
        assert list(await sftp.source_with(host_keys=pins).arrivals()) == []

    async def test_a_client_key_that_is_not_authorised_is_denied(
        self, sftp: SftpPlace, tmp_path: Path
    ) -> None:
        made_key(tmp_path / "stranger")
        with pytest.raises(Denied, match="our key is refused"):
            await sftp.source_with(client_key_path=tmp_path / "stranger").arrivals()

    async def test_an_unknown_account_is_denied(self, sftp: SftpPlace) -> None:
        with pytest.raises(Denied):
            await sftp.source_with(username="nobody_here").arrivals()

    @pytest.mark.parametrize("content", [None, b"", b"not a key"])
    async def test_a_client_key_that_cannot_be_read_is_denied(
        self, sftp: SftpPlace, tmp_path: Path, content: bytes | None
    ) -> None:
        if content is not None:
            (tmp_path / "broken").write_bytes(content)
        with pytest.raises(Denied, match="cannot be read"):
            await sftp.source_with(client_key_path=tmp_path / "broken").arrivals()

    async def test_a_client_key_open_to_others_is_not_used(self, sftp: SftpPlace) -> None:
        sftp.settings.client_key_path.chmod(0o640)
        with pytest.raises(Denied, match="chmod 600"):
            await sftp.source.arrivals()

    async def test_links_and_folders_are_not_deliveries(self, sftp: SftpPlace) -> None:
        (sftp.shelves.depot / "link.csv").symlink_to("/etc/hostname")
        (sftp.shelves.depot / "folder.csv").mkdir()
        assert list(await sftp.source.arrivals()) == []

    async def test_a_name_that_is_not_utf_8_travels_like_any_other(self, sftp: SftpPlace) -> None:
        name = b"d\xe9p\xf4t.csv"
        (sftp.shelves.depot / os.fsdecode(name)).write_bytes(b"body")
        arrival = await only(sftp.source)
        assert arrival.name == r"d\xe9p\xf4t.csv"
        assert await fetched(sftp.source, arrival) == b"body"
        await sftp.source.settle(arrival)
        assert [p.name for p in sftp.shelves.archive.iterdir()] == [arrival.key]

    async def test_the_oldest_come_first_and_no_more_than_asked(self, sftp: SftpPlace) -> None:
        for age, name in enumerate(["c.csv", "a.csv", "b.csv"]):
            sftp.shelves.put(name, b"x")
            os.utime(sftp.shelves.depot / name, (1000 - age, 1000 - age))
        found = await sftp.source_with(max_listed=2).arrivals()
        assert [a.name for a in found] == ["b.csv", "a.csv"]

    async def test_a_depot_that_overflows_says_so(self, sftp: SftpPlace) -> None:
        for number in range(11):
            sftp.shelves.put(f"{number}.csv", b"x")
        with pytest.raises(Denied, match="overflows"):
            await sftp.source_with(max_listed=1).arrivals()

    async def test_a_file_that_still_grows_is_not_listed(self, sftp: SftpPlace) -> None:
        sftp.shelves.put("still.csv", b"x")
        sftp.shelves.put("grows.csv", b"x")
        source = sftp.source_with(stable_seconds=0.5)
        async with source.connected():
            listing = asyncio.create_task(source.arrivals())
            await asyncio.sleep(0.25)
            with (sftp.shelves.depot / "grows.csv").open("ab") as file:
                file.write(b"more")
            found = await listing
        assert [a.name for a in found] == ["still.csv"]

    async def test_a_file_of_the_same_size_but_another_date_has_another_key(
        self, sftp: SftpPlace
    ) -> None:
        sftp.shelves.put(NAME, b"one")
        first = await only(sftp.source)
        os.utime(sftp.shelves.depot / NAME, (1, 1))
        assert (await only(sftp.source)).key != first.key

    async def test_an_announced_digest_is_verified_and_filed_with_the_file(
        self, sftp: SftpPlace
    ) -> None:
        sftp.shelves.put(NAME, b"body")
        sftp.shelves.put(f"{NAME}.sha256", f"{sha256(b'body').hexdigest()}  {NAME}\n".encode())
        arrival = await only(sftp.source)
        assert arrival.sha256 == sha256(b"body").hexdigest()
        assert await fetched(sftp.source, arrival) == b"body"
        await sftp.source.settle(arrival)
        assert {p.name for p in sftp.shelves.archive.iterdir()} == {NAME, f"{NAME}.sha256"}
        assert list(sftp.shelves.depot.iterdir()) == []

    async def test_bytes_that_are_not_those_of_the_announced_digest_are_corrupt(
        self, sftp: SftpPlace
    ) -> None:
        sftp.shelves.put(NAME, b"body")
        sftp.shelves.put(f"{NAME}.sha256", sha256(b"other").hexdigest().encode())
        with pytest.raises(Corrupt):
            await fetched(sftp.source, await only(sftp.source))

    async def test_an_archived_name_is_not_overwritten(self, sftp: SftpPlace) -> None:
        for body in (b"first", b"second!"):
            sftp.shelves.put(NAME, body)
            await sftp.source.settle(await only(sftp.source))
        assert sorted(p.read_bytes() for p in sftp.shelves.archive.iterdir()) == [
            b"first",
            b"second!",
        ]

    async def test_settling_by_deletion_leaves_no_copy(self, sftp: SftpPlace) -> None:
        sftp.shelves.put(NAME, b"body")
        sftp.shelves.put(f"{NAME}.ok", b"")
        source = sftp.source_with(settling=Settling.DELETE)
        arrival = await only(source)
        await source.settle(arrival)
        await source.settle(arrival)
        assert list(sftp.shelves.depot.iterdir()) == list(sftp.shelves.archive.iterdir()) == []

    async def test_an_acknowledgement_that_changes_is_replaced(self, sftp: SftpPlace) -> None:
        sftp.shelves.put(NAME, b"body")
        arrival = await only(sftp.source)
        await sftp.source.acknowledge(arrival, [RECEIVED])
        await sftp.source.acknowledge(
            arrival, [replace(RECEIVED, files={"ART.json": b"longer than before"})]
        )
        (told,) = (sftp.shelves.root / "ack").iterdir()
        assert (told.name, told.read_bytes()) == (f"{NAME}.ART.json", b"longer than before")

    @pytest.mark.parametrize("folder", ["depot", "archive", "ack"])
    async def test_a_folder_missing_at_the_partner_is_denied(
        self, sftp: SftpPlace, folder: str
    ) -> None:
        sftp.shelves.put(NAME, b"body")
        arrival = await only(sftp.source)
        (sftp.shelves.root / folder).rename(sftp.shelves.root / "elsewhere")
        verb = {"depot": Source.arrivals, "archive": Source.settle, "ack": Source.acknowledge}[
            folder
        ]
        arguments = {"depot": (), "archive": (arrival,), "ack": (arrival, [RECEIVED])}[folder]
        with pytest.raises(Denied):
            await getattr(sftp.source, verb.__name__)(*arguments)

    async def test_a_series_of_verbs_can_share_a_connection(self, sftp: SftpPlace) -> None:
        names = [f"{number:02}.csv" for number in range(30)]
        for name in names:
            sftp.shelves.put(name, name.encode())
        source = sftp.source
        async with source.connected():
            arrivals = await source.arrivals()
            bodies = await asyncio.gather(*(fetched(source, arrival) for arrival in arrivals))
            for arrival in arrivals:
                await source.settle(arrival)
            sftp.cut()
            with pytest.raises(Unreachable):
                await source.arrivals()
        assert sorted(bodies) == [name.encode() for name in names]

    async def test_a_fetch_cancelled_in_a_series_leaves_the_others(self, sftp: SftpPlace) -> None:
        for name in ("a.csv", "b.csv"):
            sftp.shelves.put(name, os.urandom(self.large))
        source = sftp.source
        async with source.connected():
            first, second = await source.arrivals()
            into = FileSink(Watched(b"", cancel_this_task))
            cancelled = asyncio.create_task(source.fetch(first, into, limit=self.large))
            other = asyncio.create_task(fetched(source, second))
            with pytest.raises(asyncio.CancelledError):
                await cancelled
            assert len(await other) == len(await fetched(source, first)) == self.large

    async def test_a_failure_of_our_own_disk_is_not_the_partner_s(self, sftp: SftpPlace) -> None:
        sftp.shelves.put(NAME, b"x" * 100_000)
        arrival = await only(sftp.source)
        with (
            Path("/dev/full").open("wb", buffering=0) as full,
            pytest.raises(OSError, match="No space"),
        ):
            await sftp.source.fetch(arrival, FileSink(full), limit=100_000)


class SftpOutletContract(RemoteOutletContract, RetractableContract):
    """Run on each server by a subclass that gives `opened`."""

    async def test_what_a_cut_delivery_left_half_sent_is_taken_back(self, place: SftpPlace) -> None:
        (place.shelves.retrait / f"{NAME}.part").write_bytes(b"half")
        assert list(await place.outlet.retract([kept(NAME, b"body")])) == []
        assert list(place.leftovers()) == []

    async def test_a_recipient_that_lets_nobody_read_is_compared_by_size(
        self, place: SftpPlace
    ) -> None:
        await sent(place.outlet, io.BytesIO(b"x"))
        outlet = SftpOutlet(replace(place.settings, verify=Verify.SIZE))
        assert list(await outlet.retract([kept(NAME, b"longer")])) == []
        assert list(await outlet.retract([kept(NAME, b"y")])) == [NAME]

    async def test_nothing_is_said_taken_back_of_a_place_that_does_not_answer(
        self, place: SftpPlace
    ) -> None:
        await sent(place.outlet, io.BytesIO(b"x"))
        place.cut()
        with pytest.raises(Unreachable):
            await place.outlet.retract([kept(NAME, b"x")])

    async def test_a_series_of_deliveries_can_share_a_connection(self, place: SftpPlace) -> None:
        outlet = place.outlet
        async with outlet.connected():
            for name in ("a.csv", "b.csv"):
                await sent(outlet, io.BytesIO(name.encode()), name)
        assert place.visible() == {"a.csv": b"a.csv", "b.csv": b"b.csv"}

    async def test_what_a_killed_delivery_left_is_written_over(self, place: SftpPlace) -> None:
        (place.shelves.retrait / f"{NAME}.part").write_bytes(b"left by a killed run, longer")
        await sent(place.outlet, io.BytesIO(b"whole"))
        assert place.visible() == {NAME: b"whole"}
        assert list(place.leftovers()) == []

    async def test_a_pick_up_folder_missing_at_the_recipient_is_denied(
        self, place: SftpPlace
    ) -> None:
        place.shelves.retrait.rename(place.shelves.root / "elsewhere")
        with pytest.raises(Denied):
            await delivered(place)

    async def test_a_link_standing_under_the_name_is_denied(self, place: SftpPlace) -> None:
        (place.shelves.root / "outside").write_bytes(b"x")
        (place.shelves.retrait / NAME).symlink_to(place.shelves.root / "outside")
        with pytest.raises(Denied):
            await delivered(place)

    async def test_a_host_with_another_key_receives_nothing(
        self, place: SftpPlace, tmp_path: Path
    ) -> None:
        with pytest.raises(Denied):
            await delivered(place, host_keys=(made_key(tmp_path / "other"),))
        assert place.visible() == {}
