"""How records come out of bytes: one reader per layout, all giving the same batches of text."""

from collections.abc import Iterator
from pathlib import Path

from schemas.contract import Contract, Layout
from schemas.readers.batch import Batch
from schemas.readers.delimited import read_delimited
from schemas.readers.markup import read_markup


def read(path: Path, contract: Contract) -> Iterator[Batch]:
    """Read a file whose bytes were checked. Raises `FileRefused` where it stops making sense."""
    match contract.layout:
        case Layout.CSV:
            return read_delimited(path, contract)
        case Layout.XML:
            return read_markup(path, contract)
