"""The crossing: journeys of one département in, signals with their evidence out.

1. Pure: same frames, same day and same thresholds, same signals, whatever the order of the rows.
2. Only the people of the département's file whom the CNAF knows are judged; nothing is told of a person
   silenced whole, nor of one outside the gate of a rule.
3. A rule that needs Pôle emploi's file is not evaluable for everybody in the population when that file is
   missing or too old, even where the rule could not have applied: silence of a source is never "no risk".
4. What is not triggered is what is left: never a row, unless everything is asked for.
5. People are judged slice by slice: memory is the wide frame, the slices' verdicts and what is told.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from gateway.rules.catalogue import RULES, SUPPRESSORS
from gateway.rules.journeys import Journeys
from gateway.rules.rule import Effect, Flow, Moment, Result, Rule
from gateway.rules.situation import describe
from gateway.rules.situation.frames import NUMBER
from gateway.rules.situation.gates import GATES, KNOWN, POPULATION
from gateway.rules.telling import SIGNALS, tell
from gateway.rules.thresholds import AVANT_2025, Thresholds
from gateway.rules.verdicts import judge

SLICE = 200_000  # people judged at once

_SILENT = [rule for rule in SUPPRESSORS if rule.effect is Effect.PERSON]
_WATCHED = [rule for rule in SUPPRESSORS if rule.effect is Effect.WATCH]


@dataclass(frozen=True, slots=True)
class Crossing:
    """What was found.

    `people`: PERSONNE, GRADE (null while Pôle emploi's file is not usable), POPULATION (null: the CNAF does
    not know the person), SUPPRIME, SUPPRESSEUR, A_SURVEILLER; one row per person of the CD's file, sorted.
    `signals`: see `telling.SIGNALS`; sorted by PERSONNE then in the order of the catalogue.
    """

    people: pl.DataFrame
    signals: pl.DataFrame


def cross(
    journeys: Journeys,
    *,
    as_of: date,
    thresholds: Thresholds = AVANT_2025,
    everything: bool = False,
) -> Crossing:
    """Evaluate every rule in use for every person of the département's file.

    `everything`: also the rows of what is not triggered, with evidence for all. Raises `ValueError` on a
    frame that is not one of ours.
    """
    moment = moment_of(journeys, as_of, thresholds)
    wide = situation(journeys, moment)
    rules = in_use(thresholds)
    judged = wide.filter(pl.col("SUPPRESSEUR").is_null() & pl.any_horizontal(*GATES.values()))
    told = [
        tell(judge(part, rules, moment), rules, moment, everything=everything)
        for part in judged.iter_slices(SLICE)
    ]
    signals = pl.concat([pl.DataFrame(schema=dict(SIGNALS) | {NUMBER: pl.UInt32}), *told])
    return Crossing(_people(wide, signals, moment), signals.drop(NUMBER))


def moment_of(journeys: Journeys, as_of: date, thresholds: Thresholds) -> Moment:
    """When a crossing of these journeys is done, and on which files."""
    received = {Flow.CD: journeys.cd, Flow.CNAF: journeys.cnaf, Flow.PE: journeys.pe}
    return Moment(
        as_of=as_of,
        pe_reference=journeys.pe.reference if journeys.pe else None,
        thresholds=thresholds,
        deliveries={flow: file.delivery for flow, file in received.items() if file},
        cnaf_reference=journeys.cnaf.reference if journeys.cnaf else None,
    )


def in_use(thresholds: Thresholds) -> tuple[Rule, ...]:
    """The core rules and the optional ones the thresholds name, less what the law made void."""
    return tuple(
        rule
        for rule in RULES
        if rule.id not in thresholds.obsolete
        and (not rule.optional or rule.id in thresholds.optional)
    )


def situation(journeys: Journeys, moment: Moment) -> pl.DataFrame:
    """The wide frame, with what stands before any rule: POPULATION, SUPPRESSEUR and A_SURVEILLER."""
    silenced = (pl.when(KNOWN & one.silences(moment)).then(pl.lit(one.id)) for one in _SILENT)
    watched = [one.silences(moment).fill_null(value=False) for one in _WATCHED]
    return describe(journeys, moment).with_columns(
        POPULATION=POPULATION,
        SUPPRESSEUR=pl.coalesce(*silenced),
        A_SURVEILLER=pl.any_horizontal(*watched),
    )


def _people(wide: pl.DataFrame, signals: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    triggered, silenced = (
        signals.filter(pl.col("RESULTAT") == result.value)
        for result in (Result.TRIGGERED, Result.SUPPRESSED)
    )
    by_rule = silenced.group_by(NUMBER).agg(PAR_REGLE=pl.col("SUPPRESSEUR").min())
    signalled = triggered.select(pl.col(NUMBER).unique()).with_columns(SIGNALE=pl.lit(value=True))
    suppressor = pl.coalesce("SUPPRESSEUR", "PAR_REGLE")
    return (
        wide.select(NUMBER, "PERSONNE", "GRADE", "POPULATION", "SUPPRESSEUR", "A_SURVEILLER")
        .join(by_rule, on=NUMBER, how="left", maintain_order="left")
        .join(signalled, on=NUMBER, how="left", maintain_order="left")
        .select(
            "PERSONNE",
            pl.col("GRADE") if moment.is_pe_fresh else pl.lit(None, pl.String).alias("GRADE"),
            "POPULATION",
            SUPPRIME=suppressor.is_not_null(),
            SUPPRESSEUR=suppressor,
            A_SURVEILLER=pl.col("A_SURVEILLER") & pl.col("SIGNALE").fill_null(value=False),
        )
    )
