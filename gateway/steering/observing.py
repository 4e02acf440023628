"""What an edition looks at: the last journeys of a département, and what its last crossing kept.

Only the drawer of journeys is opened: nothing here can say who anybody is. A person is who the département
names by one identifier.
"""

import polars as pl
from sqlalchemy import Engine

from gateway.archive import Archive
from gateway.errors import Misconfigured
from gateway.indicators import Observed
from gateway.indicators.units import tell
from gateway.rules.rule import Flow, Result
from gateway.store.deliveries import latest_partition
from gateway.store.releases import first_followed, last_crossing

JUDGED = {
    "REGLE": pl.String,
    "EXAMINEES": pl.Int64,
    "SIGNALEES": pl.Int64,
    "NON_EVALUABLES": pl.Int64,
}


def observe(engine: Engine, journeys: Archive, departement: str) -> Observed:
    """Open what is known of a département. Raises `Misconfigured` while nothing is."""
    with engine.begin() as connection:
        part = latest_partition(connection, departement, Flow.CD)
        crossed = last_crossing(connection, departement)
        since = first_followed(connection, departement)
    if part is None:
        raise Misconfigured(f"{departement} : aucun parcours de CD accepté, rien à compter")
    facts, as_of = journeys.read(part.facts), part.reference_date
    if crossed is None or not (crossed.people and crossed.lives):
        return Observed(departement, as_of, tell(facts))
    lives = journeys.read(crossed.lives)
    return Observed(
        departement,
        as_of,
        tell(facts, lives),
        judged=judged(journeys.read(crossed.people), journeys.read(crossed.signals)),
        crossed=crossed.as_of,
        since=since,
    )


def judged(people: pl.DataFrame, signals: pl.DataFrame) -> pl.DataFrame:
    """By rule: people in the population and not silenced, those flagged, those it cannot speak of."""
    examined = people.filter(pl.col("POPULATION") & ~pl.col("SUPPRIME")).select("PERSONNE").unique()
    said = signals.join(examined, on="PERSONNE", how="semi")
    if said.is_empty():
        return pl.DataFrame(schema=JUDGED)

    def of(result: Result) -> pl.Expr:
        return pl.col("PERSONNE").filter(pl.col("RESULTAT") == result.value).n_unique()

    return (
        said.group_by("REGLE")
        .agg(SIGNALEES=of(Result.TRIGGERED), NON_EVALUABLES=of(Result.NOT_EVALUABLE))
        .with_columns(EXAMINEES=pl.lit(examined.height))
        .select(pl.col(name).cast(kind) for name, kind in JUDGED.items())
        .sort("REGLE")
    )
