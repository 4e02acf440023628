"""What each answer rests on: field, value, source, file, the day the source speaks of, delay.

Gathered fact by fact into one long frame of the answers to show, then grouped once: lists built row by row
are a hundred times slower.
"""

from collections.abc import Sequence

import polars as pl

from gateway.rules.rule import Evidence, Flow, Moment, Rule
from gateway.rules.situation.cnaf import FILE, FILE_DAY
from gateway.rules.situation.frames import NUMBER

EVIDENCE = pl.Struct(
    {
        "CHAMP": pl.String,
        "VALEUR": pl.String,
        "SOURCE": pl.String,
        "FICHIER": pl.String,
        "REFERENCE": pl.Date,
        "SEUIL": pl.Int64,
    }
)
PLACE = pl.Int32  # of a rule among those evaluated


def gather(
    judged: pl.DataFrame, shown: pl.DataFrame, rules: Sequence[Rule], moment: Moment
) -> pl.DataFrame:
    """RANG, PLACE, PREUVES (list of `EVIDENCE`, in the order of the rule) for the answers shown.

    What is not known is left out of a list.
    """
    quoted = [
        (place, fact) for place, rule in enumerate(rules) for fact in rule.judge(moment).evidence
    ]
    asked = dict(shown.partition_by("PLACE", as_dict=True))
    told = [
        _told(judged.lazy(), asked[place,].lazy(), fact, moment).with_columns(
            FAIT=pl.lit(number, pl.Int32)
        )
        for number, (place, fact) in enumerate(quoted)
        if (place,) in asked
    ]
    empty = pl.DataFrame(schema={NUMBER: pl.UInt32, "PLACE": PLACE, "PREUVES": pl.List(EVIDENCE)})
    if not told:
        return empty
    return (
        pl.concat(pl.collect_all(told))
        .sort(NUMBER, "FAIT")
        .join(_sources([fact for _, fact in quoted]), on="FAIT", maintain_order="left")
        .group_by(NUMBER, "PLACE", maintain_order=True)
        .agg(PREUVES=pl.struct(*EVIDENCE.to_schema()))
    )


def _told(
    judged: pl.LazyFrame, shown: pl.LazyFrame, fact: Evidence, moment: Moment
) -> pl.LazyFrame:
    file, day = _file(fact, moment)
    values = judged.select(
        NUMBER,
        VALEUR=fact.value,
        SEUIL=fact.threshold.cast(pl.Int64),
        FICHIER=file,
        REFERENCE=day,
    )
    return (
        shown.join(values, on=NUMBER)
        .filter(pl.col("VALEUR").is_not_null())
        .with_columns(pl.col("VALEUR").cast(pl.String))
    )


def _file(fact: Evidence, moment: Moment) -> tuple[pl.Expr, pl.Expr]:
    """The file a fact comes from and the day it speaks of; the CNAF's rows say it themselves."""
    if fact.flow is Flow.CNAF and not fact.earlier:
        return pl.col(FILE), pl.col(FILE_DAY)
    file, day = moment.said_by(fact)
    return pl.lit(file, pl.String), pl.lit(day, pl.Date)


def _sources(facts: Sequence[Evidence]) -> pl.DataFrame:
    """What is the same for everybody: the name of each fact and its source."""
    return pl.DataFrame(
        {
            "FAIT": range(len(facts)),
            "CHAMP": [fact.name for fact in facts],
            "SOURCE": [fact.flow.value for fact in facts],
        },
        schema_overrides={"FAIT": pl.Int32},
    )
