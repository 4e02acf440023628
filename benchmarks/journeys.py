"""Journeys of invented people in any number, written as the partitions of several départements.

1. Made by columns, from the hash of a row number: the same seed gives the same people, and ten million rows
   take seconds. Nobody's data, and no identity: a person is a pseudonym.
2. A partition is one département: `cnaf` rows (one a person), `pe` dossiers (some of people the CNAF does not
   know), `cd` facts (several a person), each one Parquet file, as the gateway seals them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from gateway.stages.pseudonymise import PERSON, facts_of
from schemas.contract import ColumnType, Contract
from schemas.registry import ours

AS_OF, PE_REFERENCE = date(2022, 6, 15), date(2022, 6, 1)
FLOWS = ("cnaf-beneficiaires", "pe-parcours", "cd-parcours")
FACTS_OF_ONE = 6  # facts of one person at her département


@dataclass(frozen=True, slots=True)
class Size:
    """Rows in all, shared by `partitions` départements."""

    cnaf: int
    pe: int
    cd: int
    partitions: int


@dataclass(frozen=True, slots=True)
class Part:
    """One département on disk: a Parquet file per flow."""

    folder: Path

    def file(self, flow: str) -> Path:
        """Where a flow of it is."""
        return self.folder / f"{flow}.parquet"


def write(folder: Path, size: Size) -> list[Part]:
    """Write every partition."""
    return [_write(folder / f"{number:03d}", size, number) for number in range(size.partitions)]


def contract_of(flow: str) -> Contract:
    """The contract of a flow in its latest version."""
    return ours().contract(flow)


def _write(folder: Path, size: Size, seed: int) -> Part:
    folder.mkdir(parents=True)
    part, share = Part(folder), size.partitions
    made = {
        "cnaf-beneficiaires": _cnaf(size.cnaf // share, seed),
        "pe-parcours": _pe(size.pe // share, seed),
        "cd-parcours": _cd(size.cd // share, seed),
    }
    for flow, frame in made.items():
        _whole(frame, flow).sort(PERSON).write_parquet(part.file(flow))
    return part


def _whole(frame: pl.DataFrame, flow: str) -> pl.DataFrame:
    """Every column the contract carries, in its type: those nobody made are empty."""
    dated = {column.name for column in contract_of(flow).columns if column.type is ColumnType.DATE}
    names = facts_of(contract_of(flow))
    types = {name: pl.Date() if name in dated else pl.String() for name in names}
    missing = [pl.lit(None, types[name]).alias(name) for name in names if name not in frame.columns]
    return frame.with_columns(missing).select(PERSON, *names)


def _rows(count: int, seed: int) -> pl.DataFrame:
    return pl.DataFrame({"ROW": pl.int_range(count, eager=True)}).with_columns(SEED=pl.lit(seed))


def _draw(salt: int, below: int) -> pl.Expr:
    return (pl.struct("ROW", "SEED").hash(salt) % below).cast(pl.Int64)


def _person(row: pl.Expr) -> pl.Expr:
    """A pseudonym: 32 hexadecimal characters after its prefix, as ours are."""
    halves = [
        pl.struct(row.alias("R"), pl.col("SEED"))
        .hash(salt)
        .cast(pl.String)
        .str.zfill(20)
        .str.slice(4)
        for salt in (1, 2)
    ]
    return pl.concat_str(pl.lit("p1.1."), *halves).alias(PERSON)


def _day(salt: int, back: int) -> pl.Expr:
    return pl.lit(AS_OF) - pl.duration(days=_draw(salt, back))


def _one_of(salt: int, *values: str | None) -> pl.Expr:
    table = pl.Series(values, dtype=pl.String)
    return pl.lit(table).gather(_draw(salt, len(values)))


def _cnaf(count: int, seed: int) -> pl.DataFrame:
    return _rows(count, seed).select(
        _person(pl.col("ROW")),
        ROLEPERS=_one_of(11, "DEM", "DEM", "CJT"),
        TOPPERSDRODEVORSA=_one_of(12, *"1111111110"),
        ETATDOSRSA=_one_of(13, *"22222222222222345"),
        MOTISUSVERSRSA=_one_of(14, *[None] * 15, "06", "01,70"),
        DDSUSVERSRSA=_one_of(14, *[None] * 15, "2022-03-01", "2022-02-01,2022-04-10"),
        ACT=_one_of(15, "ANP", "CHO", "ANP", "CHO", "CDD", "SFP", "MAL", None),
        DDACT=_day(16, 700).cast(pl.String),
        DFACT=_one_of(17, None, None, None, "2022-01-31"),
    )


def _pe(count: int, seed: int) -> pl.DataFrame:
    return _rows(count, seed).select(
        _person(pl.col("ROW")),
        CODE_CATEGORIE=_one_of(21, *"1111236745"),
        DATE_DEBUT_IDE=_day(22, 900),
        DATE_CESSATION_IDE=pl.when(_draw(23, 8) == 0).then(_day(24, 300)),
        MOTIF_CESSATION_IDE=_one_of(25, "90", "21", "43"),
        DATE_RADIATION_IDE=pl.when(_draw(26, 20) == 0).then(_day(27, 300)),
        MOTIF_RADIATION_IDE=_one_of(28, "92", "CX", "8X"),
        DATE_SIGNATURE=pl.when(_draw(29, 5) > 0).then(_day(30, 600)),
        DATE_NOTIFICATION=pl.when(_draw(31, 5) > 0).then(_day(32, 600)),
        MODALITE_CODE=_one_of(33, "SUI", "GUI", "REN", "GLO", "APR", None),
        DATE_DERNIER_ENT=_day(34, 400),
        DATE_DERNIER_ENT_ETAT=pl.lit("utilisable"),
    )


def _cd(count: int, seed: int) -> pl.DataFrame:
    """Facts of the first people of the CNAF, so that all three sources speak of them."""
    kind = pl.col("ROW") % FACTS_OF_ONE
    facts = (
        ("DROITS_DEVOIRS", None, "SOUMIS"),
        ("ORIENTATION", "SOCIAL", "ORIENTE"),
        ("CONTRAT", "CER", "VALIDE"),
        ("RDV", "ENTRETIEN", "VENU"),
        ("RDV", "ENTRETIEN", "ABSENT_NON_EXCUSE"),
        ("REFERENT", None, "ACTIF"),
    )
    said = [
        pl.lit(pl.Series([fact[at] for fact in facts], dtype=pl.String)).gather(kind)
        for at in range(3)
    ]
    track = _one_of(41, "EMPLOI", "SOCIAL", "SOCIOPRO")
    return _rows(count, seed).select(
        _person(pl.col("ROW") // FACTS_OF_ONE),
        FAIT=said[0],
        CODE=pl.when(kind == 1).then(track).otherwise(said[1]),
        STATUT=said[2],
        DATE=_day(42, 500),
        DATE_FIN=pl.when(kind == 2).then(pl.lit(AS_OF) + pl.duration(days=_draw(43, 300) - 150)),
        STRUCTURE=pl.lit("CCAS"),
    )


def totals(parts: list[Part]) -> Iterator[tuple[str, int]]:
    """How many rows of each flow were written."""
    for flow in FLOWS:
        yield (
            flow,
            sum(pl.scan_parquet(p.file(flow)).select(pl.len()).collect().item() for p in parts),
        )


REFERENCES = {
    "cnaf-beneficiaires": AS_OF - timedelta(days=15),
    "pe-parcours": PE_REFERENCE,
    "cd-parcours": AS_OF,
}
