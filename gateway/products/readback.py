"""Reads a finished file again, with other code than what wrote it: (header, rows of text).

Raises `NotAuthorised` for a file that cannot be read to its last byte as its format says.
"""

import csv
import io
from collections.abc import Callable, Mapping

from gateway.errors import NotAuthorised
from gateway.habilitation import Format

Table = tuple[list[str], list[list[str]]]


def read_back(body: bytes, kind: Format) -> Table:
    """The header and the rows of a file of that format."""
    return _READERS[kind](body)


def _delimited(body: bytes) -> Table:
    try:
        text = body.decode("utf-8-sig")
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotAuthorised("l'extrait contrôlé est illisible") from error
    if not table:
        raise NotAuthorised("l'extrait contrôlé est vide, en-tête compris")
    return table[0], table[1:]


_READERS: Mapping[Format, Callable[[bytes], Table]] = {Format.CSV: _delimited}
