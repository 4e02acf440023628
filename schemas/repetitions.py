"""Rows already seen, across the batches of one file, without keeping the rows.

Of each distinct row 16 bytes are kept, and up to 48 while two runs are merged: ten million rows are
160 MB. They are two 64-bit hashes of the normalised row under seeds drawn for each file, so that
nobody can prepare two rows that meet; by chance, two of ten million rows do so once in 10^24 files.
Runs are sorted and merged by size, as a log-structured tree does: each row is looked up in few runs.
"""

import secrets

import polars as pl

_HALF = pl.Series([1 << 64], dtype=pl.UInt128)


class Repetitions:
    """The rows of one file, as far as it was read."""

    def __init__(self) -> None:
        self._seeds = (secrets.randbits(63), secrets.randbits(63))
        self._runs: list[pl.Series] = []

    def first(self, rows: pl.DataFrame) -> pl.Series:
        """Say of each row whether it is the first of its kind, here and before; remember them."""
        marks = self._marks(rows)
        fresh = marks.get_column("is_first")
        for run in self._runs:
            fresh &= ~_among(run, marks.get_column("mark"))
        self._keep(marks.get_column("mark").filter(fresh))
        return marks.select("row", is_first=fresh).sort("row").get_column("is_first")

    def _marks(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Sorted, so that a run is looked up from one end to the other."""
        high, low = (rows.hash_rows(seed).cast(pl.UInt128) for seed in self._seeds)
        marks = pl.DataFrame({"mark": high * _HALF + low})
        is_first = pl.col("mark").is_first_distinct()
        return marks.with_columns(is_first=is_first).with_row_index("row").sort("mark")

    def _keep(self, run: pl.Series) -> None:
        while self._runs and self._runs[-1].len() < 2 * run.len():
            run = pl.concat([self._runs.pop(), run]).sort()
        if run.len():
            self._runs.append(run)


def _among(run: pl.Series, marks: pl.Series) -> pl.Series:
    places = run.search_sorted(marks).clip(0, run.len() - 1)
    return run.gather(places) == marks
