"""The drop protocol that every place of files shares: what counts as waiting, and which names are safe.

1. A name is the sender's. It is bytes, it may be hostile, and it is only ever one path component.
2. Waiting is what is neither hidden, nor temporary, nor the companion of another file.
3. What we write beside it (archive, acknowledgement) bears its name when harmless, its key when not.
"""

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

from connectors.contract import Arrival, Piece

PART: Final = ".part"
TEMPORARY: Final = (b".part", b".tmp", b".filepart", b".partial")
DIGEST_SUFFIX: Final = ".sha256"
COMPANIONS: Final = (DIGEST_SUFFIX, ".ok", ".go")
DIGEST_FILE_LIMIT: Final = 4096

_LONGEST_NAME: Final = 255
_LONGEST_SHELF_NAME: Final = 150  # leaves room for a key or a suffix under the 255 bytes of a name
_NOT_WAITING: Final = (*TEMPORARY, *(suffix.encode() for suffix in COMPANIONS))
_OURS: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,199}")
_DIGEST: Final = re.compile(rb"\\?([0-9a-fA-F]{64})(?![0-9a-fA-F])")


def is_waiting_name(name: bytes) -> bool:
    """Tell whether a file so named is a delivery, finished as far as its name says."""
    hidden = name.startswith(b".")
    return is_component(name) and not hidden and not name.lower().endswith(_NOT_WAITING)


def is_component(name: bytes) -> bool:
    """Tell whether a name stays inside the folder it is joined to."""
    return name not in (b"", b".", b"..") and b"/" not in name and b"\0" not in name


def companion_suffixes(name: bytes) -> list[str]:
    """Suffixes under which a file so named can have companions."""
    return [suffix for suffix in COMPANIONS if len(name) + len(suffix) <= _LONGEST_NAME]


def check_ours(name: str) -> None:
    """Refuse a name we would not have given: a release is named by us, so this is our own mistake."""
    if not _OURS.fullmatch(name) or name.encode().lower().endswith(TEMPORARY):
        raise ValueError("a release name is ASCII, without separator, and not a temporary's")


def check_pieces(pieces: Sequence[Piece]) -> None:
    """Refuse pieces we would not have made: none at all, or two of one name."""
    for piece in pieces:
        check_ours(piece.name)
    if not pieces or len({piece.name for piece in pieces}) < len(pieces):
        raise ValueError("a delivery has at least one piece, and each has a name of its own")


def shelf_name(name: bytes, key: str) -> bytes:
    """Name under which we file something: the sender's if harmless, the key otherwise."""
    shown = name.decode("utf-8", "replace")
    plain = shown.isprintable() and "\ufffd" not in shown and "\\" not in shown
    return (
        name if plain and is_component(name) and len(name) <= _LONGEST_SHELF_NAME else key.encode()
    )


def shown_name(name: bytes) -> str:
    """Give the sender's name as text that can always be stored; never turned back into a path."""
    return name.decode("utf-8", "backslashreplace")


def arrival_key(*facts: bytes | str | int | None) -> str:
    """Digest of what tells one waiting file from another; each fact is framed by its length."""
    digest = sha256()
    for fact in facts:
        raw = fact if isinstance(fact, bytes) else str(fact).encode()
        digest.update(len(raw).to_bytes(8) + raw)
    return digest.hexdigest()


def kept_name(name: bytes) -> str:
    """Write the exact remote name in a form any database keeps."""
    return quote_from_bytes(name)


def name_of(arrival: Arrival) -> bytes:
    """Read the exact remote name back, checked again: a reference may come from a database."""
    name = unquote_to_bytes(arrival.reference["name"])
    if not is_component(name):
        raise ValueError("an arrival whose reference is not a single name")
    return name


def announced_digest(companion: bytes) -> str | None:
    """SHA-256 announced by a GNU-style companion file, None when it does not say one."""
    found = _DIGEST.match(companion.strip())
    return found[1].decode().lower() if found else None
