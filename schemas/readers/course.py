"""A delimited file half read: every batch has its physical lines and records, whoever read it."""

from collections.abc import Iterator

import polars as pl

from schemas.codes import Code
from schemas.contract import Contract
from schemas.readers.batch import BATCH_ROWS, END, LINE, RECORD, Batch, Holding, Row
from schemas.readers.blocks import Block
from schemas.readers.encodings import to_utf8
from schemas.readers.plain import Plain, plain, split
from schemas.readers.quoted import Lines, read_records
from schemas.reading import Anomaly

# UTF-8 begins U+0080 to U+00BF with the first, and everything from U+0300 on with one of the others.
_BEFORE_WINDOWS = b"\xc2"
_BEFORE_MARKS = bytes(range(0xCC, 0xF8))


class Course:
    """The last line and the last record given; `columns` are those of the file, in its order."""

    def __init__(self, contract: Contract, columns: tuple[str, ...]) -> None:
        self._contract, self._columns = contract, columns
        names = [column.name for column in contract.read_columns]
        self._width, self._names = len(columns), names
        self._order = [columns.index(name) if name in columns else None for name in names]
        self._line, self._record = 1, 0

    def plain(self, block: Block) -> Plain | None:
        """Give the block as plain lines, or None when only the other reader can tell."""
        if block.is_endless or self._width == 1:
            return None
        return plain(to_utf8(block.body, self._contract), self._contract)

    def columns(self, piece: Plain, position: int) -> Batch:
        """Read plain lines: each is a record, unless it is blank."""
        trailing = self._contract.trailing_separator_tolerated
        cells = split(piece, self._columns, trailing=trailing)
        lines = pl.int_range(1, cells.right.len() + 1, eager=True)
        records = lines
        if not cells.others.is_empty():
            blank = cells.others.filter("blank").get_column("line").cast(pl.Int64)
            records = (~lines.is_in(blank.implode())).cum_sum().cast(pl.Int64)
        places = pl.DataFrame(
            {LINE: lines + self._line, END: lines + self._line, RECORD: records + self._record}
        )
        misshapen = [
            Anomaly(
                self._line + line,
                self._line + line,
                self._record + records[line - 1],
                None,
                Code.SHORT_ROW if is_short else Code.LONG_ROW,
            )
            for line, is_short in cells.others.filter(~pl.col("blank"))
            .select("line", "short")
            .iter_rows()
        ]
        frame = cells.frame.with_columns(
            pl.lit(None, dtype=pl.String).alias(name)
            for name in self._names
            if name not in self._columns
        )
        kept = places.filter(cells.right)
        self._line += lines.len()
        self._record += int(records[-1])
        return Batch(
            frame.select(self._names).hstack(kept),
            misshapen,
            frame.height + len(misshapen),
            position=position,
            holding=_holding(piece.body, self._contract),
        )

    def quoted(self, block: Block, after: Iterator[Block]) -> Iterator[Batch]:
        """Read a block record by record, and what of the blocks after it an open quote takes."""
        lines = Lines(block, after, self._contract.encoding, self._line)
        rows, misshapen = list[Row](), list[Anomaly]()
        for line, end, cells in read_records(lines, self._contract, self._width):
            self._record += 1
            if len(cells) == self._width:
                rows.append((*self._in_order(cells), line, end, self._record))
            else:
                code = Code.SHORT_ROW if len(cells) < self._width else Code.LONG_ROW
                misshapen.append(Anomaly(line, end, self._record, None, code))
            if len(rows) + len(misshapen) >= BATCH_ROWS:
                yield Batch(rows, misshapen, len(rows) + len(misshapen), position=lines.position)
                rows, misshapen = [], []
        self._line = lines.number
        yield Batch(rows, misshapen, len(rows) + len(misshapen), position=lines.position)

    def _in_order(self, cells: list[str]) -> list[str | None]:
        return [None if place is None else cells[place] for place in self._order]


def _holding(body: bytes, contract: Contract) -> Holding:
    if contract.is_unicode and not body.isascii():
        is_composed = len(body.translate(None, _BEFORE_MARKS)) == len(body)
        return Holding(decomposed=not is_composed, newlines=False)
    return Holding(decomposed=False, windows=_BEFORE_WINDOWS in body, newlines=False)
