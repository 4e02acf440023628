"""A master in two halves: each says nothing, both give it back, and a wrong one is told."""

import secrets
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import Misconfigured
from gateway.pseudonym import Domain, Pseudonymiser, fingerprint_of
from gateway.pseudonym.shares import join, read, split, write
from gateway.secret import Secret

masters = st.binary(min_size=32, max_size=32).filter(lambda key: len(set(key)) >= 8).map(Secret)
MASTER = Secret(secrets.token_bytes(32))


@settings(max_examples=50, deadline=None)
@given(masters)
def test_two_shares_give_the_master_back_and_the_same_names(master: Secret[bytes]) -> None:
    one, other = (read(write(share), "part") for share in split(master))
    assert join(one, other) == master
    domain = Domain("r", "p", "1")
    assert Pseudonymiser(join(one, other), domain).of("x") == Pseudonymiser(master, domain).of("x")


def test_a_share_alone_is_noise_and_never_the_same_twice() -> None:
    halves = [share.half.reveal() for _ in range(40) for share in split(MASTER)]
    assert len(set(halves)) == 80
    assert MASTER.reveal() not in halves
    for place in range(32):  # each byte of a half takes many values: none is the master's
        assert len({half[place] for half in halves}) > 20


def test_a_share_shows_neither_its_half_nor_the_master() -> None:
    for share in split(MASTER):
        assert share.half.reveal().hex() not in repr(share)
        assert MASTER.reveal().hex() not in write(share)


@pytest.mark.parametrize(
    ("ranks", "said"), [((1, 1), "deux fois la part 1"), ((2, 2), "deux fois la part 2"), ((2, 1), "échangées")]
)  # fmt: skip
def test_the_same_half_twice_or_in_the_other_place_is_told(
    ranks: tuple[int, int], said: str
) -> None:
    made = split(MASTER)
    with pytest.raises(Misconfigured, match=said):
        join(made[ranks[0] - 1], made[ranks[1] - 1])


def test_halves_of_two_masters_are_told_by_their_fingerprints() -> None:
    other = Secret(secrets.token_bytes(32))
    with pytest.raises(Misconfigured, match="ne vont pas ensemble") as told:
        join(split(MASTER)[0], split(other)[1])
    assert fingerprint_of(MASTER) in str(told.value)
    assert fingerprint_of(other) in str(told.value)


def test_halves_of_two_splits_of_one_master_are_told() -> None:
    with pytest.raises(Misconfigured, match="ne redonnent pas"):
        join(split(MASTER)[0], split(MASTER)[1])


def test_any_letter_mistyped_is_told() -> None:
    text = write(split(MASTER)[0]).splitlines()[-1]
    for place, digit in product(range(0, len(text), 7), "07f"):
        damaged = text[:place] + digit + text[place + 1 :]
        if damaged != text:
            with pytest.raises(Misconfigured, match=r"abîmée|n'est pas une part"):
                read(damaged, "part")


@pytest.mark.parametrize("text", ["", "# seule\n", "passerelle-part-v1:1:2:3:4\n", "x" * 5000])
def test_what_is_no_share_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(Misconfigured, match="n'est pas une part") as told:
        read(text, "a.part")
    assert "xxx" not in str(told.value)


@pytest.mark.parametrize(
    "master",
    [b"", b"x" * 32, bytes(32), secrets.token_bytes(31)],
    ids=["empty", "repeated", "zeros", "short"],
)
def test_what_is_no_master_is_not_split(master: bytes) -> None:
    with pytest.raises(ValueError, match="key"):
        split(Secret(master))
