"""One defect in one row: told once, where it stands, under its code; and of the other rows, nothing.

The defects of one kind are put in one file, each in a row of its own between good ones: a verdict is
given row by row, so that a file of them tells as much as a file each, in a hundredth of the time.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from random import Random

import pytest
from hypothesis import given

from schemas.codes import Code
from schemas.contract import Contract
from tests.laws.contracts import mutations
from tests.laws.contracts.effort import EVERY, SEEDS, SHEETS, tried
from tests.laws.contracts.files import lenient, paper, rows, verdict
from tests.laws.contracts.mutations import Mutated
from tests.laws.contracts.sheets import Manner, names, sheet

KINDS: Sequence[Callable[[Contract, Random], Iterator[Mutated]]] = (
    mutations.value_mutations,
    mutations.demand_mutations,
    mutations.absences,
    mutations.warnings,
)


@EVERY
@pytest.mark.parametrize("mutate", KINDS, ids=["values", "demands", "absences", "warnings"])
@tried(2)
@given(seed=SEEDS)
def test_each_mutation_is_told_once_in_its_place_and_nothing_else_is(
    contract: Contract, mutate: Callable[[Contract, Random], Iterator[Mutated]], seed: int
) -> None:
    rng = Random(seed)
    odd = list(mutate(contract, rng))
    clean = [Mutated("clean", one, ()) for one in rows(contract, rng, 3)]
    every = [*odd, *(rng.choice(clean) for _ in odd), *clean]
    rng.shuffle(every)
    written = paper(contract, [one.row for one in every], rng)
    reading = verdict(lenient(contract), written.body)
    found = mutations.told(reading.report.anomalies)
    wanted = mutations.expected([one.faults for one in every], written.places)
    kinds = {place[2]: one.kind for place, one in zip(written.places, every, strict=True)}
    astray = [(kinds[one[2]], one) for one in (found - wanted) + (wanted - found)]
    assert astray == []
    kept = sum(not mutations.costs_its_row(one.faults) for one in every)
    assert (reading.report.accepted, reading.rows.height) == (kept, kept)


@EVERY
@tried(3)
@given(seed=SEEDS)
def test_rows_beside_a_wrong_one_are_what_they_are_without_it(
    contract: Contract, seed: int
) -> None:
    rng = Random(seed)
    clean = rows(contract, rng, 6)
    odd = [one for one in islice(mutations.value_mutations(contract, rng), 40) if _refused(one)]
    alone = verdict(lenient(contract), paper(contract, clean, rng).body).rows
    mixed = [each for one, good in zip(odd, clean, strict=False) for each in (one.row, good)]
    mixed += clean[len(mixed) // 2 :]
    beside = verdict(lenient(contract), paper(contract, mixed, rng).body).rows
    assert odd
    assert beside.drop("LIGNE").equals(alone.drop("LIGNE"))


@SHEETS
@tried(3)
@given(seed=SEEDS)
def test_each_misshapen_record_is_told_once_and_the_others_kept(
    contract: Contract, seed: int
) -> None:
    rng = Random(seed)
    wanted = names(contract, Manner())
    whole = [[one[name] or "" for name in wanted] for one in rows(contract, rng, 9)]
    cut, long = whole[1][:-1], [*whole[4], "x"]
    records = [whole[0], cut, *whole[2:4], long, whole[5][:1], *whole[6:]]
    written = sheet(contract, records, Manner(), rng)
    reading = verdict(lenient(contract), written.body)
    faults: list[mutations.Faults] = [[] for _ in records]
    faults[1] = faults[5] = [(None, Code.SHORT_ROW)]
    faults[4] = [(None, Code.LONG_ROW)]
    assert mutations.told(reading.report.anomalies) == mutations.expected(faults, written.places)
    assert (reading.report.accepted, reading.report.rejected) == (6, 3)


def _refused(one: Mutated) -> bool:
    return mutations.costs_its_row(one.faults)
