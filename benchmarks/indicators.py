"""Indicators of a département: a million facts to tables with their small cells hidden, beside a bare group-by."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from benchmarks.measure import Line, Scale, peak, race
from gateway.indicators import Edition, Granularity, Observed, compile_edition
from gateway.indicators.units import tell

AS_OF, FIRST = date(2022, 6, 15), date(2020, 6, 1)
STRUCTURES = 60
SCHEMA = {
    "PERSONNE": pl.String(),
    "FAIT": pl.String(),
    "DATE": pl.Date(),
    "DATE_FIN": pl.Date(),
    "CODE": pl.String(),
    "STATUT": pl.String(),
    "STRUCTURE": pl.String(),
}


def measure(_folder: Path, scale: Scale) -> list[Line]:
    """Five tables and two stocks, eight quarters, sixty structures of unequal size."""
    facts = pl.DataFrame(list(_facts(scale.rows)), schema=SCHEMA, orient="row")

    def ours() -> Edition:
        return compile_edition(Observed("08", AS_OF, tell(facts)), Granularity.QUARTER, 11)

    def bare() -> pl.DataFrame:
        by = pl.col("DATE").dt.truncate("1q")
        return facts.group_by("FAIT", "STATUT", "STRUCTURE", by).agg(pl.col("PERSONNE").n_unique())

    shown = [row for table in ours().tables for row in table.rows]
    hidden = sum(count is None for row in shown for count in row.counts)
    note = (
        f"{sum(len(row.counts) for row in shown)} nombres, {hidden} cachés ; mémoire {peak()} Mio"
    )
    taken, theirs = race(scale.runs, ours, bare)
    peer = f"polars nu, un seul group_by, rien de caché ; {note}"
    return [Line("Indicateurs, compter et cacher", facts.height, "faits", taken, peer, theirs)]


def _facts(rows: int) -> Iterator[tuple[object, ...]]:
    drawn, made, number = random.Random(1), 0, 0
    while made < rows:
        who, entered = f"{number:032x}", FIRST + timedelta(days=drawn.randrange(700))
        place = f"Structure {int(drawn.paretovariate(0.8)) % STRUCTURES:02}"
        decided = entered + timedelta(days=int(drawn.expovariate(1 / 60)))
        began = decided + timedelta(days=int(drawn.expovariate(1 / 50)))
        came = drawn.choice(("VENU", "VENU", "ABSENT_EXCUSE", "ABSENT_NON_EXCUSE"))
        yield who, "DROITS_DEVOIRS", entered, None, None, "SOUMIS", None
        yield (
            who,
            "ORIENTATION",
            decided,
            None,
            drawn.choice(("EMPLOI", "SOCIAL")),
            "ORIENTE",
            place,
        )
        yield who, "CONTRAT", began, None, "CER", "VALIDE", place
        yield who, "RDV", decided + timedelta(days=20), None, "bilan", came, place
        number, made = number + 1, made + 4
