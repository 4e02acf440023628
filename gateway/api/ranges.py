"""What part of a file is asked for, and under which conditions (RFC 9110 §13 and §14, RFC 9530). Pure.

1. One range of bytes is honoured. Several at once, another unit, or what cannot be read: the whole file.
2. A range that starts past the end is refused, and the refusal says how long the file is.
3. A range asked "if it is still the same file" (`If-Range`) is honoured when the strong tag is the very
   same one; a date never is: we give none.
4. A digest is SHA-256, written as RFC 9530 writes it: `sha-256=:<base64>:`.
"""

import binascii
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Final

_RANGE: Final = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.IGNORECASE)
_DIGEST: Final = re.compile(r"(?:^|,)[ \t]*sha-256=:([A-Za-z0-9+/=]{4,64}):")
_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')
_SHA256: Final = 32


class Unsatisfiable(Exception):
    """The range asked for has no byte of this file."""


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `first` to `last`, both included, of a file of `size` bytes."""

    first: int
    last: int
    size: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.last - self.first + 1

    @property
    def ends(self) -> bool:
        """Whether the last byte of the file is among them."""
        return self.last == self.size - 1

    @property
    def content_range(self) -> str:
        """As the header of that name says it."""
        return f"bytes {self.first}-{self.last}/{self.size}"


def whole(size: int) -> Span:
    """Every byte of a file."""
    return Span(0, size - 1, size)


def span_of(asked: str | None, size: int, *, if_range: str | None = None, tag: str = "") -> Span:
    """What a `Range` asks of a file of that size. Raises `Unsatisfiable`."""
    found = _RANGE.fullmatch(asked or "")
    if found is None or (if_range is not None and if_range.strip() != tag):
        return whole(size)
    first, last = found.groups()
    if not first:
        return _suffix(last, size)
    start, end = int(first), int(last) if last else size - 1
    if last and end < start:
        return whole(size)
    if start >= size:
        raise Unsatisfiable
    return Span(start, min(end, size - 1), size)


def is_known(if_none_match: str | None, tag: str) -> bool:
    """Whether who asks already has what bears this tag."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in _TAG.findall(if_none_match)


def digest_header(sha256: str) -> str:
    """The value of `Repr-Digest` for a digest in hexadecimal."""
    return f"sha-256=:{b64encode(bytes.fromhex(sha256)).decode()}:"


def announced(header: str | None) -> str | None:
    """The SHA-256, in hexadecimal, that a digest header announces; None when it says none."""
    found = _DIGEST.search(header or "")
    if found is None:
        return None
    try:
        raw = b64decode(found.group(1), validate=True)
    except binascii.Error:
        return None
    return raw.hex() if len(raw) == _SHA256 else None


def _suffix(length: str, size: int) -> Span:
    if not length:
        return whole(size)
    if not int(length) or not size:
        raise Unsatisfiable
    return Span(max(0, size - int(length)), size - 1, size)
