"""What was opened is the file itself, whatever its envelope: an archive inside is refused, unopened.

Nobody would judge what an archive holds: not the contract, which reads one file; not the limits, which
count what is inside once it is out. So, from the first bytes alone, and for every flow:
1. a compressed file or an archive: ZIP (and what is made of it), gzip, bzip2, xz, zstd, lz4, compress,
   7-Zip, RAR, CAB, ARJ, LHA, ar, cpio, and tar by its checksum, old ones without a mark included.
2. another OpenPGP message, armored or not: first packet an encrypted, signed, compressed or literal one
   that says so twice (tag and version), because text may start with an accented letter of that byte.

Not here: archives further inside a file (a base64 in an XML), which no flow has a place for.
"""

from pathlib import Path
from typing import Final

from gateway.errors import Refused
from schemas.codes import Code

HEAD = 512  # bytes: a tar header
MAGIC: Final[tuple[tuple[int, bytes], ...]] = (
    (0, b"PK\x03\x04"),
    (0, b"PK\x05\x06"),
    (0, b"PK\x07\x08"),
    (0, b"\x1f\x8b"),
    (0, b"\x1f\x9d"),
    (0, b"\x1f\xa0"),
    (0, b"BZh"),
    (0, b"\xfd7zXZ\0"),
    (0, b"\x28\xb5\x2f\xfd"),
    (0, b"\x04\x22\x4d\x18"),
    (0, b"7z\xbc\xaf\x27\x1c"),
    (0, b"Rar!\x1a\x07"),
    (0, b"MSCF\0\0\0\0"),
    (0, b"\x60\xea"),
    (2, b"-lh"),
    (0, b"!<arch>\n"),
)
CPIO = (b"070701", b"070702", b"070707")
CPIO_HEAD = 76  # bytes, digits all of them: rows may start with the same six
HEXADECIMAL: Final = frozenset(b"0123456789abcdefABCDEF")
ARMOR = b"-----BEGIN PGP "
_MARKS = b"\xef\xbb\xbf \t\r\n"  # what may stand before an armor
# Tag → what its body may start with (RFC 9580 §5): a version, an algorithm, or a kind of content.
PACKETS: Final = {
    1: {2, 3, 6},
    2: {3, 4, 6},
    3: {4, 5, 6},
    4: {3, 6},
    8: {0, 1, 2, 3},
    11: {*b"btul1m"},
    18: {1, 2},
    20: {1},
}
LITERAL = 11


def refuse_nested(path: Path) -> None:
    """Raise `Refused` (`NESTED_ARCHIVE`) when clear text is an archive or another message."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if _is_archive(head) or _is_tar(head) or _is_openpgp(head, path.stat().st_size):
        raise Refused(Code.NESTED_ARCHIVE)


def _is_archive(head: bytes) -> bool:
    if any(head.startswith(magic, offset) for offset, magic in MAGIC):
        return True
    digits = head[:CPIO_HEAD]
    return head.startswith(CPIO) and len(digits) == CPIO_HEAD and set(digits) <= HEXADECIMAL


def _is_tar(head: bytes) -> bool:
    if len(head) < HEAD:
        return False
    written = head[148:156].strip(b" \0")
    if not written or not set(written) <= set(b"01234567"):
        return False
    # POSIX ustar: the sum of the header's bytes, the field itself counted as spaces.
    return int(written, 8) == sum(head[:148]) + 8 * ord(" ") + sum(head[156:])


def _is_openpgp(head: bytes, size: int) -> bool:
    if head.lstrip(_MARKS).startswith(ARMOR):
        return True
    if len(head) < 8 or not head[0] & 0x80:  # noqa: PLR2004 - no packet is shorter
        return False
    tag, start, length = _packet(head)
    if head[start] not in PACKETS.get(tag, ()):
        return False
    # A literal packet says so by a letter only: it must also fill the file exactly.
    return tag != LITERAL or length is None or start + length == size


def _packet(head: bytes) -> tuple[int, int, int | None]:
    """Tag of the first packet, where its body starts, its length (None: in pieces, or to the end)."""
    first = head[1]
    if not head[0] & 0x40:
        width = (1, 2, 4, 0)[head[0] & 3]
        length = int.from_bytes(head[1 : 1 + width], "big") if width else None
        return head[0] >> 2 & 0x0F, 1 + width, length
    if first < 192:  # noqa: PLR2004 - RFC 9580 §4.2.1
        return head[0] & 0x3F, 2, first
    if first < 224:  # noqa: PLR2004
        return head[0] & 0x3F, 3, ((first - 192) << 8) + head[2] + 192
    if first < 255:  # noqa: PLR2004
        return head[0] & 0x3F, 2, None
    return head[0] & 0x3F, 6, int.from_bytes(head[2:6], "big")
