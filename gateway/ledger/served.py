"""The published ledger by path, for whoever serves it: what a request may name, and nothing else of the disk.

`checkpoint`, `clef-publique.txt`, and `tile/<level>/x001/234[.p/<width>]` (C2SP tlog-tiles). A path that is
none of these is never joined to the disk.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.ledger.folder import CHECKPOINT_NAME, KEY_NAME

_TILE: Final = re.compile(
    r"tile/(?:[0-9]{1,2}|entries)(?:/x[0-9]{3}){0,5}/[0-9]{3}(?:\.p/[0-9]{1,3})?"
)
_ENTRIES: Final = "tile/entries/"


@dataclass(frozen=True, slots=True)
class Served:
    """The bytes of one file. `lasts`: it never changes, so that it may be kept for ever."""

    body: bytes
    lasts: bool

    @property
    def kind(self) -> str:
        """Its type."""
        return "application/octet-stream" if self.lasts else "text/plain; charset=utf-8"

    @property
    def cache(self) -> str:
        """How long whoever reads it may keep it."""
        return "public, max-age=31536000, immutable" if self.lasts else "no-cache"


def served(folder: Path, path: str, *, entries: bool = True) -> Served | None:
    """The published file of that path; None when there is none, or when it holds entries not to be given."""
    is_tile = _TILE.fullmatch(path) is not None
    if not (is_tile or path in {CHECKPOINT_NAME, KEY_NAME}):
        return None
    if path.startswith(_ENTRIES) and not entries:
        return None
    try:
        return Served((folder / path).read_bytes(), is_tile)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
