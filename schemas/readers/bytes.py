"""Check the raw bytes, before any reader, against the encodings the contract accepts: one pass.

1. Nothing but blanks: GW-501.
2. A UTF-16 mark, or a UTF-8 mark where the contract tolerates none: GW-503.
3. UTF-8 asked: every byte must decode. ISO-8859 asked: a file that decodes as UTF-8 with accents
   is UTF-8, since ISO text that does so by chance does not exist: GW-503.
4. Of a contract that accepts several encodings, the bytes of a CSV say which one it is in; an XML file
   states it in its prolog, and is in no other.
5. XML only: a NUL byte, or in the prolog an encoding the contract does not accept, GW-503; a DOCTYPE
   anywhere, GW-506. The scan is sound because the parser is then forced into the encoding the prolog
   states: which one it is is never guessed.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from schemas.codes import Code
from schemas.contract import Contract, Layout
from schemas.reading import FileRefused

_BLOCK = 1 << 20
_HEAD = 1024
_DOCTYPE = b"<!DOCTYPE"
_PROLOG = re.compile(rb"""\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']""")


def check_bytes(path: Path, contract: Contract) -> str:
    """Give the encoding to read the file in. Raises `FileRefused` when it is none of the contract's."""
    head = next(_blocks(path), b"")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileRefused(Code.WRONG_ENCODING)
    seen = _scan(path, is_markup=contract.layout is Layout.XML)
    if seen.is_blank:
        raise FileRefused(Code.EMPTY)
    if head.startswith(codecs.BOM_UTF8) and not contract.bom_tolerated:
        raise FileRefused(Code.WRONG_ENCODING, line=1)
    if contract.layout is Layout.CSV:
        return _settled(contract, seen)
    encoding = encoding_of(path, contract)
    if seen.holds_nul or ((encoding.lower() == "utf-8") != seen.is_unicode and not seen.is_ascii):
        raise FileRefused(Code.WRONG_ENCODING)
    if seen.holds_doctype:
        raise FileRefused(Code.DOCTYPE)
    return encoding


def _settled(contract: Contract, seen: "_Seen") -> str:
    """Plain ASCII is read in the contract's own encoding, anything else in the one its bytes show."""
    for encoding in (contract.encoding, *contract.other_encodings):
        if seen.is_ascii or (encoding.lower() == "utf-8") == seen.is_unicode:
            return encoding
    raise FileRefused(Code.WRONG_ENCODING)


def encoding_of(path: Path, contract: Contract) -> str:
    """Give the encoding an XML file states, if the contract accepts it. Raises `FileRefused`."""
    with path.open("rb") as file:
        stated = _PROLOG.match(file.read(_HEAD).removeprefix(codecs.BOM_UTF8))
    # Without a stated encoding XML is UTF-8, which plain ASCII also is.
    encoding = "utf-8" if stated is None else stated.group(1).decode("ascii").lower()
    if encoding not in contract.encodings and stated is not None:
        raise FileRefused(Code.WRONG_ENCODING, line=1)
    return encoding


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


@dataclass(slots=True)
class _Seen:
    """What the bytes said so far. `is_unicode`: they decode as UTF-8."""

    is_blank: bool = True
    is_ascii: bool = True
    is_unicode: bool = True
    holds_nul: bool = False
    holds_doctype: bool = False
    decoder: codecs.IncrementalDecoder = field(
        default_factory=codecs.getincrementaldecoder("utf-8")
    )

    def spell(self, block: bytes, *, final: bool = False) -> None:
        """Decode a block while the file may still be UTF-8."""
        plain = block.isascii()
        self.is_ascii = self.is_ascii and plain
        if not self.is_unicode or (plain and not final and not self.decoder.getstate()[0]):
            return
        try:
            self.decoder.decode(block, final=final)
        except UnicodeDecodeError:
            self.is_unicode = False


def _scan(path: Path, *, is_markup: bool) -> _Seen:
    seen, tail = _Seen(), b""
    for block in _blocks(path):
        if seen.is_blank:
            seen.is_blank = not block.removeprefix(codecs.BOM_UTF8).strip()
        seen.spell(block)
        if is_markup:
            seen.holds_nul = seen.holds_nul or b"\0" in block
            seen.holds_doctype = seen.holds_doctype or _holds_doctype(tail + block)
            tail = block[1 - len(_DOCTYPE) :]
    seen.spell(b"", final=True)
    return seen


def _holds_doctype(text: bytes) -> bool:
    """Whether it opens a DOCTYPE, in capitals or not: what an XML parser ignores may not stand either."""
    at = text.find(b"<!")
    while at >= 0:
        if text[at : at + len(_DOCTYPE)].upper() == _DOCTYPE:
            return True
        at = text.find(b"<!", at + 2)
    return False
