"""A real clamd: what it finds, what it cannot read whole, and what it does not say by default."""

import io
import os
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.antivirus import DEEP, Clamd, Version
from gateway.cli.scanner import OFF, age_warnings, examined
from gateway.delivery import Opened
from gateway.errors import Refused, Unavailable
from gateway.stages.scan import scan
from schemas.codes import Code
from tests.world.clamd import EICAR, FILE_MAX, STREAM_MAX, VIRUS, RealClamd, needs_clamd, real_clamd

pytestmark = needs_clamd
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def clamd() -> Iterator[RealClamd]:
    with real_clamd() as here:
        yield here


def zipped(body: bytes, *, locked: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", body)
    written = bytearray(out.getvalue())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        written[written.index(signature) + flags] |= locked
    return bytes(written)


def test_a_clean_file_says_what_scanned_it(clamd: RealClamd) -> None:
    assert re.fullmatch(r"ClamAV [0-9.]+", clamd.client().scan(io.BytesIO(b"MATRICULE;NIR\n")))


def test_clamd_is_spoken_to_on_a_port_as_on_a_socket(clamd: RealClamd) -> None:
    client = Clamd(("127.0.0.1", clamd.port), 20.0)
    client.ping()
    assert client.scan(io.BytesIO(os.urandom(1 << 20))) == client.version().name


@pytest.mark.parametrize(
    ("body", "code", "detail"),
    [
        (EICAR, Code.INFECTED, VIRUS),
        (zipped(EICAR), Code.INFECTED, VIRUS),
        (b"a" * (STREAM_MAX + 1), Code.NOT_SCANNED_WHOLE, "StreamMaxLength"),
        (b"a" * (STREAM_MAX * 4), Code.NOT_SCANNED_WHOLE, "StreamMaxLength"),
        (b"a" * (FILE_MAX + 1), Code.NOT_SCANNED_WHOLE, "Heuristics.Limits.Exceeded.MaxFileSize"),
        (zipped(b"a", locked=True), Code.NOT_SCANNED_WHOLE, "Heuristics.Encrypted.Zip"),
    ],
    ids=["virus", "virus-in-a-zip", "past-the-stream", "far-past", "past-a-file", "locked"],
)
def test_what_is_infected_or_not_read_whole_is_refused_by_its_code(
    clamd: RealClamd, body: bytes, code: Code, detail: str
) -> None:
    with pytest.raises(Refused) as refused:
        clamd.client().scan(io.BytesIO(body))
    assert (refused.value.code, refused.value.detail) == (code, detail)


def test_a_clamd_that_says_clean_of_what_it_did_not_read_is_not_believed() -> None:
    with real_clamd(options="") as silent:
        said, _ = silent.client()._stream(io.BytesIO(b"a" * (FILE_MAX + 1)))
        assert said == b"stream: OK"  # its default: the trap
        with pytest.raises(Unavailable, match=r"AlertExceedsMax yes.*AlertEncrypted yes"):
            silent.client().scan(io.BytesIO(b"a"))
        found = examined(silent.client()).faults
    assert [option for option in ("AlertExceedsMax", "AlertEncrypted") if option in str(found)] == [
        "AlertExceedsMax",
        "AlertEncrypted",
    ]


def test_what_it_found_clean_before_is_no_part_of_what_it_is_tried_with(
    clamd: RealClamd, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its cache of clean files hides how deep an archive is: what it holds, it does not open again.
    for depth in range(10, DEEP, 10):
        monkeypatch.setattr("gateway.antivirus.DEEP", depth)
        clamd.client().unsaid()
    monkeypatch.setattr("gateway.antivirus.DEEP", DEEP)
    assert clamd.client().unsaid() == []


def test_a_clamd_that_is_killed_is_waited_for_and_found_again() -> None:
    with real_clamd() as here:
        client = here.client()
        client.scan(io.BytesIO(b"before"))
        here.kill()
        for ask in (client.ping, lambda: client.scan(io.BytesIO(b"meanwhile"))):
            with pytest.raises(Unavailable, match="ne répond pas"):
                ask()
        assert examined(client).faults == (
            "l'antivirus ne répond pas : vérifiez que clamd tourne, et [antivirus] clamd",
        )
        here.start()
        assert client.scan(io.BytesIO(b"after"))


def test_a_stage_without_antivirus_says_so_and_with_one_says_which(
    clamd: RealClamd, tmp_path: Path
) -> None:
    (tmp_path / "clear").write_bytes(b"NIR\n")
    opened = Opened(tmp_path / "clear", "00", "")
    assert scan(opened, None).by == "off"
    assert scan(opened, clamd.client()).by == clamd.client().version().name
    (tmp_path / "clear").write_bytes(EICAR)
    with pytest.raises(Refused):
        scan(opened, clamd.client())


def test_the_doctor_says_an_antivirus_that_is_off_or_whose_signatures_are_old(
    clamd: RealClamd,
) -> None:
    assert examined(None).warnings == (OFF,)
    (unknown,) = examined(clamd.client()).warnings  # one local signature: no official number
    assert "freshclam" in unknown
    for days, old in ((1, False), (7, False), (8, True)):
        said = age_warnings(Version("ClamAV 1.4.6/27400", NOW - timedelta(days=days)), NOW)
        assert bool(said) == old
        assert old == any("plus de 7 jours" in sentence for sentence in said)
