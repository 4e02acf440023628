"""A place in trouble is asked less and less often, never less than once an hour."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.doors.backoff import EARLY, LONGEST, Backoff

EVERY = 600.0


class Hand:
    """A clock whose hand one moves."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_each_failure_in_a_row_doubles_the_wait_up_to_an_hour() -> None:
    backoff = Backoff(Hand())
    waits = [backoff.failed("a", EVERY) for _ in range(6)]
    assert waits == [600, 1200, 2400, 3600, 3600, 3600]


def test_one_answer_forgets_every_failure() -> None:
    hand = Hand()
    backoff = Backoff(hand)
    for _ in range(5):
        backoff.failed("a", EVERY)
    assert not backoff.may_ask("a")
    hand.at = LONGEST
    assert backoff.may_ask("a")
    backoff.answered("a")
    assert backoff.failed("a", EVERY) == EVERY


def test_a_place_in_trouble_delays_no_other() -> None:
    backoff = Backoff(Hand())
    backoff.failed("a", EVERY)
    assert [backoff.may_ask("a"), backoff.may_ask("b")] == [False, True]


@given(st.floats(1, 1e5), st.integers(1, 2000))
def test_the_wait_is_never_shorter_than_the_pace_nor_longer_than_an_hour_or_the_pace(
    every: float, failures: int
) -> None:
    hand = Hand()
    backoff = Backoff(hand)
    wait = 0.0
    for _ in range(failures):
        wait = backoff.failed("a", every)
    assert every <= wait <= max(LONGEST, every)
    hand.at = wait - EARLY * every
    assert backoff.may_ask("a")
