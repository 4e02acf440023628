"""Blocks that need no parser of quotes, whole columns at a time, by polars.

1. Without any quote a line is a record and a separator ends a cell. With quotes around every cell of
   every line (or around every whole line, where the contract tolerates it), and none elsewhere, the
   same is true once they are taken away. Any other block is not plain.
2. Polars fills a short row and cuts a long one without a word: each line is given one more cell, a
   mark that must come out in its own column. A block that already holds the mark is not plain.
3. Nor is a block with a line longer than a value may be: the `csv` module says what that is.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from schemas.contract import Contract

MOST_LINES = 100_000
_MARK, _CELL, _LINE = b"\x1f", b"\x1e", b"\x1d"
# What `str.strip` takes away, the marks being nowhere in the lines.
_BLANKS = "".join(chr(each) for each in range(0x3001) if chr(each).isspace())
_EDGES = b'""\n'
_BOM = b"\xef\xbb\xbf"  # polars drops one at the start of what it is given


@dataclass(frozen=True, slots=True)
class Plain:
    """UTF-8 lines, their newline the usual one, their cells ended by `separator`, no quote among them."""

    body: bytes
    separator: bytes


@dataclass(frozen=True, slots=True)
class Cells:
    """The lines of a piece: `frame` has the columns asked, of the lines of the right width.

    `right` says which lines those are; `others` gives the `line` of each other, from 1, whether it is
    `blank`, and whether it is `short` or else long.
    """

    frame: pl.DataFrame
    right: pl.Series
    others: pl.DataFrame


def plain(body: bytes, contract: Contract) -> Plain | None:
    """Give a block of UTF-8 as plain lines, or None when it is not."""
    if any(mark in body for mark in (_MARK, _CELL, _LINE)) or (_BOM[:1] in body and _BOM in body):
        return None
    body = body.replace(b"\r\n", b"\n") if b"\r" in body else body
    separator = contract.separator.encode()
    if b'"' in body:
        return _unquoted(body, separator, contract)
    body = body.replace(b"\r", b"\n") if b"\r" in body else body
    whole = body if body.endswith(b"\n") else body + b"\n"
    return None if _has_long_line(whole) else Plain(whole, separator)


def _unquoted(body: bytes, separator: bytes, contract: Contract) -> Plain | None:
    """Take away the quotes when each of them is at the edge of a cell, all cells having them.

    Every quote but the first and the last then belongs to one `";"` or one end of line between two
    quotes, and no other line ends: read from the left, each quote closes what the one before opened.
    """
    whole = body if body.endswith(b"\n") else body + b"\n"
    cells = whole.replace(b'"' + separator + b'"', _CELL)
    lines = cells.replace(b'"\n"', _LINE)
    bare = lines[1:-2]
    is_edged = len(lines) >= len(_EDGES) and lines[:1] + lines[-2:] == _EDGES
    if not is_edged or any(one in bare for one in (b'"', b"\n", b"\r")) or _has_long_line(whole):
        return None
    body = bare.replace(_LINE, b"\n") + b"\n"
    if not contract.quoted_lines_tolerated or separator not in body:
        return Plain(body, _CELL)
    return None if _CELL in body else Plain(body, separator)


def _has_long_line(body: bytes) -> bool:
    longest, start = csv.field_size_limit(), 0
    while start < len(body):
        end = body.rfind(b"\n", start, start + longest)
        if end < 0:
            return True
        start = end + 1
    return False


def pieces(found: Plain) -> Iterator[Plain]:
    """Cut lines so many that their frame would be far larger than their bytes."""
    if found.body.count(b"\n") <= MOST_LINES:
        yield found
        return
    middle = len(found.body) // 2
    cut = 1 + found.body.rfind(b"\n", 0, middle) or 1 + found.body.index(b"\n", middle)
    yield from pieces(Plain(found.body[:cut], found.separator))
    yield from pieces(Plain(found.body[cut:], found.separator))


def split(found: Plain, columns: tuple[str, ...], *, trailing: bool) -> Cells:
    """Cut the lines into cells. `trailing`: one empty cell more is none."""
    names = [f"{place}" for place in range(len(columns) + 1 + trailing)]
    marked = found.body.replace(b"\n", found.separator + _MARK + b"\n")
    frame = pl.read_csv(
        marked,
        has_header=False,
        schema=dict.fromkeys(names, pl.String),
        separator=found.separator.decode(),
        quote_char=None,
        empty_string_is_null=False,
        extra_columns="ignore",
        missing_columns="insert",
    )
    right = frame.select(_is_right(names, len(columns), trailing=trailing)).to_series()
    kept = frame.select(pl.col(name).alias(own) for name, own in zip(names, columns, strict=False))
    others = frame.with_row_index("line", 1).filter(~right)
    return Cells(
        kept if others.is_empty() else kept.filter(right),
        right,
        others.select("line", blank=_is_blank(names), short=_has_mark(names[: len(columns)])),
    )


def _is_right(names: Sequence[str], width: int, *, trailing: bool) -> pl.Expr:
    right = _has_mark([names[width]])
    return right | (_has_mark([names[-1]]) & (pl.col(names[width]) == "")) if trailing else right


def _is_blank(names: Sequence[str]) -> pl.Expr:
    return _has_mark([names[1]]) & (pl.col(names[0]).str.strip_chars(_BLANKS) == "")


def _has_mark(names: Sequence[str]) -> pl.Expr:
    return pl.any_horizontal(pl.col(name).eq_missing(pl.lit(_MARK.decode())) for name in names)
