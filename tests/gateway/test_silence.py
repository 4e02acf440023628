"""A place that answers no more, another host key, a dead antivirus: raised, louder, closed by an answer."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from connectors.folder import FolderSource
from gateway.antivirus import Clamd
from gateway.doors.lookout import Post, Silence
from gateway.doors.silence import CHANGED, Silences, check_antivirus
from gateway.settings import Alerts
from gateway.store.alerts import Level, open_alerts
from gateway.store.database import open_engine
from tests.world.clamd_liar import Lie, lying_clamd
from tests.world.databases import sqlite_url

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(sqlite_url(tmp_path))
    yield opened
    opened.dispose()


class Hand:
    """A clock whose hand one moves."""

    at = NOON

    def __call__(self) -> datetime:
        return self.at


def levels(engine: Engine) -> dict[str, Level]:
    with engine.begin() as connection:
        return {one.alert.key: one.alert.level for one in open_alerts(connection)}


def test_a_place_is_an_alert_after_hours_of_silence_and_none_once_it_answers(
    engine: Engine, tmp_path: Path
) -> None:
    hand, post = Hand(), Post("cd", FolderSource(tmp_path, "cd"), (), alias="cd")
    silences = Silences(engine, Alerts(silent_hours=2, urgent_hours=24), hand)
    for hours, level in ((0, None), (1.9, None), (2, Level.WARNING), (24, Level.URGENT)):
        hand.at = NOON + timedelta(hours=hours)
        silences.silent(post, Silence("cd", "Unreachable", "cd"))
        assert levels(engine).get("place-silent:cd") == level
    with engine.begin() as connection:
        (told,) = open_alerts(connection)
    assert told.alert.sentence.startswith("cd ne répond plus depuis le 20/11/2026 à ")
    silences.heard(post)
    assert levels(engine) == {}
    silences.silent(post, Silence("cd", "Unreachable", "cd"))  # counted from now on
    assert levels(engine) == {}


def test_another_host_key_is_urgent_at_once(engine: Engine, tmp_path: Path) -> None:
    post = Post("cd", FolderSource(tmp_path, "cd"), (), alias="cd")
    silences = Silences(engine, Alerts())
    silences.silent(post, Silence("cd", CHANGED, "cd", "SHA256:abc"))
    assert levels(engine) == {"host-key-changed:cd": Level.URGENT}
    silences.heard(post)
    assert levels(engine) == {}


def test_an_antivirus_that_does_not_answer_is_urgent_until_it_does(engine: Engine) -> None:
    with lying_clamd(Lie(pong=b"")) as told:
        check_antivirus(engine, Clamd(told.address, 1))
    assert levels(engine) == {"antivirus-silent": Level.URGENT}
    with lying_clamd(Lie()) as told:
        check_antivirus(engine, Clamd(told.address, 1))
    assert levels(engine) == {}
    check_antivirus(engine, None)
    assert levels(engine) == {}
