"""Host keys as people write, compare and pin them: OpenSSH public key lines and their fingerprints."""

from base64 import b64decode, b64encode
from hashlib import sha256


def fingerprint_of(line: str) -> str:
    """SHA-256 of a public key line, as OpenSSH prints it (`SHA256:...`). Raises `ValueError`."""
    digest = b64encode(sha256(_blob(line)).digest()).decode()
    return f"SHA256:{digest.rstrip('=')}"


def kind_of(line: str) -> str:
    """The kind of key a line says it is, checked against its content. Raises `ValueError`."""
    _blob(line)
    return line.split()[0]


def _blob(line: str) -> bytes:
    kind, _, rest = line.strip().partition(" ")
    try:
        named = kind.encode("ascii")
        blob = b64decode(rest.split()[0], validate=True)
    except (ValueError, IndexError):
        named = blob = b""
    # The blob begins with its own kind, framed by its length.
    if not named or not blob.startswith(len(named).to_bytes(4) + named):
        raise ValueError("not an OpenSSH public key line")
    return blob
