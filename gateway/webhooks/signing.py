"""How a post is signed: as DataPass signs its own, HMAC-SHA-256 of the raw body (ecosystem.md §1.4)."""

import hmac
from hashlib import sha256

from gateway.secret import Secret


def signature(secret: Secret[str], body: bytes) -> str:
    """What `X-Hub-Signature-256` says: `sha256=` and the hexadecimal HMAC of these very bytes."""
    return f"sha256={hmac.new(secret.reveal().encode(), body, sha256).hexdigest()}"
