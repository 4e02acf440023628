"""What an administrator brings of a client: its public keys, its TLS certificate."""

import hashlib
import ssl
from pathlib import Path
from typing import Final

from gateway.errors import Misconfigured

LARGEST: Final = 64 * 1024


def read_text(file: Path) -> str:
    """A small text file. Raises `Misconfigured`."""
    try:
        if file.stat().st_size > LARGEST:
            raise Misconfigured(f"{file.name} est trop gros pour des clés publiques")
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise Misconfigured(f"fichier illisible : {file}") from None


def certificate_digest(file: Path) -> str:
    """SHA-256 (hex) of the DER of the certificate in a PEM file. Raises `Misconfigured`."""
    try:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(read_text(file).strip())).hexdigest()
    except ValueError:
        raise Misconfigured(f"certificat illisible : {file.name} (PEM attendu)") from None
