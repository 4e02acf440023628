"""An archive inside what was opened is refused by its first bytes; no file of a flow looks like one."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import Refused
from gateway.stages.nested import refuse_nested
from schemas.codes import Code
from tests.world.openpgp import Partner, literal, packet, partial_packet

ROWS = "NOM;PRÉNOM\nDURAND-TEST;ANNE\n".encode() * 40


def verdict(tmp_path: Path, content: bytes) -> Code | None:
    path = tmp_path / "clear"
    path.write_bytes(content)
    try:
        refuse_nested(path)
    except Refused as refused:
        return refused.code
    return None


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("rows.csv", ROWS)
    return out.getvalue()


def tarred(form: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        entry = tarfile.TarInfo("rows.csv")
        entry.size = len(ROWS)
        archive.addfile(entry, io.BytesIO(ROWS))
    return out.getvalue()


def old_tar() -> bytes:
    """As before POSIX: no mark, the checksum alone says it."""
    head = bytearray(tarred(tarfile.USTAR_FORMAT))
    head[257:265] = bytes(8)
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head[:512])
    return bytes(head)


ARCHIVES = {
    "zip": zipped(),
    "an empty zip": b"PK\x05\x06" + bytes(18),
    "gzip": gzip.compress(ROWS),
    "bzip2": bz2.compress(ROWS),
    "xz": lzma.compress(ROWS),
    "tar": tarred(tarfile.USTAR_FORMAT),
    "GNU tar": tarred(tarfile.GNU_FORMAT),
    "pax": tarred(tarfile.PAX_FORMAT),
    "a tar without a mark": old_tar(),
    "7z": b"7z\xbc\xaf\x27\x1c\0\x04" + bytes(30),
    "rar": b"Rar!\x1a\x07\x01\0" + bytes(30),
    "zstd": b"\x28\xb5\x2f\xfd" + bytes(30),
    "lz4": b"\x04\x22\x4d\x18" + bytes(30),
    "cab": b"MSCF" + bytes(36),
    "cpio": b"070701" + b"0" * 100,
    "ar": b"!<arch>\n" + bytes(60),
    "lha": b"\x22\x0b-lh5-" + bytes(30),
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_an_archive_is_refused(tmp_path: Path, kind: str) -> None:
    assert verdict(tmp_path, ARCHIVES[kind]) is Code.NESTED_ARCHIVE


def test_another_openpgp_message_is_refused_in_every_form(tmp_path: Path) -> None:
    someone = Partner("Calice")
    try:
        armored = someone.gpg(
            "--armor", "--recipient", someone.fingerprint, "--encrypt", stdin=ROWS
        )
        forms = {
            "encrypted": someone.encrypts(ROWS, someone),
            "signed and encrypted": someone.seals(ROWS, someone),
            "compressed": someone.gpg("--store", "--compress-algo", "zlib", stdin=ROWS),
            "signed": someone.signs(ROWS),
            "signed, compressed": someone.gpg("--sign", stdin=ROWS),
            "detached": someone.gpg("--detach-sign", stdin=ROWS),
            "cleartext": someone.gpg("--clearsign", stdin=ROWS),
            "armored": armored,
            "armored after a blank line": b"\xef\xbb\xbf\r\n" + armored,
            "literal": literal(ROWS),
            "literal in pieces": partial_packet(11, b"b\0" + bytes(4) + ROWS),
            "a key": someone.public.encode(),
        }
    finally:
        someone.close()
    assert {name: verdict(tmp_path, content) for name, content in forms.items()} == dict.fromkeys(
        forms, Code.NESTED_ARCHIVE
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-15", "cp1252", "utf-16"])
@pytest.mark.parametrize(
    "first", ["É", "À", "Ë", "È", "Ô", "ß", "NIR", "<?xml", "PK", "BZ", "€", "7z"]
)
def test_text_that_starts_with_any_letter_is_no_archive(
    tmp_path: Path, first: str, encoding: str
) -> None:
    for second in ("tat;PRÉNOM", ";NOM", "\n", "bt"):
        text = (first + second + "\nDURAND-TEST;ANNE" * 40).encode(encoding, "replace")
        assert verdict(tmp_path, text) is None


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=700))
def test_no_line_of_latin_text_is_an_archive(tmp_path: Path, text: str) -> None:
    marks = ("PK", "BZh", "`ê", "0707", "-----BEGIN PGP ", "!<arch>", "Rar!")
    if not text.lstrip().startswith(marks) and text[2:5] != "-lh":
        assert verdict(tmp_path, text.encode("cp1252", "replace")) is None


def test_rows_that_start_like_one_and_short_files_are_left_to_the_contract(tmp_path: Path) -> None:
    rows = b"070701;DURAND-TEST;0612345678\n" * 40
    for content in (rows, b"", b"\xc3", b"\xc3\x8d\x04", bytes(7), packet(60, b"x" * 40)):
        assert verdict(tmp_path, content) is None
