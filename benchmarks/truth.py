"""A set of pairs against the truth: precision, recall, F1, and the lines that say them.

A pair is LEFT, RIGHT; a subject's truth is in TRUTH (ID, TRUTH). Pairs given twice count once.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

HEADER = ("méthode", "paires", "fausses", "précision", "rappel", "F1", "secondes", "remarque")


@dataclass(frozen=True, slots=True)
class Truth:
    """Who is who on both sides (ID, TRUTH), and how many links there are to find."""

    left: pl.DataFrame
    right: pl.DataFrame

    @property
    def links(self) -> int:
        """How many subjects of the left are on the right as well."""
        return self.left.join(self.right, on="TRUTH").height


@dataclass(frozen=True, slots=True)
class Found:
    """What a method found; no figures of ours where it was only published."""

    method: str
    pairs: int
    false: int
    links: int
    seconds: float
    note: str = ""

    @property
    def precision(self) -> float:
        """The share of the pairs that are one person."""
        return (self.pairs - self.false) / self.pairs if self.pairs else 1.0

    @property
    def recall(self) -> float:
        """The share of the links that were found."""
        return (self.pairs - self.false) / self.links

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def judged(method: str, pairs: pl.DataFrame, truth: Truth, seconds: float, note: str = "") -> Found:
    """Compare pairs (LEFT, RIGHT) with the truth."""
    told = (
        pairs.select("LEFT", "RIGHT")
        .unique()
        .join(truth.left.select(LEFT="ID", ONE="TRUTH"), on="LEFT")
        .join(truth.right.select(RIGHT="ID", OTHER="TRUTH"), on="RIGHT")
    )
    false = told.filter(pl.col("ONE") != pl.col("OTHER")).height
    return Found(method, told.height, false, truth.links, seconds, note)


def table(title: str, found: Iterable[Found], published: Iterable[tuple[str, ...]] = ()) -> str:
    """A table in French that docs/mesures.md can hold as it is."""
    rows = [HEADER, ("---",) * len(HEADER), *map(_cells, found), *published]
    return "\n".join([f"### {title}", "", *(f"| {' | '.join(row)} |" for row in rows), ""])


def _cells(found: Found) -> tuple[str, ...]:
    return (
        found.method,
        f"{found.pairs:,}".replace(",", " "),
        str(found.false),
        _comma(f"{found.precision:.6f}"),
        _comma(f"{found.recall:.4f}"),
        _comma(f"{found.f1:.4f}"),
        _comma(f"{found.seconds:.2f}"),
        found.note,
    )


def _comma(number: str) -> str:
    return number.replace(".", ",")
