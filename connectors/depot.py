"""The drop protocol that every place of files shares: what counts as waiting, and which names are safe.

1. A name is the sender's. It is bytes, it may be hostile, and it is only ever one path component.
2. Waiting is what is neither hidden, nor temporary, nor the companion of another file. A partner may
   agree to say more: an `.ok` beside each finished file, or a manifest that describes it.
3. What a companion announces is believed of nothing: it is compared (`described`).
4. What we write beside it (archive, acknowledgement) bears its name when harmless, its key when not.
"""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

from connectors.contract import Arrival, Piece, Withholding
from connectors.manifest import MANIFEST_SUFFIX, Manifest, read_manifest

PART: Final = ".part"
TEMPORARY: Final = (b".part", b".tmp", b".filepart", b".partial")
DIGEST_SUFFIX: Final = ".sha256"
GO: Final = (".ok", ".go")
COMPANIONS: Final = (DIGEST_SUFFIX, *GO, MANIFEST_SUFFIX)
DIGEST_FILE_LIMIT: Final = 4096
DESCRIBED: Final = "manifest"  # the key of a reference under which a manifest is remembered

_LONGEST_NAME: Final = 255
_LONGEST_SHELF_NAME: Final = 150  # leaves room for a key or a suffix under the 255 bytes of a name
_NOT_WAITING: Final = (*TEMPORARY, *(suffix.encode() for suffix in COMPANIONS))
_OURS: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,199}")
_DIGEST: Final = re.compile(rb"\\?([0-9a-fA-F]{64})(?![0-9a-fA-F])")


class Ready(StrEnum):
    """How a partner says that a file is whole, beyond its final name."""

    RENAME = "rename"  # the name says it
    OK = "ok"  # `.ok` or `.go` stands beside it
    MANIFEST = "manifest"  # a manifest stands beside it, and describes it


@dataclass(frozen=True, slots=True)
class Described:
    """What the companions of a file announce. `manifest`: digest of the manifest itself, "" without."""

    sha256: str | None = None
    withheld: Withholding | None = None
    manifest: str = ""

    @property
    def reference(self) -> Mapping[str, str]:
        """What an arrival keeps of it."""
        return {DESCRIBED: self.manifest} if self.manifest else {}


def is_waiting_name(name: bytes) -> bool:
    """Tell whether a file so named is a delivery, finished as far as its name says."""
    hidden = name.startswith(b".")
    return is_component(name) and not hidden and not name.lower().endswith(_NOT_WAITING)


def is_component(name: bytes) -> bool:
    """Tell whether a name stays inside the folder it is joined to."""
    return name not in (b"", b".", b"..") and b"/" not in name and b"\0" not in name


def is_companion_name(name: bytes) -> bool:
    """Tell whether a file so named only speaks of another."""
    return is_component(name) and name.endswith(tuple(s.encode() for s in COMPANIONS))


def is_ready(name: bytes, present: Container[bytes], ready: Ready) -> bool:
    """Tell whether what stands beside a waiting file says that it is whole, as agreed."""
    match ready:
        case Ready.RENAME:
            return True
        case Ready.OK:
            return any(name + suffix.encode() in present for suffix in GO)
        case Ready.MANIFEST:
            return name + MANIFEST_SUFFIX.encode() in present


def described(
    name: bytes, size: int | None, digest_file: bytes | None, manifest_file: bytes | None
) -> Described:
    """What companions announce of a file; withheld when they contradict it, or each other."""
    digest = None if digest_file is None else announced_digest(digest_file)
    if manifest_file is None:
        return Described(digest)
    told = sha256(manifest_file).hexdigest()
    manifest = read_manifest(manifest_file)
    if manifest is None or not _agrees(manifest, name, size, digest):
        return Described(digest, Withholding.MISDESCRIBED, told)
    return Described(manifest.sha256, None, told)


def dated(mtime: float | None) -> datetime | None:
    """When a file was last written; now for a clock that is ahead, None for a date that is none."""
    if mtime is None:
        return None
    try:
        return min(datetime.fromtimestamp(mtime, UTC), datetime.now(UTC))
    except (OverflowError, ValueError, OSError):
        return None


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


def _agrees(manifest: Manifest, name: bytes, size: int | None, digest: str | None) -> bool:
    return (
        manifest.octets == (manifest.octets if size is None else size)
        and manifest.fichier.encode() in (b"", name)
        and digest in (None, manifest.sha256)
    )


def announced_digest(companion: bytes) -> str | None:
    """SHA-256 announced by a GNU-style companion file, None when it does not say one."""
    found = _DIGEST.match(companion.strip())
    return found[1].decode().lower() if found else None
