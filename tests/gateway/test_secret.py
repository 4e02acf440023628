"""A secret does not show itself."""

import copy
import logging
import pickle  # noqa: TID251 - to prove that a secret refuses it

import pytest

from gateway.secret import KeyPair, Secret, check_random_key

HIDDEN = "sesame-ouvre-toi"


def test_a_secret_shows_stars_everywhere(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(HIDDEN)
    logging.getLogger("x").warning("%s %r", secret, secret)
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>40}",
        repr([secret]),
        repr(KeyPair(secret, "p", "f")),
        caplog.text,
    ]
    assert not [text for text in shown if HIDDEN in text]
    assert "***" in caplog.text
    assert not hasattr(secret, "__dict__")


def test_a_secret_equals_the_same_secret_and_nothing_else() -> None:
    assert Secret(HIDDEN) == Secret(HIDDEN)
    assert Secret(b"a") == Secret("a")
    assert Secret(HIDDEN) != Secret("other")
    assert Secret(HIDDEN) != HIDDEN
    assert Secret(HIDDEN).reveal() == HIDDEN
    assert not Secret("")


@pytest.mark.parametrize("act", [pickle.dumps, copy.copy, copy.deepcopy, hash])
def test_a_secret_is_not_pickled_copied_or_hashed(act: object) -> None:
    assert callable(act)
    with pytest.raises(TypeError) as refusal:
        act(Secret(HIDDEN))
    assert HIDDEN not in str(refusal.value)


@pytest.mark.parametrize(
    "key", [b"", b"a", bytes(32), b"ab" * 16, bytes(range(31)), bytes(range(33))]
)
def test_a_key_that_was_not_drawn_at_random_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="key"):
        check_random_key(key)
