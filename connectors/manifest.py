"""The manifest a sender may leave beside a file, `NAME.manifeste.json`: read with suspicion.

It says the SHA-256 and the bytes of the file, and may say its name, rows, period and sequence. Unknown
keys are somebody else's. What is too long, nested beyond reason, or not of this shape is no manifest.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

MANIFEST_SUFFIX: Final = ".manifeste.json"
MANIFEST_LIMIT: Final = 64 << 10

_Count = Annotated[int, Meta(ge=0)]


class Manifest(msgspec.Struct, frozen=True):
    """What a manifest says of its file. `sha256` is lower-case hexadecimal."""

    sha256: Annotated[str, Meta(pattern=r"\A[0-9a-fA-F]{64}\Z")]
    octets: _Count
    fichier: Annotated[str, Meta(max_length=255)] = ""
    lignes: _Count | None = None
    periode: Annotated[str, Meta(max_length=40)] | None = None
    sequence: _Count | None = None


def read_manifest(content: bytes) -> Manifest | None:
    """Read a manifest; None when this is none."""
    if len(content) > MANIFEST_LIMIT:
        return None
    try:
        read = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return msgspec.structs.replace(read, sha256=read.sha256.lower())
