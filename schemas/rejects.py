"""The rejected records of a file as their sender wrote them: for it to correct and send again.

1. CSV: the header line, then every physical line of each rejected record, byte for byte as received,
   whatever newline its quotes hold.
2. XML: each rejected record written again in the contract's encoding, inside the root of its flow.
3. Rejected is what a code of effect `rejet_ligne` refused, or one of the rows a record holds; what was
   mended, warned of or ignored as repeated is not there.
4. Bounded: past a number of records or of bytes nothing is written to the end, and that is said.

This is clear text of the sender: it is written in a room only, and leaves it encrypted.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from schemas.codes import Effect
from schemas.contract import Contract, Layout
from schemas.readers.delimited import read_lines_of
from schemas.readers.markup import read_elements_of
from schemas.reading import Report

MOST_RECORDS = 10_000
MOST_BYTES = 16 << 20


class TooMany(Exception):
    """More records or bytes were rejected than a file of rejects may hold."""


def has_rejects(report: Report | None) -> bool:
    """Whether a report rejects at least one record."""
    return report is not None and any(a.effect is Effect.ROW_REFUSED for a in report.anomalies)


def write_rejects(path: Path, contract: Contract, report: Report, out: BinaryIO) -> int:
    """Write the rejected records of the file at `path`; give how many. Raises `TooMany`."""
    spans = {
        one.record: (one.line, one.end_line)
        for one in report.anomalies
        if one.effect is Effect.ROW_REFUSED
    }
    if len(spans) > MOST_RECORDS:
        raise TooMany
    written = 0
    for piece in _pieces(path, contract, spans):
        written += len(piece)
        if written > MOST_BYTES:
            raise TooMany
        out.write(piece)
    return len(spans)


def _pieces(path: Path, contract: Contract, spans: dict[int, tuple[int, int]]) -> Iterator[bytes]:
    match contract.layout:
        case Layout.CSV:
            return read_lines_of(path, contract, [spans[record] for record in sorted(spans)])
        case Layout.XML:
            return read_elements_of(path, contract, spans)
