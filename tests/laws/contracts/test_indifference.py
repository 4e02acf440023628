"""What a verdict does not depend on: batches, order of rows, newlines, a tolerated mark, the day before."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codes import Code
from schemas.contract import Contract
from schemas.readers import blocks, course, delimited, markup, plain
from schemas.reading import Reading
from schemas.reports import to_csv, to_json
from tests.laws.contracts.demands import Row
from tests.laws.contracts.effort import EVERY, SEEDS, SHEETS, tried
from tests.laws.contracts.files import forgiving, lenient, paper, rows, tame, verdict
from tests.laws.contracts.mutations import demand_mutations, told, value_mutations
from tests.laws.contracts.sheets import Manner, arranged


def mixed(contract: Contract, rng: Random) -> list[Row]:
    """Good rows and wrong ones, among them a row twice."""
    odd = [one.row for one in islice(value_mutations(contract, rng), 30)]
    odd += [one.row for one in islice(demand_mutations(contract, rng), 4)]
    good = rows(contract, rng, 8)
    every = [*good, *rng.sample(odd, min(len(odd), 12))]
    rng.shuffle(every)
    return [*every, good[0]]


def said(reading: Reading) -> Any:
    """All that a verdict says."""
    return reading.rows.to_dicts(), reading.report


@contextmanager
def batches_of(size: int) -> Iterator[None]:
    """Make readers give their records this many at a time."""
    sizes = {"BATCH_ROWS": size, "MOST_LINES": size, "BLOCK": 100 * size}
    with pytest.MonkeyPatch.context() as patch:
        for reader in (blocks, course, delimited, markup, plain):
            for name in sizes.keys() & vars(reader).keys():
                patch.setattr(reader, name, sizes[name])
        yield


@EVERY
@tried(1)
@given(seed=SEEDS, size=st.integers(1, 9))
def test_a_verdict_does_not_depend_on_batches(contract: Contract, seed: int, size: int) -> None:
    rng = Random(seed)
    contract = arranged(contract)[0]
    body = paper(contract, mixed(contract, rng), rng).body
    whole = verdict(forgiving(contract), body)
    with batches_of(size):
        assert said(verdict(forgiving(contract), body)) == said(whole)


@EVERY
@tried(1)
@given(seed=SEEDS)
def test_checked_twice_a_file_gives_the_same_report_and_its_counts_add_up(
    contract: Contract, seed: int
) -> None:
    rng = Random(seed)
    contract = arranged(contract)[0]
    drawn = mixed(contract, rng)
    body = paper(contract, drawn, rng).body
    first, second = (verdict(forgiving(contract), body) for _ in range(2))
    report = first.report
    assert said(first) == said(second)
    assert to_json(report) + to_csv(report) == to_json(second.report) + to_csv(second.report)
    assert report.read == report.accepted + report.rejected + report.ignored == len(drawn)
    assert first.rows.height == report.accepted
    assert report.ignored == report.by_code()[Code.DUPLICATE_ROW]
    assert report.ignored == 1 or not contract.duplicates_ignored


@EVERY
@tried(1)
@given(seed=SEEDS)
def test_the_order_of_rows_changes_their_places_and_nothing_else(
    contract: Contract, seed: int
) -> None:
    rng = Random(seed)
    contract = arranged(contract)[0]
    drawn = mixed(contract, rng)
    order = rng.sample(range(len(drawn)), len(drawn))
    one = verdict(lenient(contract), paper(contract, drawn, rng).body)
    other = verdict(lenient(contract), paper(contract, [drawn[n] for n in order], rng).body)
    assert _accepted(one) == _accepted(other)
    assert _blamed(one, range(len(drawn))) == _blamed(other, order)


@SHEETS
@tried(1)
@given(seed=SEEDS)
def test_newlines_and_a_tolerated_mark_change_nothing(contract: Contract, seed: int) -> None:
    contract = arranged(contract)[0]
    drawn = tame(mixed(contract, Random(seed)))
    usual = verdict(
        forgiving(contract), paper(contract, drawn, Random(1), Manner(quotes="none")).body
    )
    manners = [Manner(newline=end) for end in ("\r\n", "\r")]
    manners += [Manner(quotes="none", newline="\r\n"), Manner(quotes="all")]
    if contract.bom_tolerated:
        manners.append(Manner(marked=True))
    if contract.trailing_separator_tolerated:
        manners += [Manner(trailing=True), Manner(quotes="none", trailing=True)]
    if contract.quoted_lines_tolerated:
        manners.append(Manner(quotes="line"))
    for manner in manners:
        other = verdict(forgiving(contract), paper(contract, drawn, Random(1), manner).body)
        assert said(other) == said(usual), manner


def _accepted(reading: Reading) -> Counter[Any]:
    return Counter(reading.rows.drop("LIGNE").iter_rows())


def _blamed(reading: Reading, order: Sequence[int]) -> Counter[Any]:
    return Counter(
        {(order[one[2] - 1], *one[3:]): n for one, n in told(reading.report.anomalies).items()}
    )
