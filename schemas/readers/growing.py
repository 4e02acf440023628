"""An XML document read while it grows: the children of its root that are whole are taken and forgotten.

1. No entity, no network, no DTD, no huge tree: libxml2's own limits stay in force, and the encoding is
   the one the bytes were scanned in.
2. Asked for the end of each element, lxml calls Python at every tag, and parsing costs a third more: the
   one event asked for is an instruction of ours, put before the root, from which the tree is reached.
3. Instructions of the file are taken out of the values they stand in; comments never get in.
4. What broke a file is kept as a line: the parser's own message quotes the file.
"""

import codecs
from collections.abc import Iterator
from typing import Any

from lxml import etree

_MARK = b"<?passerelle?>"
_DECLARATION = b"<?xml"


class GrowingTree:
    """Fed with the bytes of a file, in order; `broken_at` is the line where they stopped making sense."""

    def __init__(self, encoding: str) -> None:
        self._parser: Any = etree.XMLPullParser(
            events=("pi",),
            encoding=encoding,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
        )
        self._mark: Any = None
        self._has_instructions = self._is_whole = False
        self._is_new = True
        self.root: Any = None
        self.broken_at: int | None = None

    def feed(self, chunk: bytes) -> None:
        """Read a piece of the file; nothing once it is broken."""
        pieces = _marked(chunk) if self._is_new else (chunk,)
        self._is_new = False
        try:
            for piece in pieces:
                self._parser.feed(piece)
        except etree.XMLSyntaxError as error:
            self.broken_at = error.lineno or 1
        self._look()

    def close(self) -> None:
        """Say that there is no more."""
        try:
            self._parser.close()
        except etree.XMLSyntaxError as error:
            self.broken_at = error.lineno or 1
        self._is_whole = True
        self._look()

    @property
    def has_doctype(self) -> bool:
        """Whether a DOCTYPE came before the root."""
        return bool(self.root.getroottree().docinfo.doctype)

    def take(self) -> Iterator[Any]:
        """Yield the children of the root that are whole, then forget them; the last may still grow."""
        whole = 0 if self.root is None else len(self.root) - (not self._is_whole)
        if whole <= 0:
            return
        for child in self.root[:whole]:
            if isinstance(child.tag, str):
                if self._has_instructions:
                    etree.strip_tags(child, etree.ProcessingInstruction)
                yield child
        del self.root[:whole]

    def _look(self) -> None:
        for _, instruction in self._parser.read_events():
            if self._mark is None:
                self._mark = instruction
            else:
                self._has_instructions = True
        if self.root is None and self._mark is not None:
            self.root = self._mark.getroottree().getroot()


def _marked(chunk: bytes) -> tuple[bytes, ...]:
    """Put our instruction where one may stand: after the declaration, at the start without one.

    A declaration that does not end in the first piece of a file is no XML: it breaks either way.
    """
    at = len(codecs.BOM_UTF8) if chunk.startswith(codecs.BOM_UTF8) else 0
    if chunk.startswith(_DECLARATION, at):
        at = chunk.find(b"?>", at) + len(b"?>")
    return chunk[:at], _MARK, chunk[at:]
