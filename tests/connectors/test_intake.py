"""What passes into a local file is stopped at the limit whatever was announced."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Arrival
from connectors.errors import Corrupt, TooLarge
from connectors.intake import Intake, transfer
from connectors.sink import FileSink


@given(chunks=st.lists(st.binary(max_size=50), max_size=8), limit=st.integers(0, 200))
async def test_a_size_never_announced_does_not_pass_the_limit(
    chunks: list[bytes], limit: int
) -> None:
    into, body = io.BytesIO(), b"".join(chunks)
    intake = Intake(Arrival("key", "name"), FileSink(into), limit=limit)
    try:
        for chunk in chunks:
            assert intake.wanted > 0
            await intake.take(chunk)
        intake.check_whole()
    except TooLarge:
        assert len(body) > limit
    else:
        assert into.getvalue() == body
    assert len(into.getvalue()) <= limit


def test_an_announced_size_above_the_limit_is_stopped_before_a_byte() -> None:
    with pytest.raises(TooLarge):
        Intake(Arrival("key", "name", size=11), FileSink(io.BytesIO()), limit=10)


@pytest.mark.parametrize("body", [b"", b"123", b"12345"])
async def test_another_size_than_announced_is_corrupt(body: bytes) -> None:
    intake = Intake(Arrival("key", "name", size=4), FileSink(io.BytesIO()), limit=10)
    await intake.take(body)
    with pytest.raises(Corrupt):
        intake.check_whole()


@pytest.mark.parametrize("lies", [0, 1, 2])
async def test_what_is_corrupt_is_forgotten_and_tried_once_more(lies: int) -> None:
    file = io.BytesIO()
    into, turns = FileSink(file), iter([b"lie"] * lies + [b"true"] * 2)

    async def attempt() -> None:
        intake = Intake(Arrival("key", "name", size=4), into, limit=10)
        await intake.take(next(turns))
        intake.check_whole()

    if lies > 1:
        with pytest.raises(Corrupt):
            await transfer(attempt, into)
        return
    await transfer(attempt, into)
    assert file.getvalue() == b"true"


async def test_a_sink_that_holds_an_older_try_is_emptied_first() -> None:
    file = io.BytesIO()
    into = FileSink(file)
    await into.write(b"half of")

    async def attempt() -> None:
        await into.write(b"whole")

    await transfer(attempt, into)
    assert (file.getvalue(), into.size) == (b"whole", 5)
