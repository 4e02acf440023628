"""Tags, lengths and values (X.690), read forward from a file of any size in constant memory.

DER and the BER that streaming software writes: indefinite lengths, strings cut in pieces. Rules, in order:
1. A length that passes the end of the file is TRUNCATED; one that passes its container, a tag of
   several bytes, a length of more than eight: NOT_CMS.
2. Small structures (recipients, certificates, attributes) are held, within one budget for the whole
   message. A definite one is not looked into before somebody asks.
3. The content is never held: `octets` gives it by blocks. Its pieces may not hold pieces, nor be so
   small that headers would cost more than content.
4. Nothing may follow the end of the outermost structure: TAMPERED.

Nothing here decides what a structure means. Every complaint is a `Refused`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Final, NamedTuple

from gateway.errors import Refused
from schemas.codes import Code

INTEGER, OCTETS, NULL, OID, SEQUENCE, SET = 0x02, 0x04, 0x05, 0x06, 0x30, 0x31
CONSTRUCTED = 0x20

BLOCK: Final = 1 << 18  # bytes of content given at once
MOST_HEADER: Final = 1 << 18  # bytes of small structures in one message
HEAD_COST: Final = 24  # of these bytes, for each structure looked at: many tiny ones take time
MOST_DEPTH: Final = 16
SMALLEST_PIECE = 256  # bytes, on average, past the first pieces
FIRST_PIECES = 1000
PIECES_AT_ONCE = 1024
_LONGEST_LENGTH = 8
_INDEFINITE = 0x80


class Head(NamedTuple):
    """A tag and a length (None: indefinite), and the bytes that said so."""

    tag: int
    length: int | None
    said: bytes


@dataclass(frozen=True, slots=True)
class Element:
    """One small structure: its contents, and all of it as it came."""

    tag: int
    body: bytes
    raw: bytes

    def parts(self) -> list["Element"]:
        """What it contains, in order; looked at now, one level deep."""
        if not self.tag & CONSTRUCTED:
            raise malformed()
        return _elements(self.body)

    def only(self, tag: int) -> bytes:
        """Its contents, provided it has this tag."""
        if self.tag != tag:
            raise malformed()
        return self.body


def malformed(detail: str = "") -> Refused:
    """The verdict on what is not CMS, or no longer."""
    return Refused(Code.NOT_CMS, detail)


def element_of(raw: bytes) -> Element:
    """One structure and nothing after it."""
    found = _elements(raw)
    if len(found) != 1:
        raise malformed()
    return found[0]


class Reader:
    """One pass over one file. `enter` and `leave` go down and up; each method moves forward."""

    def __init__(self, stream: "BufferedReader[FileIO]") -> None:
        self._stream = stream
        self._size = os.fstat(stream.fileno()).st_size
        self._at = 0
        self._budget = MOST_HEADER
        self._ends: list[int | None] = []
        self._guess = 1  # how many alike pieces may come together

    def next_tag(self) -> int | None:
        """The tag that comes next where we are, None at the end of the container."""
        end = self._ends[-1] if self._ends else self._size
        if end is not None and self._at >= end:
            return None
        coming = self._stream.peek(1)[:1]
        if not coming:
            raise Refused(Code.TRUNCATED)
        return None if end is None and coming == b"\0" else coming[0]

    def enter(self, tag: int) -> None:
        """Go into a structure."""
        self._go_into(self._expect(tag))

    def leave(self) -> None:
        """Come out of a structure, which must have nothing left."""
        if self.next_tag() is not None:
            raise malformed()
        if self._ends.pop() is None and self._take(2) != b"\0\0":
            raise malformed()

    def element(self, tag: int) -> Element:
        """Hold one small structure."""
        return self._whole(self._expect(tag))

    def each(self, tag: int, most: int) -> Iterator[Element]:
        """The small structures of a container, at most so many of them."""
        self.enter(tag)
        count = 0
        while self.next_tag() is not None:
            count += 1
            if count > most:
                raise malformed(f"plus de {most} destinataires, certificats ou signatures")
            yield self._whole(self._head())
        self.leave()

    def octets(self, tag: int) -> Iterator[bytes]:
        """The content of an octet string by blocks, whether it came whole or in pieces."""
        head = self._head()
        if head.tag == tag and head.length is not None:
            yield from self._straight(head.length)
        elif head.tag == tag | CONSTRUCTED:
            self._go_into(head)
            yield from self._pieces()
            self.leave()
        else:
            raise malformed()

    def finish(self) -> None:
        """Come out of everything: the file must end there."""
        while self._ends:
            self.leave()
        if self._stream.read(1):
            raise Refused(Code.TAMPERED, "octets en trop après la fin du message")

    def _expect(self, tag: int) -> Head:
        head = self._head()
        if head.tag != tag:
            raise malformed()
        return head

    def _go_into(self, head: Head) -> None:
        if not head.tag & CONSTRUCTED:
            raise malformed()
        self._ends.append(None if head.length is None else self._at + head.length)

    def _head(self) -> Head:
        if self.next_tag() is None:
            raise malformed()
        said = self._take(2)
        more = _length_bytes(said)
        head = _head_of(said + (self._take(more) if more else b""))
        if head.length is not None:
            self._check_room(head.length)
        return head

    def _check_room(self, length: int) -> None:
        end = self._at + length
        if end > self._size:
            raise Refused(Code.TRUNCATED)
        if end > self._limit():
            raise malformed()

    def _limit(self) -> int:
        """Where the tightest of the containers we are in ends."""
        return min((end for end in self._ends if end is not None), default=self._size)

    def _whole(self, head: Head) -> Element:
        held = [head.said]
        self._spend(len(head.said) + HEAD_COST)
        depth = self._hold(head, held)
        while depth:
            if depth > MOST_DEPTH:
                raise malformed()
            inner = self._inner_head()
            self._spend(len(inner.said) + HEAD_COST)
            held.append(inner.said)
            depth += self._hold(inner, held)
        raw = b"".join(held)
        end = len(raw) if head.length is not None else -2
        return Element(head.tag, raw[len(head.said) : end], raw)

    def _inner_head(self) -> Head:
        """The next head, an end of contents (tag 0, length 0) included."""
        if self._stream.peek(1)[:1] == b"\0":
            said = self._take(2)
            if said != b"\0\0":
                raise malformed()
            return Head(0, 0, said)
        return self._head()

    def _hold(self, head: Head, held: list[bytes]) -> int:
        """Hold the contents, and say by how much we went deeper."""
        if head.length is None:
            return 1
        if head.tag == 0:
            return -1
        self._spend(head.length)
        held.append(self._take(head.length))
        return 0

    def _spend(self, count: int) -> None:
        self._budget -= count
        if self._budget < 0:
            raise malformed(f"plus de {MOST_HEADER >> 10} kio autour du contenu")

    def _straight(self, length: int) -> Iterator[bytes]:
        while length > 0:
            block = self._take(min(length, BLOCK))
            length -= len(block)
            yield block

    def _pieces(self) -> Iterator[bytes]:
        count, size = 0, 0
        while self.next_tag() is not None:
            head = self._head()
            if head.tag != OCTETS or head.length is None:
                raise malformed("contenu en morceaux de morceaux")
            yield from self._straight(head.length)
            alike = self._alike(head.said, head.length)
            yield b"".join(alike)
            count += 1 + len(alike)
            size += (1 + len(alike)) * head.length
            if count > FIRST_PIECES and size < count * SMALLEST_PIECE:
                raise malformed("contenu en trop petits morceaux")

    def _alike(self, said: bytes, length: int) -> list[memoryview]:
        """The pieces that follow with the same header, many at once: software cuts evenly.

        The guess doubles while it is right: uneven pieces are never read many times over.
        """
        step = len(said) + length
        most = min(BLOCK // step, self._guess, (self._limit() - self._at) // step)
        block = self._stream.read(step * most) if most > 0 else b""
        view, start = memoryview(block), 0
        found: list[memoryview] = []
        while start + step <= len(block) and block.startswith(said, start):
            found.append(view[start + len(said) : start + step])
            start += step
        if start < len(block):
            self._stream.seek(start - len(block), os.SEEK_CUR)
        self._guess = min(2 * self._guess, PIECES_AT_ONCE) if len(found) == most else 1
        self._at += start
        return found

    def _take(self, count: int) -> bytes:
        taken = self._stream.read(count)
        if len(taken) < count:
            raise Refused(Code.TRUNCATED)
        self._at += count
        return taken


@contextmanager
def reading(source: Path) -> Iterator[Reader]:
    """One pass over this file."""
    with BufferedReader(FileIO(source), BLOCK) as stream:
        yield Reader(stream)


def content_type(source: Path) -> bytes:
    """The object identifier that a CMS message starts with. Raises `Refused` when this does not start as one."""
    with reading(source) as reader:
        reader.enter(SEQUENCE)
        name = reader.element(OID).body
        reader.enter(0xA0)
        return name


def _elements(body: bytes) -> list[Element]:
    found, start = [], 0
    while start < len(body):
        one = _element_at(body, start, 0)
        found.append(one)
        start += len(one.raw)
    return found


def _element_at(body: bytes, start: int, depth: int) -> Element:
    said = body[start : start + 2]
    head = _head_of(body[start : start + 2 + _length_bytes(said)])
    inside = start + len(head.said)
    if head.length is not None:
        end = inside + head.length
        if end > len(body):
            raise malformed()
        return Element(head.tag, body[inside:end], body[start:end])
    if depth >= MOST_DEPTH:
        raise malformed()
    end = inside
    while body[end : end + 2] != b"\0\0":
        end += len(_element_at(body, end, depth + 1).raw)
    return Element(head.tag, body[inside:end], body[start : end + 2])


def _length_bytes(said: bytes) -> int:
    """How many bytes of length follow the first two of a header."""
    if len(said) < 2 or said[0] & 0x1F == 0x1F or said[0] == 0:  # noqa: PLR2004
        raise malformed()
    more = said[1] & 0x7F if said[1] & 0x80 else 0
    if more > _LONGEST_LENGTH:
        raise malformed()
    return more


def _head_of(said: bytes) -> Head:
    if said[1] == _INDEFINITE:
        if not said[0] & CONSTRUCTED:
            raise malformed()
        return Head(said[0], None, said)
    if len(said) < 2 + _length_bytes(said):
        raise malformed()
    return Head(said[0], int.from_bytes(said[2:], "big") if said[1] & 0x80 else said[1], said)
