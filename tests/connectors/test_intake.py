"""What passes into a local file is stopped at the limit whatever was announced."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Arrival
from connectors.errors import Corrupt, TooLarge
from connectors.intake import Intake


@given(chunks=st.lists(st.binary(max_size=50), max_size=8), limit=st.integers(0, 200))
def test_a_size_never_announced_does_not_pass_the_limit(chunks: list[bytes], limit: int) -> None:
    into, body = io.BytesIO(), b"".join(chunks)
    intake = Intake(Arrival("key", "name"), into, limit=limit)
    try:
        for chunk in chunks:
            assert intake.wanted > 0
            intake.take(chunk)
        intake.check_whole()
    except TooLarge:
        assert len(body) > limit
    else:
        assert into.getvalue() == body
    assert len(into.getvalue()) <= limit


def test_an_announced_size_above_the_limit_is_stopped_before_a_byte() -> None:
    with pytest.raises(TooLarge):
        Intake(Arrival("key", "name", size=11), io.BytesIO(), limit=10)


@pytest.mark.parametrize("body", [b"", b"123", b"12345"])
def test_another_size_than_announced_is_corrupt(body: bytes) -> None:
    intake = Intake(Arrival("key", "name", size=4), io.BytesIO(), limit=10)
    intake.take(body)
    with pytest.raises(Corrupt):
        intake.check_whole()
