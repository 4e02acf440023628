"""The PDF a habilitation rests on, kept by the digest its draft names.

1. At most `LIMIT` bytes, and it begins as a PDF does: nothing else is kept. It is never opened here.
2. Kept once: the same bytes are the same document.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select

from gateway.errors import Misconfigured, NotAuthorised
from gateway.store.tables import LEGAL_DOCUMENT

LIMIT: Final = 10_000_000  # bytes, as in DataPass: 10 Mo
_BEGINS: Final = b"%PDF-"


def digest_of_document(content: bytes) -> str:
    """SHA-256 of a document that can be kept. Raises `Misconfigured`."""
    if len(content) > LIMIT:
        raise Misconfigured("document de la base légale : 10 Mo au plus")
    if not content.startswith(_BEGINS):
        raise Misconfigured("document de la base légale : ce n'est pas un PDF")
    return hashlib.sha256(content).hexdigest()


def keep_documents(connection: Connection, documents: Iterable[bytes], *, at: datetime) -> None:
    """Keep each, once. Raises `Misconfigured`."""
    for content in documents:
        sha256 = digest_of_document(content)
        if not has_document(connection, sha256):
            connection.execute(
                insert(LEGAL_DOCUMENT).values(sha256=sha256, content=content, added_at=at)
            )


def has_document(connection: Connection, sha256: str) -> bool:
    """Whether it is kept here."""
    column = LEGAL_DOCUMENT.c.sha256
    return connection.scalar(select(column).where(column == sha256)) is not None


def document_of(connection: Connection, sha256: str) -> bytes:
    """Its bytes, checked against their digest. Raises `NotAuthorised`, `Misconfigured`."""
    content = connection.scalar(
        select(LEGAL_DOCUMENT.c.content).where(LEGAL_DOCUMENT.c.sha256 == sha256)
    )
    if content is None:
        raise NotAuthorised("le document de cette base légale n'est pas gardé ici")
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Misconfigured("ce document n'est plus celui qui a été déposé : restaurez la base")
    return bytes(content)
