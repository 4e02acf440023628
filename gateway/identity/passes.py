"""From a département to Pôle emploi, by decreasing grade; a linked pair leaves the pool.

1. What people decided first (H). A: NIR and birth date. B: CAF number, first name, birth date. C: one of
   our names is one of theirs, same first name, same birth date, known for certain. D: short PE
   identifier and birth date.
2. X, a contradiction: a NIR that Pôle emploi knows otherwise than as a grade A; a link B, C or D between
   two NIRs that differ; several candidates on either side. It leaves the pool as well, on both sides.
3. A name and a birth date never link alone: the whole first name is always asked.
4. A provisional NIR is none here (`gateway.identity.index.certified`).
5. A CAF number is a household's, and a CAF's: where the CNAF says that the number is the MSA's, it is
   not the one Pôle emploi calls the CAF's.

Source: expected results, points 10 to 12; catalogue of journeys, section 1.5.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

import polars as pl

from gateway.identity.decisions import Decided
from gateway.identity.households import Pool
from gateway.identity.index import SUBJECT
from gateway.identity.pairing import LEFT, PAIR, RIGHT, Met, meet, without

GRADE, WHY = "GRADE", "WHY"
_CAF = "CAF"


class Grade(StrEnum):
    """How sure a link is; values are stable and published with each signal."""

    DECIDED = "H"
    NIR = "A"
    CAF_NUMBER = "B"
    NAME = "C"
    SCORE = "S"
    SHORT_PE = "D"  # shown to a person, never linked
    CONTRADICTION = "X"


class Why(StrEnum):
    """What a person is asked to judge; values are stable."""

    OTHER_BIRTH = "autre_naissance"
    OTHER_NIR = "autre_nir"
    SEVERAL = "plusieurs_candidats"
    SHORT_PE = "identifiant_court"
    DECISIONS = "decisions_contraires"


class Side(NamedTuple):
    """Who is left to link: `left` has LEFT, `right` one row per dossier, RIGHT beside its attributes."""

    left: pl.DataFrame
    right: pl.DataFrame

    def less(self, pairs: pl.DataFrame, contested: pl.Series, beside: pl.Series) -> "Side":
        """Who is left after a pass."""
        return Side(
            without(self.left, LEFT, pairs, contested), without(self.right, RIGHT, pairs, beside)
        )


class Passed(NamedTuple):
    """`links`: LEFT, RIGHT, GRADE; `contradicted`: LEFT; `doubts`: LEFT, RIGHT, WHY; `rest`: who is left."""

    links: pl.DataFrame
    contradicted: pl.DataFrame
    doubts: pl.DataFrame
    rest: Side


def dossiers(index: pl.DataFrame) -> pl.DataFrame:
    """Pôle emploi's side: one row per dossier, RIGHT being its subject."""
    pe = index.filter(pl.col("FLOW") == "pe-parcours")
    return pe.with_columns(pl.col(SUBJECT).alias(RIGHT)).sort(RIGHT)


def passes(pool: Pool, pe: pl.DataFrame, decided: Decided) -> Passed:
    """Every deterministic pass, in order."""
    done = _Course(Side(pool.holders.select(LEFT), pe))
    done.take(decided.same, Grade.DECIDED, Why.DECISIONS)
    for grade, ours, theirs, keys in _ways(pool, pe):
        left = ours.join(done.side.left, on=LEFT, how="semi")
        right = theirs.join(done.side.right, on=RIGHT, how="semi")
        met = meet(left, right, keys, decided.apart)
        if grade is Grade.NIR:
            done.take(met, grade)
            done.part(*_known_otherwise(pool, done.side, pe, decided.apart))
        else:
            done.take_agreeing(met, grade, pool.nirs)
    return done.passed()


def _ways(
    pool: Pool, pe: pl.DataFrame
) -> Iterator[tuple[Grade, pl.DataFrame, pl.DataFrame, list[str]]]:
    """The key of each grade, on both sides."""
    holders = pool.holders
    born = holders.select(LEFT, "BIRTH")
    yield Grade.NIR, pool.nirs.join(born, on=LEFT), pe, ["NIR13", "BIRTH"]
    firsts = pool.firsts.join(born, on=LEFT)
    of_the_caf = holders.filter(pl.col("FONORG").fill_null(_CAF) == _CAF).select(LEFT)
    numbers = pool.numbers.join(of_the_caf, on=LEFT, how="semi")
    yield Grade.CAF_NUMBER, numbers.join(firsts, on=LEFT), pe, ["MATRICULE", "FIRST", "BIRTH"]
    certain = holders.filter("BIRTH_CERTAIN").select(LEFT)
    full = pool.names.join(firsts, on=LEFT).join(certain, on=LEFT, how="semi")
    yield Grade.NAME, full, _by_name(pe), ["NAME", "FIRST", "BIRTH"]
    yield Grade.SHORT_PE, pool.shorts.join(born, on=LEFT), pe, ["SHORT_PE", "BIRTH"]


def _by_name(pe: pl.DataFrame) -> pl.DataFrame:
    either = [
        pe.select(RIGHT, pl.col(name).alias("NAME"), "FIRST", "BIRTH")
        for name in ("BIRTH_NAME", "USED_NAME")
    ]
    return pl.concat(either)


def _known_otherwise(
    pool: Pool, side: Side, pe: pl.DataFrame, apart: pl.DataFrame
) -> tuple[pl.DataFrame, pl.Series]:
    """LEFT, RIGHT where a NIR of ours is a dossier's, with another birth date; and the dossiers to leave.

    Dossiers already linked count: a number that is somebody's is a doubt on whoever bears it too.
    """
    born = pool.holders.drop_nulls("BIRTH").join(side.left, on=LEFT, how="semi")
    ours = pool.nirs.join(born, on=LEFT, how="semi")
    theirs = pe.drop_nulls(["NIR13", "BIRTH"]).select(RIGHT, "NIR13")
    met = meet(ours, theirs, ["NIR13"], apart)
    return pl.concat([met.pairs, met.doubts, _crowd(met)]), met.beside


def _crowd(met: Met) -> pl.DataFrame:
    """Those contested by too many to be listed: no RIGHT."""
    listed = met.doubts.get_column(LEFT)
    alone = met.contested.filter(~met.contested.is_in(listed.implode()))
    return pl.DataFrame({LEFT: alone}).with_columns(pl.lit(None, pl.String).alias(RIGHT))


class _Course:
    """The passes as they go: what was found, and who is left."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._links = [pl.DataFrame(schema={**PAIR, GRADE: pl.String()})]
        self._doubts = [pl.DataFrame(schema={**PAIR, WHY: pl.String()})]
        self._contradicted = [pl.Series(LEFT, dtype=pl.String)]

    def take(self, met: Met, grade: Grade, why: Why = Why.SEVERAL) -> None:
        """Link the pairs; who had a choice contradicts."""
        self._links.append(met.pairs.with_columns(pl.lit(grade.value).alias(GRADE)))
        self._doubts.append(met.doubts.with_columns(pl.lit(why.value).alias(WHY)))
        self._contradicted.append(met.contested.alias(LEFT))
        self.side = self.side.less(met.pairs, met.contested, met.beside)

    def take_agreeing(self, met: Met, grade: Grade, nirs: pl.DataFrame) -> None:
        """Link the pairs whose NIRs do not differ; the others contradict."""
        differ = differing(met.pairs, nirs, self.side.right)
        agreeing = met.pairs.join(differ, on=[LEFT, RIGHT], how="anti").sort(LEFT)
        self.take(met._replace(pairs=agreeing), grade)
        if grade is Grade.SHORT_PE:
            why = pl.lit(Why.SHORT_PE.value).alias(WHY)
            self._doubts.append(agreeing.with_columns(why))
        self.part(differ, differ.get_column(RIGHT), Why.OTHER_NIR)

    def part(self, pairs: pl.DataFrame, beside: pl.Series, why: Why = Why.OTHER_BIRTH) -> None:
        """Say who contradicts whom; both leave."""
        self._doubts.append(pairs.with_columns(pl.lit(why.value).alias(WHY)))
        contradicted = pairs.get_column(LEFT).unique()
        self._contradicted.append(contradicted)
        self.side = self.side.less(pairs.clear(), contradicted, beside)

    def passed(self) -> Passed:
        """All that was found."""
        contradicted = pl.concat(self._contradicted).unique().sort().to_frame()
        doubts = pl.concat(self._doubts).drop_nulls(RIGHT).unique(maintain_order=True)
        return Passed(
            pl.concat(self._links).sort(LEFT),
            contradicted,
            doubts.unique([LEFT, RIGHT], keep="first", maintain_order=True).sort(LEFT, RIGHT),
            self.side,
        )


def differing(pairs: pl.DataFrame, nirs: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """The pairs where both NIRs are known and none of ours is theirs."""
    theirs = right.select(RIGHT, pl.col("NIR13").alias("THEIRS")).drop_nulls()
    both = pairs.join(theirs, on=RIGHT).join(nirs, on=LEFT)
    agree = (pl.col("NIR13") == pl.col("THEIRS")).any().alias("AGREE")
    found = both.group_by(LEFT, RIGHT).agg(agree).filter(~pl.col("AGREE"))
    return found.select(LEFT, RIGHT).sort(LEFT)
