"""The `digest` header: a SHA-256 in base64, bare as HubEE writes it or prefixed as RFC 3230 does."""

import binascii
import hashlib
from base64 import b64decode
from typing import Final

from connectors.errors import Corrupt

PREFIX: Final = "sha-256="


def announced_digest(header: str | None) -> bytes | None:
    """The digest a header announces, None without one. Raises `Corrupt` if it is none."""
    if not header or not header.strip():
        return None
    text = header.strip()
    if text.lower().startswith(PREFIX):
        text = text[len(PREFIX) :]
    try:
        digest = b64decode(text, validate=True)
    except binascii.Error:
        raise Corrupt("the digest header is not base64") from None
    if len(digest) != hashlib.sha256().digest_size:
        raise Corrupt("the digest header is not a SHA-256")
    return digest
