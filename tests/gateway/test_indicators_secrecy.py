"""Small cells, one by one: what is hidden, what is closed, what a measure needs."""

import pytest

from gateway.indicators.catalogue import BY_NAME
from gateway.indicators.counting import Counted, Measured
from gateway.indicators.publishing import KAPLAN_MEIER, MEAN, MEDIAN, table_of
from gateway.indicators.secrecy import Block, Line, protect

K = 11
DELAY, MEETINGS = BY_NAME["delai-orientation"], BY_NAME["rendez-vous"]


def line(label: str, *counts: int, people: tuple[int, ...] | None = None) -> Line:
    who = people or counts
    return Line(label, counts, who, sum(counts), min(sum(who), sum(counts)))


def block(*lines: Line, once: bool = True, sensitive: frozenset[str] = frozenset()) -> Block:
    counts = tuple(map(sum, zip(*(one.counts for one in lines), strict=True)))
    people = tuple(map(sum, zip(*(one.people for one in lines), strict=True)))
    classes = DELAY.classes[: len(counts)]
    return Block(classes, line("", *counts, people=people), {"STRUCTURE": lines}, once, sensitive)


def test_a_block_of_many_hides_nothing() -> None:
    pattern = protect(block(line("a", 20, 30, 40, 50), line("b", 60, 11, 0, 15)), K)
    assert (pattern.margin, pattern.views["STRUCTURE"], pattern.everything) == (set(), set(), False)


def test_a_small_count_takes_a_rectangle_with_it() -> None:
    pattern = protect(block(line("a", 3, 30, 40), line("b", 60, 12, 90), line("c", 25, 80, 70)), K)
    hidden = pattern.views["STRUCTURE"]
    assert (0, 0) in hidden
    assert all(sum(1 for other in hidden if other[0] == place) > 1 for place, _ in hidden)
    assert all(sum(1 for other in hidden if other[1] == rank) > 1 for _, rank in hidden)
    assert pattern.margin == set()


def test_a_small_class_of_the_departement_is_hidden_in_every_view() -> None:
    pattern = protect(block(line("a", 4, 30, 40), line("b", 2, 50, 60)), K)
    assert {rank for _, rank in pattern.margin} == {0, 1}
    assert {rank for _, rank in pattern.views["STRUCTURE"]} >= {0, 1}


def test_too_few_people_hide_everything() -> None:
    assert protect(Block(("x", "y"), line("", 5, 5)), K).everything
    assert protect(Block(("x", "y"), line("", 3, 0, people=(3, 0))), 5).everything


def test_a_small_class_beside_none_hides_everything() -> None:
    assert protect(Block(("x",), Line("", (20,), (4,), 20, 20)), K).everything


def test_lines_too_thin_are_closed_with_enough_others() -> None:
    thin = [line("a", 4, 4, 4, 4), line("b", 4, 4, 4, 4), line("c", 4, 4, 4, 4)]
    pattern = protect(block(*thin, line("d", 90, 80, 70, 60)), K)
    assert pattern.closed == {"STRUCTURE": {0, 1, 2}}
    # two of them alone would hide 8 in each class
    pattern = protect(block(*thin[:2], line("d", 90, 80, 70, 60)), K)
    assert pattern.closed == {"STRUCTURE": {0, 1, 2}}


def test_people_who_count_several_times_do_not_add_up() -> None:
    # six people with six appointments each side: together, perhaps, the same six
    lines = [line("a", 36, 36, people=(6, 6)), line("b", 36, 36, people=(6, 6))]
    lines = [Line(one.label, one.counts, one.people, one.total, 11) for one in lines]
    several = protect(block(*lines, once=False), K)
    once = protect(block(*lines), K)
    assert once.views["STRUCTURE"] == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert once.closed == {}
    assert several.closed == {"STRUCTURE": {0, 1}}


def test_a_sensitive_class_is_never_shown_at_none_or_all() -> None:
    sensitive = frozenset({DELAY.classes[0]})
    counts = line("a", 0, 30, 40), line("b", 30, 30, 30), line("c", 40, 50, 60)
    assert (0, 0) in protect(block(*counts, sensitive=sensitive), K).views["STRUCTURE"]
    everybody = line("a", 40, 0, 0), line("b", 30, 30, 30), line("c", 40, 50, 60)
    assert (0, 0) in protect(block(*everybody, sensitive=sensitive), K).views["STRUCTURE"]
    assert protect(block(*counts), K).views["STRUCTURE"] == set()


def test_no_threshold_goes_below_five_and_no_thin_line_is_taken() -> None:
    with pytest.raises(ValueError, match="5 at least"):
        protect(block(line("a", 20, 30)), 4)
    with pytest.raises(ValueError, match="pooled"):
        protect(block(line("a", 4, 4), line("b", 50, 50)), K)


def _measures(counts: tuple[int, ...], measured: Measured) -> dict[str, float]:
    one = Block(DELAY.classes, line("", *counts))
    counted = Counted(DELAY, "2022-T1", one, {("", ""): measured})
    return dict(table_of(counted, K).rows[0].measures)


def test_a_quantile_has_k_people_on_each_side() -> None:
    measured = Measured(50.0, (1, 2, 3, 4, 5, 6, 7, 8, 9), 0.1)
    assert set(_measures((11, 10, 0, 0), measured)) == set()  # a class of ten is hidden
    assert set(_measures((11, 0, 0, 0), measured)) == {MEAN}
    assert set(_measures((22, 0, 0, 0), measured)) == {MEAN, MEDIAN}
    assert "décile 1" not in _measures((109, 0, 0, 0), measured)
    assert _measures((110, 0, 0, 0), measured)["décile 1"] == 1


def test_one_delay_does_not_make_a_mean() -> None:
    assert MEAN not in _measures((30, 0, 0, 0), Measured(50.0, (), 0.86))
    assert MEAN in _measures((30, 0, 0, 0), Measured(50.0, (), 0.85))


def test_a_mean_that_would_bound_what_is_closed_is_not_said() -> None:
    lines = [Line(name, (6, 6, 6, 6), (6, 6, 6, 6), 24, 24) for name in "abcd"]
    counted = Counted(
        DELAY, "2022-T1", block(*lines),
        {("STRUCTURE", "a"): Measured(41.0, (), 0.1), ("STRUCTURE", "b"): Measured(42.0, (), 0.1)},
    )  # fmt: skip
    rows = {row.label: row for row in table_of(counted, K).rows}
    assert rows["a"].counts == (None,) * 4
    # 24 people and 41 days: at most ten waited 90 days or more
    assert (rows["a"].measures, rows["b"].measures) == ({}, {MEAN: 42.0})


def test_the_median_of_those_who_wait_needs_people_on_both_sides() -> None:
    for done, beyond, told in ((10, 50, False), (50, 10, False), (11, 11, True)):
        found = _measures((90, 0, 0, 0), Measured(kept_waiting=(40, done, beyond)))
        assert (KAPLAN_MEIER in found) is told


def test_a_stock_is_rounded_and_has_no_total() -> None:
    indicator = BY_NAME["en-attente-d-orientation"]
    counted = Counted(indicator, "2022-T1", Block(indicator.classes, line("", 10, 0, 16, 100)))
    (row,) = table_of(counted, K).rows
    assert (row.counts, row.total) == ((None, 0, 11, 99), None)
