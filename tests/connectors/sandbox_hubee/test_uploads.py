"""What becomes of uploaded bytes, and which may replace which."""

import hashlib
import zipfile
from base64 import b64encode
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sandbox.hubee.uploads import EICAR
from connectors.sandbox.hubee.weighing import is_plausible
from tests.world.sides import Sides, a_file

XML = "application/xml"


def an_archive() -> bytes:
    into = BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        archive.writestr("a.xml", "<a/>")
    return into.getvalue()


@pytest.mark.parametrize(
    ("mime", "body", "status"),
    [
        (XML, b"<Racine/>", "RECEIVED"),
        (XML, b"\xef\xbb\xbf\r\n <Racine/>", "RECEIVED"),
        (XML, "<Racine/>".encode("utf-16"), "RECEIVED"),
        (XML, b"MATRICULE;NIR", "REJECTED"),
        ("text/xml; charset=utf-8", an_archive(), "REJECTED"),
        ("application/zip", an_archive(), "RECEIVED"),
        ("application/zip", b"<Racine/>", "REJECTED"),
        ("application/pdf", b"%PDF-1.7", "RECEIVED"),
        ("application/pdf", b"<html>", "REJECTED"),
        ("text/plain", b"MATRICULE;NIR", "RECEIVED"),
        ("text/plain", b"\x85\x01\x00sealed", "RECEIVED"),
        ("text/plain", an_archive(), "REJECTED"),
        ("image/x-unheard-of", b"anything", "RECEIVED"),
        pytest.param(XML, EICAR, "CORRUPTED", id="virus"),
    ],
)
async def test_the_declared_nature_is_checked_where_bytes_can_tell(
    sides: Sides, mime: str, body: bytes, status: str
) -> None:
    folder = await sides.declare(a_file(body, mimeType=mime))
    assert (await folder.upload(body))[0] == 204
    assert await folder.statuses() == [status]


@given(st.binary(max_size=64))
def test_an_unknown_type_is_never_refused_for_its_nature(head: bytes) -> None:
    assert is_plausible("application/octet-stream", head)
    assert is_plausible("text/csv", head) or head.startswith((b"PK", b"%PDF-"))


@pytest.mark.parametrize(("right", "status"), [(True, "RECEIVED"), (False, "REJECTED")])
async def test_an_announced_digest_is_checked(sides: Sides, right: bool, status: str) -> None:
    folder = await sides.declare()
    digest = b64encode(hashlib.sha256(b"body" if right else b"else").digest()).decode()
    assert (await folder.upload(headers={"digest": digest}))[0] == 204
    assert await folder.statuses() == [status]


async def test_until_it_is_sent_the_last_upload_counts(sides: Sides) -> None:
    folder = await sides.declare()
    for body, status in ((b"1111", 204), (b"short", 400), (b"2222", 204)):
        assert (await folder.upload(body))[0] == status
        assert await folder.statuses() == ["RECEIVED" if status == 204 else "REJECTED"]
    await folder.settle()
    assert await sides.us.get(folder.download()) == b"2222"


async def test_once_sent_a_retry_is_welcome_and_other_bytes_are_not(sides: Sides) -> None:
    folder = await sides.publish(b"1111")
    assert (await folder.upload(b"1111"))[0] == 204
    assert (await folder.upload(b"2222"))[0] == 400
    assert (await folder.upload(b"short"))[0] == 400
    assert await folder.statuses() == ["RECEIVED"]
    assert await sides.us.get(folder.download()) == b"1111"


async def test_a_folder_is_completed_whatever_the_state_of_its_files(sides: Sides) -> None:
    virus = b"x" * 10 + EICAR
    folder = await sides.declare(
        a_file(), a_file(virus), a_file(b"<x/>", mimeType="application/pdf")
    )
    await folder.upload(virus, 1)
    await folder.upload(b"<x/>", 2)
    assert await folder.statuses() == ["PENDING", "CORRUPTED", "REJECTED"]
    assert (await folder.settle())[0] == 204
    assert len(await sides.us.queue()) == 1
    for which in range(3):
        assert (await sides.us.ask("GET", folder.download(which)))[0] == 404
    assert (await folder.upload(b"body"))[0] == 204
    assert await sides.us.get(folder.download()) == b"body"


async def test_what_was_erased_does_not_come_back(sides: Sides) -> None:
    folder = await sides.publish()
    sides.sandbox.purge(folder.case_id)
    assert (await folder.upload())[0] == 404
    assert await folder.statuses() == ["DELETED"]
