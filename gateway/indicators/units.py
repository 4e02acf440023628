"""Units: one row per thing an indicator counts, with its period, its class, and its line in each view.

Columns: PERSONNE, PERIODE, CLASSE, JOURS (days; null where nothing is measured), FAIT (whether the wait is over),
STRUCTURE, ORIENTATION, REGLE. A class is its rank in the indicator's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from gateway.indicators.catalogue import BY_NAME, DELAY_ENDS, RETURNS
from gateway.indicators.orientations import (
    NO_ORIENTATION,
    NO_STRUCTURE,
    PERSON,
    contracts,
    entries,
    orientations,
)
from gateway.indicators.periods import Granularity, Period, period_of

UNITS: Mapping[str, pl.DataType] = {
    PERSON: pl.UInt32(),
    "PERIODE": pl.String(),
    "CLASSE": pl.Int64(),
    "JOURS": pl.Int64(),
    "FINI": pl.Boolean(),
    "STRUCTURE": pl.String(),
    "ORIENTATION": pl.String(),
    "REGLE": pl.String(),
}
LIVES: Mapping[str, pl.DataType] = {
    PERSON: pl.String(),
    "REGLE": pl.String(),
    "OUVERT_LE": pl.Date(),
    "CLOS_LE": pl.Date(),
    "ISSUE": pl.String(),
}
# What ended a signal → its class; anything else is no return.
_ENDS = {
    "remobilise_contrat": 0,
    "remobilise_inscription": 1,
    "remobilise_rdv": 2,
    "sorti_emploi": 3,
    "sorti_formation": 3,
}
_MISTAKE = "erreur_donnee"
RETURN_DAYS = 90
STATUSES = ("VENU", "ABSENT_EXCUSE", "ABSENT_NON_EXCUSE")


@dataclass(frozen=True, slots=True)
class Told:
    """What the journeys of a département say, read once; people are numbered."""

    entries: pl.DataFrame
    orientations: pl.DataFrame
    contracts: pl.DataFrame
    appointments: pl.DataFrame
    exits: pl.DataFrame
    lives: pl.DataFrame


def tell(facts: pl.DataFrame, lives: pl.DataFrame | None = None) -> Told:
    """Read facts (see `orientations`), and the lives of signals where they are known."""
    known = pl.DataFrame(schema=dict(LIVES)) if lives is None else lives.select(*LIVES)
    everybody = pl.concat([facts.get_column(PERSON), known.get_column(PERSON)]).unique().sort()
    number = pl.DataFrame({PERSON: everybody}).with_row_index("RANG")
    facts, known = (
        frame.join(number, on=PERSON, how="left", maintain_order="left")
        .drop(PERSON)
        .rename({"RANG": PERSON})
        for frame in (facts, known)
    )
    decided = orientations(facts)
    due = (pl.col("FAIT") == "RDV") & pl.col("STATUT").is_in(STATUSES)
    exits = facts.filter(FAIT="DROITS_DEVOIRS", STATUT="NON_SOUMIS").select(
        PERSON, pl.col("DATE").alias("SORTIE")
    )
    return Told(
        entries=entries(facts, decided),
        orientations=decided,
        contracts=contracts(facts, decided),
        appointments=facts.filter(due).select(
            PERSON, "DATE", "CODE", "STATUT", pl.col("STRUCTURE").alias("LIEU")
        ),
        exits=exits.drop_nulls().sort(PERSON, "SORTIE"),
        lives=known,
    )


def units(told: Told, name: str, granularity: Granularity) -> pl.DataFrame:
    """The units of one indicator, whatever their period."""
    return _MAKERS[name](told, granularity)


def waiting(told: Told, name: str, periods: Sequence[Period]) -> pl.DataFrame:
    """The units of a stock: who waits on the last day of each period."""
    found = _WAITERS[name](told)
    parts = [_on(found, period) for period in periods]
    return pl.concat([pl.DataFrame(schema=dict(UNITS)), *parts])


def delay_class(days: pl.Expr) -> pl.Expr:
    """The rank of a delay among the four classes."""
    return pl.sum_horizontal((days > end).cast(pl.Int64) for end in DELAY_ENDS)


def _delays_to_orientation(told: Told, granularity: Granularity) -> pl.DataFrame:
    days = (pl.col("DECISION") - pl.col("ENTREE")).dt.total_days()
    done = told.entries.filter(pl.col("DECISION").is_not_null())
    return _units(
        done.sort(PERSON, "DECISION"), period_of("DECISION", granularity), delay_class(days), days
    )


def _delays_to_contract(told: Told, granularity: Granularity) -> pl.DataFrame:
    days = (pl.col("CONTRAT") - pl.col("DECISION")).dt.total_days()
    done = told.contracts.filter(pl.col("CONTRAT").is_not_null())
    return _units(
        done.sort(PERSON, "CONTRAT"), period_of("CONTRAT", granularity), delay_class(days), days
    )


def _entries(told: Told, granularity: Granularity) -> pl.DataFrame:
    """Each entry as it was seen on its period's horizon, whatever is known since."""
    closing = BY_NAME["entrees"].closing
    found = told.entries.with_columns(PERIODE=period_of("ENTREE", granularity))
    ends = {n: Period.parse(n).horizon(closing) for n in found["PERIODE"].unique()}
    seen = pl.col("PERIODE").replace_strict(ends, default=None, return_dtype=pl.Date)
    until = pl.min_horizontal("DECISION", "SORTIE", seen)
    decided = (pl.col("DECISION") <= seen).fill_null(value=False)
    left = (pl.col("SORTIE") <= seen).fill_null(value=False)
    days = (until - pl.col("ENTREE")).dt.total_days()
    late = pl.when(days > DELAY_ENDS[1]).then(1).otherwise(0)
    rank = pl.when(decided).then(late).when(left).then(2).otherwise(3)
    return _units(found, pl.col("PERIODE"), rank, days, done=decided)


def _appointments(told: Told, granularity: Granularity) -> pl.DataFrame:
    """Each appointment once; its structure, else the one the person was oriented to."""
    due = told.appointments.sort(PERSON, "DATE", "CODE", "STATUT", "LIEU").unique(
        maintain_order=True
    )
    placed = _placed(told, due, "DATE").with_columns(
        pl.coalesce("LIEU", "STRUCTURE").alias("STRUCTURE")
    )
    rank = pl.col("STATUT").replace_strict(
        {status: rank for rank, status in enumerate(STATUSES)}, return_dtype=pl.Int64
    )
    return _units(placed, period_of("DATE", granularity), rank)


def _after_signals(told: Told, granularity: Granularity) -> pl.DataFrame:
    """Each life of a signal once; one that was a mistake of the data never was."""
    lives = told.lives.filter(pl.col("ISSUE").ne_missing(_MISTAKE)).sort(
        PERSON, "OUVERT_LE", "REGLE", "CLOS_LE"
    )
    soon = (pl.col("CLOS_LE") - pl.col("OUVERT_LE")).dt.total_days() <= RETURN_DAYS
    end = pl.col("ISSUE").replace_strict(_ENDS, default=None, return_dtype=pl.Int64)
    rank = pl.when(soon).then(end).fill_null(len(RETURNS) - 1)
    return _units(_placed(told, lives, "OUVERT_LE"), period_of("OUVERT_LE", granularity), rank)


def _waiting_for_orientation(told: Told) -> pl.DataFrame:
    """From the entry to the decision, or to the exit."""
    return told.entries.select(
        PERSON,
        pl.col("ENTREE").alias("DEPUIS"),
        pl.min_horizontal("DECISION", "SORTIE").alias("JUSQUE"),
    )


def _waiting_for_contract(told: Told) -> pl.DataFrame:
    """From the decision to the contract, the next decision or the end of duties, of who the CD follows."""
    found = told.contracts.filter(pl.col("ORIENTATION").is_in(["SOCIAL", "SOCIOPRO"]))
    ended = found.sort(PERSON, "DECISION").join_asof(
        told.exits, left_on="DECISION", right_on="SORTIE", by=PERSON,
        strategy="forward", check_sortedness=False, coalesce=False,
    )  # fmt: skip
    return ended.select(
        PERSON,
        pl.col("DECISION").alias("DEPUIS"),
        pl.min_horizontal("CONTRAT", "SUIVANTE", "SORTIE").alias("JUSQUE"),
    )


def _on(found: pl.DataFrame, period: Period) -> pl.DataFrame:
    still = pl.col("JUSQUE").is_null() | (pl.col("JUSQUE") > period.end)
    days = (pl.lit(period.end) - pl.col("DEPUIS")).dt.total_days()
    there = found.filter((pl.col("DEPUIS") <= period.end) & still).sort(PERSON, "DEPUIS")
    once = there.unique(PERSON, keep="first", maintain_order=True)
    return _units(once, pl.lit(period.name), delay_class(days), days)


def _placed(told: Told, rows: pl.DataFrame, day: str) -> pl.DataFrame:
    """Rows with the ORIENTATION and STRUCTURE in force that day; `rows` sorted by person and day."""
    return rows.join_asof(
        told.orientations.select(PERSON, "DECISION", "ORIENTATION", "STRUCTURE"),
        left_on=day, right_on="DECISION", by=PERSON, strategy="backward", check_sortedness=False,
    )  # fmt: skip


def _units(
    rows: pl.DataFrame,
    period: pl.Expr,
    rank: pl.Expr,
    days: pl.Expr | None = None,
    *,
    done: pl.Expr | None = None,
) -> pl.DataFrame:
    named = {"STRUCTURE": NO_STRUCTURE, "ORIENTATION": NO_ORIENTATION, "REGLE": ""}
    lines = [
        (pl.col(name).fill_null(absent) if name in rows.columns else pl.lit(absent)).alias(name)
        for name, absent in named.items()
    ]
    return rows.select(
        PERSON,
        period.alias("PERIODE"),
        rank.cast(pl.Int64).alias("CLASSE"),
        (pl.lit(None) if days is None else days).cast(pl.Int64).alias("JOURS"),
        (pl.lit(value=True) if done is None else done).alias("FINI"),
        *lines,
    )


_MAKERS: Mapping[str, Callable[[Told, Granularity], pl.DataFrame]] = {
    "delai-orientation": _delays_to_orientation,
    "entrees": _entries,
    "delai-contrat": _delays_to_contract,
    "rendez-vous": _appointments,
    "suites-des-signaux": _after_signals,
}
_WAITERS: Mapping[str, Callable[[Told], pl.DataFrame]] = {
    "en-attente-d-orientation": _waiting_for_orientation,
    "en-attente-de-contrat": _waiting_for_contract,
}
