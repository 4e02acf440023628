"""What the CNAF's last monthly file says of each person's right; health is read and never named.

1. A person absent from the file is absent here: their right is unknown.
2. Somebody in two households is read in the one whose request is the latest; on a tie, in the last
   in the order of the columns, so that the order of rows never matters.
3. Rows may come from several files (one per fund): FICHIER_CNAF and REFERENCE_CNAF say which, where they are given.
4. Lists of a household (motives and their dates, activities and theirs) are joined by commas, place for
   place; only the rows that hold a code of interest are ever split.

Columns: CONNU_CNAF; SOUMIS_CNAF (subject to duties, null when not said), ETAT_DROIT; TOUJOURS_ACTIF (payment
suspended for a motive that leaves the person a recipient); PERTE_CONTACT, PERTE_CONTACT_DEPUIS and
PERTE_CONTACT_MOTIF (the earliest suspension that says nobody reached them); ACTIVITE_DEPUIS (the last
job or training begun, still running); RESERVE (an activity we keep silent about); MUTATION (leaves
for another fund); FICHIER_CNAF and REFERENCE_CNAF, where all this comes from.
"""

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from gateway.rules.codes import (
    ADULTS,
    BUSY,
    LOST_PAYMENT,
    LOST_RIGHT,
    RESERVED,
    STILL_ACTIVE,
)
from gateway.rules.journeys import Journeys
from gateway.rules.rule import Moment
from gateway.rules.situation.frames import NUMBER, numbered

SCHEMA: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "PERSONNE": pl.String(),
        "DTDEMRSA": pl.Date(),
        "FONORGPRENMUT": pl.String(),
        "NUMORGPRENMUT": pl.String(),
        "DDDEPAMUT": pl.Date(),
        "ROLEPERS": pl.String(),
        "TOPPERSDRODEVORSA": pl.String(),
        "ACT": pl.String(),
        "DDACT": pl.String(),
        "DFACT": pl.String(),
        "ETATDOSRSA": pl.String(),
        "MOTISUSDRORSA": pl.String(),
        "DDSUSDRORSA": pl.String(),
        "MOTISUSVERSRSA": pl.String(),
        "DDSUSVERSRSA": pl.String(),
    }
)
FILE, FILE_DAY = "FICHIER_CNAF", "REFERENCE_CNAF"
_FILES: Mapping[str, pl.DataType] = MappingProxyType({FILE: pl.String(), FILE_DAY: pl.Date()})
_LEAVING = ("FONORGPRENMUT", "NUMORGPRENMUT", "DDDEPAMUT")


def describe(journeys: Journeys, people: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """One row per person in the file."""
    told = numbered(_received(journeys, moment), people, {**SCHEMA, **_FILES})
    rights = _one_each(told.filter(pl.col("ROLEPERS").is_in(ADULTS)))
    described = rights.select(
        NUMBER,
        *_FILES,
        CONNU_CNAF=pl.lit(value=True),
        SOUMIS_CNAF=pl.col("TOPPERSDRODEVORSA") == "1",
        ETAT_DROIT=pl.col("ETATDOSRSA"),
        TOUJOURS_ACTIF=has_one(pl.col("MOTISUSVERSRSA"), STILL_ACTIVE),
        MUTATION=pl.any_horizontal(pl.col(name).is_not_null() for name in _LEAVING),
    )
    for more in (_lost(rights), _activities(rights, moment)):
        described = described.join(more, on=NUMBER, how="left")
    return described


def _received(journeys: Journeys, moment: Moment) -> pl.DataFrame:
    if journeys.cnaf is None:
        return pl.DataFrame(schema={**SCHEMA, **_FILES})
    facts = journeys.cnaf.facts
    if FILE in facts.columns:
        return facts
    day = pl.lit(moment.cnaf_reference, pl.Date)
    return facts.with_columns(pl.lit(journeys.cnaf.delivery).alias(FILE), day.alias(FILE_DAY))


def _one_each(rights: pl.DataFrame) -> pl.DataFrame:
    repeated = pl.col(NUMBER).is_duplicated()
    several = rights.filter(repeated)
    order = (name for name in rights.columns if name != NUMBER)
    chosen = several.sort(NUMBER, *order).unique(NUMBER, keep="last", maintain_order=True)
    return pl.concat([rights.filter(~repeated), chosen])


def has_one(joined: pl.Expr, codes: tuple[str, ...]) -> pl.Expr:
    """Whether a joined list holds one of these codes."""
    return joined.str.contains(f"(?:^|,)(?:{'|'.join(codes)})(?:,|$)").fill_null(value=False)


def places(rows: pl.DataFrame, code: str, **days: str) -> pl.DataFrame:
    """RANG, CODE and days: one row per place of joined columns; a day that is no date is null."""
    place = pl.col("PLACE")
    split = rows.with_columns(pl.col(name).str.split(",") for name in (code, *days.values()))
    exploded = split.with_columns(pl.int_ranges(pl.col(code).list.len()).alias("PLACE")).explode(
        code, "PLACE"
    )
    return exploded.select(
        NUMBER,
        pl.col(code).alias("CODE"),
        *(
            pl.col(column)
            .list.get(place, null_on_oob=True)
            .str.to_date("%Y-%m-%d", strict=False)
            .alias(name)
            for name, column in days.items()
        ),
    )


def _lost(rights: pl.DataFrame) -> pl.DataFrame:
    found = [
        places(
            rights.filter(has_one(pl.col(motive), codes)).select(NUMBER, motive, since),
            motive,
            DEPUIS=since,
        ).filter(pl.col("CODE").is_in(codes))
        for motive, since, codes in (
            ("MOTISUSVERSRSA", "DDSUSVERSRSA", LOST_PAYMENT),
            ("MOTISUSDRORSA", "DDSUSDRORSA", LOST_RIGHT),
        )
    ]
    return (
        pl.concat(found)
        .sort(NUMBER, "DEPUIS", "CODE", nulls_last=True)
        .unique(NUMBER, keep="first", maintain_order=True)
        .select(
            NUMBER,
            PERTE_CONTACT=pl.lit(value=True),
            PERTE_CONTACT_DEPUIS="DEPUIS",
            PERTE_CONTACT_MOTIF="CODE",
        )
    )


def _activities(rights: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """Activities that run on the day: begun, and neither ended nor to begin."""
    told = rights.filter(has_one(pl.col("ACT"), BUSY + RESERVED)).select(
        NUMBER, "ACT", "DDACT", "DFACT"
    )
    runs = pl.col("DEBUT").fill_null(moment.as_of) <= moment.as_of
    lasts = pl.col("FIN").is_null() | (moment.as_of <= pl.col("FIN"))
    return (
        places(told, "ACT", DEBUT="DDACT", FIN="DFACT")
        .filter(runs & lasts)
        .group_by(NUMBER)
        .agg(
            ACTIVITE_DEPUIS=pl.when(pl.col("CODE").is_in(BUSY)).then(pl.col("DEBUT")).max(),
            RESERVE=pl.col("CODE").is_in(RESERVED).any(),
        )
    )
