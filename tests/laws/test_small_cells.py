"""The k-threshold: whoever holds all the editions, and solves them, learns no small count."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations, product

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.indicators import Granularity, Observed, compile_edition
from gateway.indicators.catalogue import BY_NAME
from gateway.indicators.counting import count
from gateway.indicators.publishing import Table
from gateway.indicators.secrecy import Block, protect, rounded
from gateway.indicators.units import UNITS, tell
from tests.world.attacker import Attacker

K = 5
PERIOD = "2022-T1"
FEW = st.one_of(st.just(0), st.integers(0, 3), st.integers(0, 25))
QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.large_base_example]
FACTS = {
    "PERSONNE": pl.String(),
    "FAIT": pl.String(),
    "DATE": pl.Date(),
    "DATE_FIN": pl.Date(),
    "CODE": pl.String(),
    "STATUT": pl.String(),
    "STRUCTURE": pl.String(),
}


@st.composite
def blocks(draw: st.DrawFn, name: str) -> Block:
    """A block as it is counted, of three lines in one view and two in the other."""
    indicator = BY_NAME[name]
    rows: list[tuple[object, ...]] = []
    for structure, orientation, rank in product("ABC", "XY", range(len(indicator.classes))):
        for turn in range(draw(FEW)):
            person = len(rows) if indicator.once else turn % 9
            rows.append((person, PERIOD, rank, 10, True, structure, orientation, orientation))
    units = pl.DataFrame(rows, schema=dict(UNITS), orient="row")
    return count(indicator, units, [PERIOD], K)[0].block


def _assert_nothing_small_is_shown(block: Block, attacker: Attacker) -> None:
    for view, lines in {"": [block.margin], **block.views}.items():
        for place, line in enumerate(lines):
            assert line.everybody == 0 or line.everybody >= K
            for rank, people in enumerate(line.people):
                if (view, place, rank) in attacker.hidden:
                    continue
                assert people == 0 or people >= K
                if block.classes[rank] in block.sensitive and line.total:
                    assert 0 < line.counts[rank] < line.total


@pytest.mark.parametrize("name", ["delai-orientation", "rendez-vous"])
def test_nothing_hidden_can_be_worked_out_of_one_publication(name: str) -> None:
    @settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=QUIET)
    @given(blocks(name), st.data())
    def law(block: Block, data: st.DataObject) -> None:
        pattern = protect(block, K)
        if pattern.everything:
            return
        attacker = Attacker(block, pattern)
        _assert_nothing_small_is_shown(block, attacker)
        if not attacker.hidden:
            return
        several = st.lists(st.sampled_from(attacker.hidden), min_size=1, max_size=4, unique=True)
        goal = data.draw(several)
        least, most = attacker.bounds(dict.fromkeys(goal, 1))
        closed = goal[0][1] in pattern.closed.get(goal[0][0], ())
        if len(goal) == 1 and not (closed and least == most):
            assert most - least >= K
        elif least == most:  # a sum that is known: of nobody, or of many
            assert least == 0 or least >= K
        else:
            assert most >= K

    law()


def test_a_publication_with_enough_people_says_something() -> None:
    # or hiding everything would keep the law
    rows = [
        (person, PERIOD, person % 4, 10, True, "ABC"[person % 3], "XY"[person % 2], "")
        for person in range(240)
    ]
    units = pl.DataFrame(rows, schema=dict(UNITS), orient="row")
    pattern = protect(count(BY_NAME["delai-orientation"], units, [PERIOD], K)[0].block, K)
    assert not pattern.everything
    assert not pattern.closed
    assert not pattern.margin


# --- successive editions


DAY = date(2021, 1, 4)
LOOKS = (date(2021, 10, 15), date(2022, 1, 20), date(2022, 6, 30))
Person = tuple[int, int, str, bool]  # days before entry, days to orientation, structure, showed up


def _facts(people: Sequence[tuple[int, Person]]) -> pl.DataFrame:
    return pl.DataFrame(list(_said(people)), schema=FACTS, orient="row")


def _said(people: Sequence[tuple[int, Person]]) -> Iterator[tuple[object, ...]]:
    for number, (start, wait, structure, came) in people:
        who, entered = f"p{number:04}", DAY + timedelta(days=start)
        decided = entered + timedelta(days=wait)
        status = "VENU" if came else "ABSENT_NON_EXCUSE"
        code = "SOCIAL" if number % 2 else "EMPLOI"
        yield who, "DROITS_DEVOIRS", entered, None, None, "SOUMIS", None
        yield who, "ORIENTATION", decided, None, code, "ORIENTE", structure
        yield who, "CONTRAT", decided + timedelta(days=wait), None, "CER", "VALIDE", structure
        yield who, "RDV", decided + timedelta(days=9), None, "bilan", status, structure


PEOPLE = st.lists(
    st.tuples(
        st.integers(0, 180), st.integers(0, 130), st.sampled_from("AAAABBC"), st.booleans()
    ),
    min_size=30,
    max_size=90,
)  # fmt: skip
CHANGES = st.tuples(
    st.integers(0, 6), st.integers(0, 6)
)  # people who leave the file, who come late


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=QUIET)
@given(PEOPLE, st.lists(CHANGES, min_size=2, max_size=2), PEOPLE)
def test_no_two_editions_differ_by_a_few_people(
    first: list[Person], changes: list[tuple[int, int]], late: list[Person]
) -> None:
    people = list(enumerate(first))
    coming = iter(enumerate(late, start=len(first)))
    published: dict[tuple[str, str], Table] = {}
    editions = []
    for look, (leaving, arriving) in zip(LOOKS, [(0, 0), *changes], strict=True):
        people = people[leaving:] + [one for one, _ in zip(coming, range(arriving), strict=False)]
        observed = Observed("08", look, tell(_facts(people)))
        edition = compile_edition(observed, Granularity.QUARTER, K, published)
        published |= {table.key: table for table in edition.fresh}
        editions.append(edition)
    for one, other in combinations(editions, 2):
        _assert_no_small_difference(one.tables, other.tables)
    assert editions[2].fresh


def _assert_no_small_difference(one: Sequence[Table], other: Sequence[Table]) -> None:
    before, after = _numbers(one), _numbers(other)
    for place in before.keys() & after.keys():
        old, new = before[place], after[place]
        # Hidden then, it is hidden now: else the old total less the new number would tell.
        assert (old is None) == (new is None)
        if old is not None and new is not None:
            assert old == new or abs(old - new) >= K
    assert {place for place in before if place[:2] in {p[:2] for p in after}} <= after.keys()


def _numbers(tables: Sequence[Table]) -> dict[tuple[object, ...], float | None]:
    found: dict[tuple[object, ...], float | None] = {}
    for table in tables:
        for row in table.rows:
            where = (*table.key, row.view, row.label)
            found |= {(*where, rank): count for rank, count in enumerate(row.counts)}
            found |= {(*where, "total"): row.total}
            found |= {
                (*where, name): float(days) for name, days in row.measures.items() if days >= K
            }
    return found


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(5, 30))
def test_two_stocks_never_differ_by_a_few_people(one: int, other: int, k: int) -> None:
    first, second = rounded(one, k), rounded(other, k)
    assert (first is None) == (0 < one < k)
    if first is not None and second is not None:
        assert first == second or abs(first - second) >= k
        assert 2 * abs(first - one) <= k
