"""Check the raw bytes, before any reader, against the encodings the contract accepts.

1. Nothing but blanks: GW-501.
2. A UTF-16 mark, or a UTF-8 mark where the contract tolerates none: GW-503.
3. UTF-8 asked: every byte must decode. ISO-8859 asked: a file that decodes as UTF-8 with accents
   is UTF-8, since ISO text that does so by chance does not exist: GW-503.
4. Of a contract that accepts several encodings, the bytes alone say which one a file is in.
5. XML only: a NUL byte, or another encoding in the prolog, GW-503; a DOCTYPE anywhere, GW-506.
   The scan is sound because the parser is then forced into the contract's encoding.
"""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from schemas.codes import Code
from schemas.contract import Contract, Layout
from schemas.reading import FileRefused

_BLOCK = 1 << 20
_DOCTYPE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
_PROLOG = re.compile(rb"""\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']""")


def check_bytes(path: Path, contract: Contract) -> str:
    """Give the encoding to read the file in. Raises `FileRefused` when it is none of the contract's."""
    head = next(_blocks(path), b"")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileRefused(Code.WRONG_ENCODING)
    marked = head.startswith(codecs.BOM_UTF8)
    if _is_blank(path):
        raise FileRefused(Code.EMPTY)
    if marked and not contract.bom_tolerated:
        raise FileRefused(Code.WRONG_ENCODING, line=1)
    ascii_only, unicode = _spelling(path)
    encoding = _settled(contract, ascii_only=ascii_only, unicode=unicode)
    if contract.layout is Layout.XML:
        _check_prolog(head, contract, ascii_only=ascii_only)
        _check_no_doctype(path)
    return encoding


def _settled(contract: Contract, *, ascii_only: bool, unicode: bool) -> str:
    """Plain ASCII is read in the contract's own encoding, anything else in the one its bytes show."""
    for encoding in (contract.encoding, *contract.other_encodings):
        if ascii_only or (encoding.lower() == "utf-8") == unicode:
            return encoding
    raise FileRefused(Code.WRONG_ENCODING)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _is_blank(path: Path) -> bool:
    return not any(block.removeprefix(codecs.BOM_UTF8).strip() for block in _blocks(path))


def _spelling(path: Path) -> tuple[bool, bool]:
    """Say whether the file is plain ASCII, and whether it decodes as UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    ascii_only = True
    try:
        for block in _blocks(path):
            ascii_only = ascii_only and block.isascii()
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False, False
    return ascii_only, True


def _check_prolog(head: bytes, contract: Contract, *, ascii_only: bool) -> None:
    start = head.removeprefix(codecs.BOM_UTF8)[:1024]
    stated = _PROLOG.match(start)
    if stated is None:
        # Without a stated encoding XML is UTF-8, which plain ASCII also is.
        right = ascii_only or contract.is_unicode
    else:
        right = stated.group(1).decode("ascii").lower() == contract.encoding.lower()
    if not right:
        raise FileRefused(Code.WRONG_ENCODING, line=1)


def _check_no_doctype(path: Path) -> None:
    tail = b""
    for block in _blocks(path):
        if b"\0" in block:
            raise FileRefused(Code.WRONG_ENCODING)
        if _DOCTYPE.search(tail + block):
            raise FileRefused(Code.DOCTYPE)
        tail = block[-len("<!DOCTYPE") :]
