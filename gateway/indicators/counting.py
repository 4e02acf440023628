"""Units counted: for each period a block of counts, and what is measured of the delays behind each line.

1. Lines of fewer than k people are pooled in one, `OTHERS`; with the smallest of the rest while that is not k people.
   So a total never has to be hidden, and a small structure is not even named.
2. Everything here is exact and stays inside: `publishing` decides what may be seen of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from gateway.indicators.catalogue import Indicator
from gateway.indicators.orientations import PERSON
from gateway.indicators.secrecy import Block, Line

DECILES = tuple(tenth / 10 for tenth in range(1, 10))
MARGIN = ""
HALF = 0.5
OTHERS = "autres, regroupées"


@dataclass(frozen=True, slots=True)
class Measured:
    """Delays of one line, in days. `dominant`: the share of the longest in their sum.

    `kept_waiting`: the Kaplan-Meier median, with how many were done by then and how many waited longer.
    """

    mean: float | None = None
    deciles: tuple[int, ...] = ()
    dominant: float = 0.0
    kept_waiting: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """One indicator in one period; `measured` by view (`MARGIN`: the département) and line.

    `pooled`: how many lines of each view are in `OTHERS`.
    """

    indicator: Indicator
    period: str
    block: Block
    measured: Mapping[tuple[str, str], Measured] = field(default_factory=dict)
    pooled: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Cut:
    """One view of every period: lines, measures, and how many lines were pooled."""

    lines: Mapping[str, Sequence[Line]]
    measured: Mapping[tuple[str, str], Measured]
    pooled: Mapping[str, int]


def count(
    indicator: Indicator, units: pl.DataFrame, periods: Sequence[str], k: int
) -> Sequence[Counted]:
    """Count the units of each of these periods; a period without units is a block of zeros."""
    kept = units.filter(pl.col("PERIODE").is_in(list(periods)))
    if indicator.once:
        kept = kept.unique([PERSON, "PERIODE"], keep="first", maintain_order=True)
    cuts = {view: _cut(indicator, kept, view, k) for view in (MARGIN, *indicator.views)}
    return [_counted(indicator, period, cuts) for period in periods]


def _cut(indicator: Indicator, units: pl.DataFrame, view: str, k: int) -> _Cut:
    label = pl.col(view) if view else pl.lit(MARGIN)
    named = units.with_columns(label.alias("LIGNE"))
    few = (
        _few(named, k) if view else pl.DataFrame(schema={"PERIODE": pl.String, "LIGNE": pl.String})
    )
    pooled = dict(few.group_by("PERIODE").len().iter_rows())
    cut = named.join(
        few.with_columns(PEU=pl.lit(value=True)), on=["PERIODE", "LIGNE"],
        how="left", maintain_order="left",
    ).with_columns(pl.when("PEU").then(pl.lit(OTHERS)).otherwise("LIGNE").alias("LIGNE"))  # fmt: skip
    return _Cut(_lines(indicator, cut), _measured(indicator, cut), pooled)


def _few(named: pl.DataFrame, k: int) -> pl.DataFrame:
    """PERIODE, LIGNE of the lines to pool."""
    keys = ["PERIODE", "LIGNE"]
    sizes = named.group_by(keys).agg(pl.col(PERSON).n_unique().alias("TAILLE"))
    few = sizes.filter(pl.col("TAILLE") < k)
    together = (
        named.join(few, on=keys, how="semi").group_by("PERIODE").agg(pl.col(PERSON).n_unique())
    )
    short = together.filter(pl.col(PERSON) < k).select("PERIODE")
    smallest = (
        sizes.join(few, on=keys, how="anti")
        .join(short, on="PERIODE", how="semi")
        .sort("PERIODE", "TAILLE", "LIGNE")
        .unique("PERIODE", keep="first", maintain_order=True)
    )
    return pl.concat([few, smallest]).select(keys)


def _counted(indicator: Indicator, period: str, cuts: Mapping[str, _Cut]) -> Counted:
    width = len(indicator.classes)
    nobody = Line(MARGIN, (0,) * width, (0,) * width, 0, 0)
    margin = cuts[MARGIN].lines.get(period, [nobody])[0]
    views = {
        view: lines
        for view in indicator.views
        # one line is the margin again
        if len(lines := tuple(cuts[view].lines.get(period, ()))) > 1
    }
    block = Block(indicator.classes, margin, views, indicator.once, indicator.sensitive)
    told = {
        (view, label): one
        for view, cut in cuts.items()
        for (when, label), one in cut.measured.items()
        if when == period
    }
    pooled = {view: cuts[view].pooled.get(period, 0) for view in views}
    return Counted(indicator, period, block, told, pooled)


def _lines(indicator: Indicator, units: pl.DataFrame) -> Mapping[str, Sequence[Line]]:
    """Period → its lines, sorted by label."""
    size = {"UNITES": pl.len(), "PERSONNES": pl.col(PERSON).n_unique()}
    by_class = units.group_by("PERIODE", "LIGNE", "CLASSE").agg(**size)
    totals = units.group_by("PERIODE", "LIGNE").agg(**size).sort("PERIODE", "LIGNE")
    counts: dict[tuple[str, str], dict[int, tuple[int, int]]] = {}
    for period, label, rank, number, people in by_class.iter_rows():
        counts.setdefault((period, label), {})[rank] = (number, people)
    found: dict[str, list[Line]] = {}
    for period, label, number, people in totals.iter_rows():
        cells = [counts[period, label].get(rank, (0, 0)) for rank in range(len(indicator.classes))]
        line = Line(label, tuple(c[0] for c in cells), tuple(c[1] for c in cells), number, people)
        found.setdefault(period, []).append(line)
    return found


def _measured(indicator: Indicator, units: pl.DataFrame) -> Mapping[tuple[str, str], Measured]:
    if indicator.measures == "delai":
        return _delays(units)
    if indicator.measures == "attente":
        return _waits(units)
    return {}


def _delays(units: pl.DataFrame) -> Mapping[tuple[str, str], Measured]:
    days = pl.col("JOURS")
    found = units.group_by("PERIODE", "LIGNE").agg(
        days.mean().alias("MOYENNE"),
        (days.max() / days.sum()).fill_nan(0).alias("PART"),
        *(days.quantile(q, interpolation="lower").alias(f"D{i}") for i, q in enumerate(DECILES, 1)),
    )
    return {
        (period, label): Measured(round(mean, 1), tuple(int(d) for d in deciles), share)
        for period, label, mean, share, *deciles in found.iter_rows()
    }


def _waits(units: pl.DataFrame) -> Mapping[tuple[str, str], Measured]:
    """The median of Kaplan and Meier: who left or waits still counts for as long as they were seen waiting."""
    by_day = (
        units.group_by("PERIODE", "LIGNE", "JOURS")
        .agg(pl.len().alias("VUES"), pl.col("FINI").sum().alias("FAITES"))
        .sort("PERIODE", "LIGNE", "JOURS")
        .with_columns(A_RISQUE=pl.col("VUES").cum_sum(reverse=True).over("PERIODE", "LIGNE"))
        .with_columns(
            SURVIE=(1 - pl.col("FAITES") / pl.col("A_RISQUE")).cum_prod().over("PERIODE", "LIGNE"),
            AVANT=pl.col("FAITES").cum_sum().over("PERIODE", "LIGNE"),
            APRES=pl.col("A_RISQUE") - pl.col("VUES"),
        )
    )
    half = by_day.filter(pl.col("SURVIE") <= HALF).group_by("PERIODE", "LIGNE", maintain_order=True)
    known = {
        (period, label): (days, done, beyond)
        for period, label, days, done, beyond in half.first()
        .select("PERIODE", "LIGNE", "JOURS", "AVANT", "APRES")
        .iter_rows()
    }
    every = units.select("PERIODE", "LIGNE").unique().iter_rows()
    return {
        (period, label): Measured(kept_waiting=known.get((period, label)))
        for period, label in every
    }
