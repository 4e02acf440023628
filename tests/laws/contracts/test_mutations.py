"""One defect in one row: told once, where it stands, under its code; and of the other rows, nothing.

The defects of one kind are put in one file, each in a row of its own between good ones: a verdict is
given row by row, so that a file of them tells as much as a file each, in a hundredth of the time.
"""

from collections.abc import Sequence
from itertools import islice
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from schemas.codes import Code
from schemas.contract import Contract
from tests.laws.contracts import mutations
from tests.laws.contracts.effort import EVERY, SEEDS, SHEETS, TREES, tried
from tests.laws.contracts.files import lenient, paper, rows, tame, verdict
from tests.laws.contracts.mutations import Mutated
from tests.laws.contracts.sheets import Manner, arranged, names, sheet

VALUES, DEMANDS, ABSENCES, WARNINGS = (
    mutations.value_mutations,
    mutations.demand_mutations,
    mutations.absences,
    mutations.warnings,
)


def check_mutations(
    contract: Contract, odd: Sequence[Mutated], rng: Random, *, quiet: bool
) -> None:
    """Put them among good rows, in a file of the contract's first arrangement."""
    clean = [Mutated("clean", one, ()) for one in rows(contract, rng, 3)]
    every = [*odd, *(rng.choice(clean) for _ in odd), *clean]
    rng.shuffle(every)
    drawn = [one.row for one in every]
    manner = Manner(quotes="none" if quiet else "some")
    written = paper(contract, tame(drawn) if quiet else drawn, rng, manner)
    reading = verdict(lenient(contract), written.body)
    found = mutations.told(reading.report.anomalies)
    wanted = mutations.expected([one.faults for one in every], written.places)
    kinds = {place[2]: one.kind for place, one in zip(written.places, every, strict=True)}
    astray = [(kinds[one[2]], one) for one in [*(found - wanted), *(wanted - found)]]
    assert astray == [], astray
    kept = sum(not mutations.costs_its_row(one.faults) for one in every)
    assert (reading.report.accepted, reading.rows.height) == (kept, kept)


@EVERY
@tried(2)
@given(seed=SEEDS, quiet=st.booleans())
def test_each_wrong_value_is_told_once_in_its_place_and_nothing_else_is(
    contract: Contract, seed: int, quiet: bool
) -> None:
    rng = Random(seed)
    known: set[str] = set()
    for each in arranged(contract):
        odd = [one for one in VALUES(each, rng) if one.column not in known]
        if odd:
            check_mutations(each, odd, rng, quiet=quiet)
        known |= {column.name for column in each.read_columns}


@EVERY
@tried(1)
@given(seed=SEEDS, quiet=st.booleans())
def test_each_demand_broken_is_told_once_in_its_place_and_nothing_else_is(
    contract: Contract, seed: int, quiet: bool
) -> None:
    rng = Random(seed)
    tried_ones = set()
    for each in arranged(contract):
        odd = list(DEMANDS(each, rng))
        tried_ones |= {one.kind for one in odd}
        if odd:
            check_mutations(each, odd, rng, quiet=quiet)
    assert len(tried_ones) == len(contract.rules)


@TREES
@tried(2)
@given(seed=SEEDS)
def test_each_element_removed_or_emptied_is_told_where_it_was_required(
    contract: Contract, seed: int
) -> None:
    rng = Random(seed)
    check_mutations(contract, list(ABSENCES(contract, rng)), rng, quiet=False)


@SHEETS
@tried(2)
@given(seed=SEEDS)
def test_each_newline_and_each_windows_letter_is_told_and_its_row_kept(
    contract: Contract, seed: int
) -> None:
    rng = Random(seed)
    first = arranged(contract)[0]
    check_mutations(first, list(WARNINGS(first, rng)), rng, quiet=False)


@EVERY
@tried(1)
@given(seed=SEEDS)
def test_rows_beside_a_wrong_one_are_what_they_are_without_it(
    contract: Contract, seed: int
) -> None:
    rng = Random(seed)
    contract = arranged(contract)[0]
    clean = rows(contract, rng, 6)
    odd = [one for one in islice(mutations.value_mutations(contract, rng), 40) if _refused(one)]
    alone = verdict(lenient(contract), paper(contract, clean, rng).body).rows
    mixed = [each for one, good in zip(odd, clean, strict=False) for each in (one.row, good)]
    mixed += clean[len(mixed) // 2 :]
    beside = verdict(lenient(contract), paper(contract, mixed, rng).body).rows
    assert odd
    assert beside.drop("LIGNE").equals(alone.drop("LIGNE"))


@SHEETS
@tried(1)
@given(seed=SEEDS)
def test_each_misshapen_record_is_told_once_and_the_others_kept(
    contract: Contract, seed: int
) -> None:
    rng = Random(seed)
    contract = arranged(contract)[0]
    wanted = names(contract)
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
