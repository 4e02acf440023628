"""Whatever bytes come, the reader refuses or gives what was signed: never another error, never long."""

import time
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.cms.der import reading
from tests.world.cms import CLEAR, Desk, endless, tlv

QUICKLY = 2.0  # seconds of processor; what is opened here takes a few milliseconds
LAWS = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

tags = st.sampled_from(
    [0x02, 0x04, 0x05, 0x06, 0x24, 0x30, 0x31, 0x80, 0xA0, 0xA1, 0xA2, 0x00, 0x1F]
)
trees = st.recursive(
    st.builds(tlv, tags, st.binary(max_size=20)),
    lambda inner: st.builds(
        lambda make, tag, parts: make(tag, *parts),
        st.sampled_from([tlv, endless]),
        tags,
        st.lists(inner, max_size=5),
    ),
    max_leaves=20,
)


def check_refused(desk: Desk, message: bytes) -> None:
    started = time.process_time()
    for policy in ({}, {"signature": False}):
        desk.is_refused(message, **policy)
    assert time.process_time() - started < QUICKLY


@LAWS
@given(message=st.one_of(st.binary(max_size=400), trees))
def test_bytes_of_any_kind_are_refused(desk: Desk, message: bytes) -> None:
    check_refused(desk, message)


@LAWS
@given(data=st.data())
def test_a_true_message_disturbed_anywhere_is_refused_or_says_the_same(
    desk: Desk, goods: tuple[bytes, ...], data: st.DataObject
) -> None:
    message = data.draw(st.sampled_from(goods))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(message)))
        end = start + data.draw(st.sampled_from([0, 1, 2, 4, 16, 100]))
        put = data.draw(st.one_of(st.binary(max_size=8), trees, st.just(message[:end])))
        message = message[:start] + put + message[end:]
    check_refused(desk, message)


@LAWS
@given(pieces=st.lists(st.integers(0, 700), max_size=30), nested=st.booleans())
def test_a_content_cut_in_any_pieces_comes_out_whole(
    desk: Desk, pieces: list[int], nested: bool
) -> None:
    content = (CLEAR * 30)[: sum(pieces)]
    cuts = [sum(pieces[:n]) for n in range(len(pieces) + 1)]
    parts = [tlv(0x04, content[a:b]) for a, b in pairwise(cuts)]
    place = desk.room / "octets"
    place.write_bytes((endless if nested else tlv)(0xA0, *parts))
    try:
        with reading(place) as reader:
            assert b"".join(reader.octets(0x80)) == content
            reader.finish()
    finally:
        place.unlink()
