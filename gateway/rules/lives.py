"""The lives of signals: when one opened, when it was last seen, how it ended. One row per life.

From the lives before, what a crossing found and what became of the person:

1. A triggered rule opens a life, or is seen again in the one that is open. A clock that restarted since
   it was last seen is another life: the first one ends first.
2. Not triggered any more ends it, with the outcome the journey tells (`outcomes`); the person's right
   closed, a move, a job, a training end it too, though they silence.
3. Not evaluable, outside the population, silenced for another reason, rule not in use: nothing is known
   of it this time, so nothing opens and nothing ends.
4. Who left the département's file has no open life: it ends, `sans_suite`.
5. As of an earlier date than the last crossing: nothing changes. As of the same date: what was ended that
   day is judged again, so that the same crossing twice is once; what opened that very day and is no
   more, the files being corrected, was a mistake of the data.
6. `PERSONNE` is a pseudonym; no reason of a silence is kept here.
7. Lives are forgotten `KEPT_MONTHS` after they end (catalogue, section 6.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from gateway.rules.catalogue import BY_ID, SUPPRESSORS
from gateway.rules.outcomes import ENDING, outcome
from gateway.rules.rule import Effect, Gate, Result, Rule

LIVES = {
    "PERSONNE": pl.String(),
    "REGLE": pl.String(),
    "DEPUIS": pl.Date(),
    "OUVERT_LE": pl.Date(),
    "VU_LE": pl.Date(),
    "CLOS_LE": pl.Date(),
    "ISSUE": pl.String(),
    "VERSION": pl.String(),
}
# The latest dated fact of each kind, per person; null when there is none (see `turns`).
TURNS = {
    "PERSONNE": pl.String(),
    "INSCRIPTION": pl.Date(),
    "CONTRAT": pl.Date(),
    "CONTRAT_JUSQUE": pl.Date(),
    "RENCONTRE": pl.Date(),
    "EMPLOI": pl.Date(),
    "FORMATION": pl.Date(),
}
KEPT_MONTHS = 6
_BY_RULE = [one.id for one in SUPPRESSORS if one.effect is Effect.RULE]


@dataclass(frozen=True, slots=True)
class Now:
    """What a crossing says. `rules`: those in use; `turns`: `TURNS`."""

    as_of: date
    people: pl.DataFrame
    signals: pl.DataFrame
    turns: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TURNS))
    rules: Mapping[str, Rule] = field(default_factory=lambda: BY_ID)


def no_life() -> pl.DataFrame:
    """The lives before the first crossing."""
    return pl.DataFrame(schema=LIVES)


def carry(before: pl.DataFrame, now: Now, *, last: date | None = None) -> pl.DataFrame:
    """The lives after a crossing, sorted; `last` is the date of the crossing `before` comes from."""
    if last is not None and now.as_of < last:
        return before
    over, alive = _split(before, now.as_of)
    triggered = _triggered(now)
    judged = _judge(alive, triggered, now)
    seen = judged.filter(FATE="seen").with_columns(
        DEPUIS=pl.coalesce("DEPUIS_NOUVEAU", "DEPUIS"), VU_LE=pl.lit(now.as_of)
    )
    ended = judged.filter(FATE="ended").with_columns(
        CLOS_LE=pl.lit(now.as_of), ISSUE=outcome(now.as_of, now.rules)
    )
    paused = judged.filter(FATE="paused")
    born = triggered.join(seen, on=["PERSONNE", "REGLE"], how="anti").select(
        "PERSONNE",
        "REGLE",
        pl.col("DEPUIS_NOUVEAU").alias("DEPUIS"),
        *(pl.lit(now.as_of).alias(name) for name in ("OUVERT_LE", "VU_LE")),
        pl.lit(None, pl.Date).alias("CLOS_LE"),
        pl.lit(None, pl.String).alias("ISSUE"),
        pl.col("VERSION_NOUVELLE").alias("VERSION"),
    )
    parts = (over, seen, ended, paused, born)
    return _sorted(pl.concat([part.select(*LIVES) for part in parts]))


def forget(lives: pl.DataFrame, on: date) -> pl.DataFrame:
    """The lives without those that ended `KEPT_MONTHS` months ago or more."""
    kept_until = pl.col("CLOS_LE").dt.offset_by(f"{KEPT_MONTHS}mo")
    return lives.filter(pl.col("CLOS_LE").is_null() | (kept_until > on))


def _sorted(lives: pl.DataFrame) -> pl.DataFrame:
    return lives.sort("PERSONNE", "REGLE", "OUVERT_LE", "DEPUIS", nulls_last=False)


def _split(before: pl.DataFrame, as_of: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What is over for good, and what is alive: open, or ended on this very date (judged again)."""
    again = (pl.col("CLOS_LE") == as_of).fill_null(value=False)
    open_or_again = pl.col("CLOS_LE").is_null() | again
    alive = before.filter(open_or_again).with_columns(
        CLOS_LE=pl.lit(None, pl.Date), ISSUE=pl.lit(None, pl.String)
    )
    return before.filter(~open_or_again), alive


def _triggered(now: Now) -> pl.DataFrame:
    told = now.signals.filter(pl.col("RESULTAT") == Result.TRIGGERED.value)
    return told.join(now.people, on="PERSONNE", how="semi").select(
        "PERSONNE",
        "REGLE",
        pl.col("DEPUIS").alias("DEPUIS_NOUVEAU"),
        pl.col("VERSION").alias("VERSION_NOUVELLE"),
    )


def _judge(alive: pl.DataFrame, triggered: pl.DataFrame, now: Now) -> pl.DataFrame:
    """Each living signal with its `FATE`: seen, ended or paused."""
    told = now.signals.select("PERSONNE", "REGLE", "RESULTAT", "SUPPRESSEUR")
    # What silenced one rule of a person is not told of their other rules.
    whole = pl.when(~pl.col("SUPPRESSEUR").is_in(_BY_RULE)).then(pl.col("SUPPRESSEUR"))
    of = now.people.select("PERSONNE", "POPULATION", POURQUOI=whole, PRESENT=pl.lit(value=True))
    restarted = (pl.col("DEPUIS_NOUVEAU") > pl.col("VU_LE")).fill_null(value=False)
    # Opened today beside an older life that goes on after all: two would tell one signal.
    older = pl.col("OUVERT_LE").filter(~pl.col("RECOMMENCE")).min().over("PERSONNE", "REGLE")
    return (
        alive.join(triggered, on=["PERSONNE", "REGLE"], how="left")
        .join(told, on=["PERSONNE", "REGLE"], how="left")
        .join(of, on="PERSONNE", how="left")
        .join(now.turns, on="PERSONNE", how="left")
        .with_columns(pl.coalesce("POURQUOI", "SUPPRESSEUR").alias("SILENCE"))
        .with_columns(RECOMMENCE=restarted)
        .with_columns(DOUBLE=(pl.col("OUVERT_LE") > older).fill_null(value=False))
        .with_columns(FATE=_fate(now))
    )


def _fate(now: Now) -> pl.Expr:
    restarts = pl.col("RECOMMENCE") | pl.col("DOUBLE")
    ends = pl.col("SILENCE").is_in(ENDING)
    gated = [name for name, rule in now.rules.items() if rule.gate is Gate.ACTIVE]
    outside = (
        pl.when(pl.col("REGLE").is_in(gated))
        .then(~pl.col("POPULATION"))
        .otherwise(pl.lit(value=False))
        | pl.col("POPULATION").is_null()
    )
    unknown = (
        outside
        | ~pl.col("REGLE").is_in(list(now.rules))
        | (pl.col("RESULTAT") == Result.NOT_EVALUABLE.value).fill_null(value=False)
    )
    return (
        pl.when(pl.col("PRESENT").is_null())
        .then(pl.lit("ended"))
        .when(pl.col("RESULTAT") == Result.TRIGGERED.value)
        .then(pl.when(restarts).then(pl.lit("ended")).otherwise(pl.lit("seen")))
        .when(pl.col("SILENCE").is_not_null())
        .then(pl.when(ends).then(pl.lit("ended")).otherwise(pl.lit("paused")))
        .when(unknown)
        .then(pl.lit("paused"))
        .otherwise(pl.lit("ended"))
    )
