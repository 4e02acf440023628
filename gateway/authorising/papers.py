"""A draft as a person writes it: a TOML file, and the PDF of its legal basis beside it.

`legal_basis.document = "convention.pdf"` names a file, relative to the TOML; the draft holds its SHA-256.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gateway.errors import Misconfigured
from gateway.habilitation import Draft, of_table
from gateway.store.legal_documents import LIMIT, digest_of_document

LARGEST: Final = 1 << 20  # bytes of a TOML file
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Paper:
    """What was written, and the documents to keep with it."""

    draft: Draft
    documents: Sequence[bytes] = ()


def read_paper(path: Path) -> Paper:
    """Read a draft and its PDF. Raises `Misconfigured` with every error found."""
    try:
        table = tomllib.loads(_bytes(path, LARGEST).decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Misconfigured("habilitation illisible : ce n'est pas du TOML en UTF-8") from error
    return _with_document(table, path.parent)


def _with_document(table: dict[str, Any], folder: Path) -> Paper:
    basis = table.get("legal_basis")
    named = basis.get("document") if isinstance(basis, dict) else None
    if not isinstance(basis, dict) or not isinstance(named, str) or _DIGEST.fullmatch(named):
        return Paper(of_table(table))
    content = _bytes(folder / named, LIMIT)
    told = {**basis, "document": digest_of_document(content)}
    return Paper(of_table({**table, "legal_basis": told}), (content,))


def _bytes(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError:
        raise Misconfigured(f"fichier introuvable ou illisible : {path.name}") from None
    if len(content) > limit:
        raise Misconfigured(f"{path.name} : {limit // 1_000_000} Mo au plus")
    return content
