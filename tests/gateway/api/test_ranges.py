"""What part of a file is asked for: any range gives those bytes, and nothing else is ever read as one."""

from base64 import b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.ranges import (
    Span,
    Unsatisfiable,
    announced,
    digest_header,
    is_known,
    span_of,
    whole,
)

SIZES = st.integers(1, 10_000)


@given(SIZES, st.integers(0, 12_000), st.integers(0, 12_000))
def test_a_range_is_the_slice_it_names(size: int, first: int, last: int) -> None:
    body = bytes(number % 251 for number in range(size))
    try:
        span = span_of(f"bytes={first}-{last}", size)
    except Unsatisfiable:
        assert first >= size
        return
    wanted = body if last < first else body[first : last + 1]
    assert body[span.first : span.last + 1] == wanted
    assert span.length == len(wanted)
    assert span.ends is (span.last == size - 1)


@given(SIZES, st.integers(0, 12_000))
def test_a_suffix_is_the_end_and_an_open_range_goes_to_it(size: int, count: int) -> None:
    body = bytes(size)
    if count:
        tail = span_of(f"bytes=-{count}", size)
        assert (tail.length, tail.ends) == (len(body[-count:]), True)
    else:
        with pytest.raises(Unsatisfiable):
            span_of("bytes=-0", size)
    if count < size:
        assert span_of(f"bytes={count}-", size) == Span(count, size - 1, size)


@given(SIZES, st.text(max_size=40))
def test_what_cannot_be_read_is_the_whole_file_or_refused(size: int, header: str) -> None:
    try:
        span = span_of(header, size)
    except Unsatisfiable:
        assert header.lower().startswith("bytes=")
        return
    assert 0 <= span.first <= span.last < size


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes=0-1,4-5", "lignes=0-1", "bytes=-", "bytes=a-b", "bytes 0-1", "bytes=1-0"],
)
def test_several_ranges_or_none_are_the_whole_file(header: str | None) -> None:
    assert span_of(header, 10) == whole(10)


def test_a_range_under_another_tag_or_a_date_is_the_whole_file() -> None:
    assert span_of("bytes=0-1", 10, if_range='"a"', tag='"a"') == Span(0, 1, 10)
    for other in ('"b"', 'W/"a"', "Sun, 22 Nov 2026 16:00:00 GMT"):
        assert span_of("bytes=0-1", 10, if_range=other, tag='"a"') == whole(10)


def test_a_tag_is_known_among_others_weak_or_by_a_star() -> None:
    assert all(is_known(held, '"a"') for held in ('"a"', '"b", "a"', 'W/"a"', "*"))
    assert not any(is_known(held, '"a"') for held in (None, "", '"b"', "a", '"ab"'))


@given(st.binary(max_size=64))
def test_a_digest_is_read_back_as_it_is_written(body: bytes) -> None:
    digest = sha256(body).hexdigest()
    assert announced(digest_header(digest)) == digest
    assert announced(f"sha-512=:AAAA:, {digest_header(digest)}") == digest


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha-256=abc",
        "sha-256=:AAAA:",
        "sha-512=:AAAA:",
        f"xsha-256=:{b64encode(bytes(32)).decode()}:",
    ],
)
def test_a_digest_that_is_none_is_none(header: str | None) -> None:
    assert announced(header) is None
