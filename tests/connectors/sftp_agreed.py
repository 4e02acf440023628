"""What a partner may agree to beyond the usual, run against every server: companions, folders, answers."""

import io
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from connectors.contract import Milestone, Piece, Withholding
from connectors.errors import Withheld
from connectors.sftp_settings import Ready, Settling, SftpFolders, Verify
from tests.connectors.place import NAME, fetched, only
from tests.connectors.sftp_contract import SftpPlace, delivered


def manifest(body: bytes, **more: object) -> bytes:
    """What a sender leaves beside a file to describe it."""
    told = {"sha256": sha256(body).hexdigest(), "octets": len(body), "lignes": 1, **more}
    return json.dumps(told).encode()


class AgreedContract:
    """Run on each server by a subclass that gives `opened`."""

    def opened(self, tmp_path: Path) -> AbstractAsyncContextManager[SftpPlace]:
        raise NotImplementedError

    @pytest.fixture
    async def sftp(self, tmp_path: Path) -> AsyncIterator[SftpPlace]:
        async with self.opened(tmp_path) as place:
            yield place

    async def test_what_may_not_be_moved_stays_and_is_given_once(self, sftp: SftpPlace) -> None:
        sftp.shelves.put("a.csv", b"first")
        source = sftp.source_with(settling=Settling.LEAVE, max_listed=1)
        first = await only(source)
        await source.settle(first)
        assert [p.name for p in sftp.shelves.depot.iterdir()] == ["a.csv"]
        assert list(await source.arrivals()) == []
        sftp.shelves.put("b.csv", b"second")
        assert (await only(source)).name == "b.csv"
        sftp.shelves.put("a.csv", b"another content")
        await source.settle(await only(source))
        assert len({first.key, (await only(source)).key}) == 2

    @pytest.mark.parametrize("days", [400, -4000])
    async def test_a_date_that_jumps_neither_hides_a_file_nor_holds_it(
        self, sftp: SftpPlace, days: int
    ) -> None:
        sftp.shelves.put("a.csv", b"x")
        sftp.shelves.put("b.csv", b"x")
        source = sftp.source_with(stable_seconds=0.05)
        await source.settle((await source.arrivals())[0])
        at = time.time() + days * 86400
        os.utime(sftp.shelves.depot / "b.csv", (at, at))
        arrival = await only(source)
        assert arrival.seen_at is not None
        assert arrival.seen_at <= datetime.now(UTC)
        assert await fetched(source, arrival) == b"x"

    @pytest.mark.parametrize("go", [".ok", ".go"])
    async def test_a_file_may_wait_for_its_ok(self, sftp: SftpPlace, go: str) -> None:
        sftp.shelves.put(NAME, b"body")
        source = sftp.source_with(ready=Ready.OK)
        assert list(await source.arrivals()) == []
        sftp.shelves.put(f"{NAME}{go}", b"")
        await source.settle(await only(source))
        assert {p.name for p in sftp.shelves.archive.iterdir()} == {NAME, f"{NAME}{go}"}

    async def test_a_file_may_be_described_by_its_manifest(self, sftp: SftpPlace) -> None:
        sftp.shelves.put(NAME, b"body")
        source = sftp.source_with(ready=Ready.MANIFEST)
        assert list(await source.arrivals()) == []
        sftp.shelves.put(f"{NAME}.manifeste.json", manifest(b"body"))
        arrival = await only(source)
        assert (arrival.withheld, arrival.sha256) == (None, sha256(b"body").hexdigest())
        assert await fetched(source, arrival) == b"body"
        await source.settle(arrival)
        assert {p.name for p in sftp.shelves.archive.iterdir()} == {NAME, f"{NAME}.manifeste.json"}

    async def test_bytes_that_are_not_those_of_the_manifest_are_refused_for_it(
        self, sftp: SftpPlace
    ) -> None:
        sftp.shelves.put(NAME, b"body")
        sftp.shelves.put(f"{NAME}.manifeste.json", manifest(b"bodY"))
        source = sftp.source_with(ready=Ready.MANIFEST)
        with pytest.raises(Withheld) as refused:
            await fetched(source, await only(source))
        assert refused.value.why is Withholding.MISDESCRIBED
        sftp.shelves.put(f"{NAME}.manifeste.json", manifest(b"longer"))
        assert (await only(source)).withheld is Withholding.MISDESCRIBED

    async def test_folders_are_where_the_partner_has_them(self, sftp: SftpPlace) -> None:
        (sftp.shelves.root / "in" / "deep").mkdir(parents=True)
        (sftp.shelves.root / "in" / "deep" / NAME).write_bytes(b"body")
        (sftp.shelves.root / "done").mkdir()
        folders = SftpFolders(depot="in/deep", archive="done")
        source = sftp.source_with(folders=folders)
        await source.settle(await only(source))
        assert (sftp.shelves.root / "done" / NAME).read_bytes() == b"body"

    async def test_a_place_that_is_not_read_back_is_checked_by_size(self, sftp: SftpPlace) -> None:
        await delivered(sftp, verify=Verify.SIZE)
        assert sftp.visible() == {NAME: b"x"}

    async def test_what_recipients_answer_is_heard_once(self, sftp: SftpPlace) -> None:
        prepared = await sftp.outlet.prepare([Piece(NAME, io.BytesIO(b"x"))])
        retour = sftp.shelves.root / "retour"
        for level, said in (
            ("ART", {}),
            ("ARL", {"resultat": "POSITIF"}),
            ("ARA", {"resultat": "NEGATIF"}),
        ):
            (retour / f"{NAME}.{level}.json").write_text(json.dumps({"niveau": level, **said}))
        (retour / "other.csv.ART.json").write_text('{"niveau":"ART"}')
        heard = await sftp.outlet.answers([prepared])
        assert [answer.milestone for answer in heard] == [
            Milestone.RECEIVED, Milestone.READABLE, Milestone.REFUSED,
        ]  # fmt: skip
        assert {answer.prepared for answer in heard} == {prepared}
        for answer in heard:
            await sftp.outlet.noted(answer)
            await sftp.outlet.noted(answer)
        assert list(await sftp.outlet.answers([prepared])) == []
        assert {p.name for p in retour.iterdir()} == {"other.csv.ART.json"}
        assert len(list(sftp.shelves.archive.iterdir())) == 3

    @pytest.mark.parametrize(
        "content",
        [b"", b"{", b"[" * 60_000, b'{"niveau":"ARL","resultat":"POSITIF"}', b'{"niveau":"ART"}' + b" " * 70_000,
         b'{"niveau":"ART","resultat":"autre"}', b"\xff\xfe"],
    )  # fmt: skip
    async def test_what_is_no_answer_is_left_and_counted(
        self, sftp: SftpPlace, caplog: pytest.LogCaptureFixture, content: bytes
    ) -> None:
        left = sftp.shelves.root / "retour" / f"{NAME}.ART.json"
        left.write_bytes(content)
        assert list(await sftp.outlet.answers([NAME])) == []
        assert "1 answers cannot be read" in caplog.text
        assert NAME not in caplog.text
        assert left.exists()

    async def test_a_recipient_without_a_folder_for_it_does_not_answer(
        self, sftp: SftpPlace
    ) -> None:
        (sftp.shelves.root / "retour").rmdir()
        assert list(await sftp.outlet.answers([NAME])) == []

    async def test_an_answer_written_meanwhile_is_not_put_away_for_the_one_noted(
        self, sftp: SftpPlace
    ) -> None:
        told = sftp.shelves.root / "retour" / f"{NAME}.ART.json"
        told.write_text('{"niveau":"ART"}')
        (heard,) = await sftp.outlet.answers([NAME])
        told.write_text('{"niveau":"ART", "resultat":"POSITIF"}')
        await sftp.outlet.noted(heard)
        assert told.exists()
