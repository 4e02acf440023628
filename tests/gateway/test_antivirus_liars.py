"""A clamd that lies, each way it can: no lie makes a file clean, and none makes us wait for ever."""

import io
import time

import pytest

from gateway.antivirus import CHUNK, LONGEST_ANSWER, Clamd
from gateway.errors import Refused, Unavailable
from schemas.codes import Code
from tests.world.clamd_liar import Lie, lying_clamd

FILE = b"MATRICULE;NIR\n" * 10
LONG = b"x" * (CHUNK * 8)


def test_told_nothing_but_the_truth_a_file_is_clean_and_was_handed_over_whole() -> None:
    with lying_clamd(Lie()) as told:
        assert Clamd(told.address, 5).scan(io.BytesIO(LONG)) == "ClamAV 1.4.6/27400"
    assert told.files == [LONG]


@pytest.mark.parametrize(
    ("lie", "body"),
    [
        (Lie(answer=b""), FILE),
        (Lie(answer=b"", after=1), LONG),
        (Lie(answer=b"stream: OK"), FILE),
        (Lie(answer=b"stream: OK", after=1), LONG),
        (Lie(after=1), LONG),
        (Lie(after=1, hangs=True), LONG),
        (Lie(after=1, delay=0.2), b"x" * (CHUNK + 10)),  # all is sent, and not all is read
        (Lie(answer=b"\xff\x00\xfe"), FILE),
        (Lie(answer=b"\0"), FILE),
        (Lie(answer=b"OK\0"), FILE),
        (Lie(answer=b"stream: ok\0"), FILE),
        (Lie(answer=b"1: stream: OK\0"), FILE),
        (Lie(answer=b"/tmp/other: OK\0"), FILE),
        (Lie(answer=b"stream: OK\0stream: OK\0"), FILE),
        (Lie(answer=b"stream: OK\0stream: Worm FOUND\0"), FILE),
        (Lie(answer=b"stream: OK\n\0"), FILE),
        (Lie(answer=b"stream: FOUND\0"), FILE),
        (Lie(answer=b"stream: a\x1bb FOUND\0"), FILE),
        (Lie(answer=b"stream: " + b"w" * LONGEST_ANSWER + b" FOUND\0"), FILE),
        (Lie(answer=b"Error writing to temporary file. ERROR\0"), FILE),
        (Lie(answer=b"stream: Can't allocate memory ERROR\0"), FILE),
        (Lie(endless=True, answer=b""), FILE),
        (Lie(endless=True), FILE),
        (Lie(version=b"ClamAV\0"), FILE),
        (Lie(version=b"Sophos 3\0"), FILE),
        (Lie(version=b"ClamAV 1.4/27400/\x1b[2J\0"), FILE),
    ],
)
def test_an_answer_that_is_not_clamds_own_leaves_the_file_waiting(lie: Lie, body: bytes) -> None:
    with lying_clamd(lie) as told, pytest.raises(Unavailable, match="antivirus"):
        Clamd(told.address, 1.5).scan(io.BytesIO(body))


@pytest.mark.parametrize("lie", [Lie(answer=b"", hangs=True), Lie(hangs=True)])
def test_one_that_hangs_is_waited_for_no_longer_than_was_said(lie: Lie) -> None:
    started = time.monotonic()
    with lying_clamd(lie) as told, pytest.raises(Unavailable, match="ne répond pas"):
        Clamd(told.address, 0.3).scan(io.BytesIO(FILE))
    assert time.monotonic() - started < 3


def test_an_answer_without_an_end_is_left_at_once() -> None:
    started = time.monotonic()
    lie = Lie(endless=True, answer=b"")
    with lying_clamd(lie) as told, pytest.raises(Unavailable):
        Clamd(told.address, 20).scan(io.BytesIO(FILE))
    assert time.monotonic() - started < 10


def test_its_size_limit_is_a_refusal_even_said_before_the_end() -> None:
    lie = Lie(answer=b"INSTREAM size limit exceeded. ERROR\0", after=1)
    with lying_clamd(lie) as told, pytest.raises(Refused) as refused:
        Clamd(told.address, 5).scan(io.BytesIO(LONG))
    assert refused.value.code is Code.NOT_SCANNED_WHOLE


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"Win.Test.EICAR_HDB-1", "Win.Test.EICAR_HDB-1"),
        (b"Dupont 2 85 01", ""),
        (b"w" * 81, ""),
        (b"<script>", ""),
        ("Été".encode(), ""),
    ],
)
def test_the_name_of_a_virus_is_repeated_only_if_it_can_hold_nothing_else(
    name: bytes, shown: str
) -> None:
    lie = Lie(answer=b"stream: " + name + b" FOUND\0")
    with lying_clamd(lie) as told, pytest.raises(Refused) as refused:
        Clamd(told.address, 5).scan(io.BytesIO(FILE))
    assert (refused.value.code, refused.value.detail) == (Code.INFECTED, shown)
    assert (name.decode() in str(refused.value)) == bool(shown)


def test_one_that_answers_no_pong_is_no_clamd() -> None:
    with lying_clamd(Lie(pong=b"UNKNOWN COMMAND\0")) as told, pytest.raises(Unavailable):
        Clamd(told.address, 5).ping()
