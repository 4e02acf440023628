"""Hashing in a thread gives what hashing gives."""

from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.digesting import Digesting


@given(blocks=st.lists(st.binary(max_size=5000), max_size=8))
@settings(max_examples=30, deadline=None)
async def test_blocks_are_hashed_in_order_all_of_them(blocks: list[bytes]) -> None:
    digest = Digesting()
    for block in blocks:
        await digest.update(block)
    assert await digest.hexdigest() == sha256(b"".join(blocks)).hexdigest()
