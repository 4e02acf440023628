"""Bytes of a good file, mangled where a reader could stumble: tags, quotes, separators, entities, lengths."""

from collections.abc import Callable, Sequence
from random import Random

_TOKENS = (
    b'"', b'""', b";", b";;;;;;;;;;", b",", b"\t", b"\n", b"\r", b"\r\n", b"\n\n", b"\0", b"\xff", b"\x80",
    b"\xc3", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff\0", b"\x1a", b"\x1f\x8b", b"PK\x03\x04",
    b"<", b">", b"</", b"/>", b"<a>", b"</a>", b"<a ", b"='", b"<!--", b"-->", b"--", b"<![CDATA[", b"]]>",
    b"<?", b"?>", b"<?xml version='1.0' encoding='utf-7'?>", b"<!DOCTYPE a [", b"<!doctype", b"<!ENTITY a '&a;'>",
    b"&", b"&a;", b"&amp;", b"&#0;", b"&#x110000;", b"&#10;", b"&lt;!DOCTYPE", b" xmlns='a:b'", b"<a:b>", b"{a}",
    b" xml:lang=''", b"0", b"-1", b"9" * 40, b"99999999999999999999", b"2022-02-30", b"31/12/9999", b"A" * 300,
    b"\xe9" * 70, b"=1+1", b"%s", b"{0}", b"\\", b"\\N", b"NULL", b"nan", b"None", b"'", b" ", b"   ", b"\xa0",
)  # fmt: skip
_SIGNS = b'";<>&\r\n/ '
_ENCODINGS = ("utf-8", "utf-16", "utf-16-be", "utf-32", "utf-7", "utf-8-sig")
MOST = 1 << 16


def mangled(body: bytes, rng: Random) -> bytes:
    """Mangle a few times over, never past `MOST` bytes; the first line often stays, or all ends there."""
    kept = body.find(b"\n") + 1 if rng.random() < 0.7 else 0
    head, rest = body[:kept], body[kept:]
    for _ in range(1 + min(6, int(rng.expovariate(0.7)))):
        rest = rng.choice(_WAYS)(rest, rng)[:MOST]
    return (head + rest)[:MOST]


def _inserted(body: bytes, rng: Random) -> bytes:
    at = _spot(body, rng)
    return body[:at] + rng.choice(_TOKENS) + body[at:]


def _overwritten(body: bytes, rng: Random) -> bytes:
    at, token = _spot(body, rng), rng.choice(_TOKENS)
    return body[:at] + token + body[at + len(token) :]


def _cut(body: bytes, rng: Random) -> bytes:
    first, last = _span(body, rng)
    return body[:first] + body[last:]


def _doubled(body: bytes, rng: Random) -> bytes:
    first, last = _span(body, rng)
    return body[:last] + body[first:last] * rng.choice([1, 1, 2, 50]) + body[last:]


def _swapped(body: bytes, rng: Random) -> bytes:
    first, middle, last, end = sorted(_spot(body, rng) for _ in range(4))
    return body[:first] + body[last:end] + body[middle:last] + body[first:middle] + body[end:]


def _flipped(body: bytes, rng: Random) -> bytes:
    if not body:
        return body
    at = rng.randrange(len(body))
    return body[:at] + bytes([rng.randrange(256)]) + body[at + 1 :]


def _recoded(body: bytes, rng: Random) -> bytes:
    text = body.decode("latin-1")
    recoded = text.encode(rng.choice(_ENCODINGS))
    first, last = _span(body, rng)
    return recoded if rng.random() < 0.3 else body[:first] + recoded[first:last] + body[last:]


def _truncated(body: bytes, rng: Random) -> bytes:
    return body[: _spot(body, rng)]


def _spot(body: bytes, rng: Random) -> int:
    """Give a place, more often beside a sign that means something."""
    at = rng.randint(0, len(body))
    if rng.random() < 0.3:
        return at
    near = [found for sign in _SIGNS if (found := body.find(sign, at)) >= 0]
    return min(near, default=at) + rng.randint(0, 1)


def _span(body: bytes, rng: Random) -> tuple[int, int]:
    first = _spot(body, rng)
    return first, min(len(body), max(first, _spot(body[: first + 400], rng)))


_WAYS: Sequence[Callable[[bytes, Random], bytes]] = (
    _inserted, _inserted, _overwritten, _cut, _doubled, _swapped, _flipped, _recoded, _truncated,
)  # fmt: skip
