"""A replay asked for: written with its entry, waiting once, made from what its original left."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from gateway.again import read_again
from gateway.errors import Broken, NotAuthorised
from gateway.ledger.log import bodies, committed_size
from gateway.stages.keep import keep
from gateway.store.replays import Replay, ask_replay, find_replay, replay_id, waiting_replays
from schemas.codes import Code
from schemas.registry import ours
from tests.world.arrivals import arrive, numbered
from tests.world.records import NOON, passport, refusal

D1 = "cd-parcours-cd-1"


@pytest.fixture
def engine(emptied: Engine) -> Engine:
    return emptied


def asked(engine: Engine, delivery: str = D1) -> Replay:
    return ask_replay(engine, delivery, by="ana", motive="clé changée")


def walked(engine: Engine, replay: Replay, code: Code | None = None) -> None:
    again = read_again(engine, replay.id, ours().named)
    arrive(engine, again.passport, "x", faulty=code)


def waiting(engine: Engine) -> list[str]:
    with engine.begin() as connection:
        return [replay for replay, _ in waiting_replays(connection)]


def test_a_replay_is_asked_with_its_entry_and_waits(engine: Engine) -> None:
    arrive(engine, numbered(1), "x")
    replay = asked(engine)
    assert replay.id == replay_id("cd-parcours", D1, 1)
    assert waiting(engine) == [replay.id]
    line = json.loads(next(bodies(engine, 1, 2)))
    assert (line["act"], line["actor"], line["subject"]) == ("delivery.replayed", "ana", replay.id)
    assert line["facts"] == {"replay_of": D1, "rank": 1, "flow": "cd-parcours"}
    assert "clé changée" not in json.dumps(line, ensure_ascii=False)
    with engine.begin() as connection:
        assert find_replay(connection, replay.id) == replay


def test_typed_twice_it_is_asked_once_and_asked_again_once_done(engine: Engine) -> None:
    arrive(engine, numbered(1), "x")
    first = asked(engine)
    written = committed_size(engine)
    with pytest.raises(NotAuthorised, match="attend déjà"):
        asked(engine)
    assert committed_size(engine) == written
    walked(engine, first)
    assert waiting(engine) == []
    second = asked(engine)
    assert (second.rank, second.id == first.id) == (2, False)


def test_a_replay_of_a_replay_is_one_more_of_the_first_delivery(engine: Engine) -> None:
    arrive(engine, numbered(1), "x")
    first = asked(engine)
    walked(engine, first)
    assert asked(engine, first.id).original == D1


def _unknown(_engine: Engine) -> None:
    return


def _never_ours(engine: Engine) -> None:
    keep(engine, numbered(1), None, refusal(D1, Code.TOO_LARGE))


@pytest.mark.parametrize(
    ("before", "why"), [(_unknown, "aucun dépôt"), (_never_ours, "rien à rejouer")]
)
def test_what_cannot_be_replayed_is_said_and_written_nowhere(
    engine: Engine, before: Callable[[Engine], None], why: str
) -> None:
    before(engine)
    written = committed_size(engine)
    with pytest.raises(NotAuthorised, match=why):
        asked(engine)
    assert (waiting(engine), committed_size(engine)) == ([], written)


def test_a_replay_is_its_original_again_but_for_its_id_and_its_link(engine: Engine) -> None:
    arrive(engine, numbered(1), "x")
    replay = asked(engine)
    again = read_again(engine, replay.id, ours().named)
    known = numbered(1)
    assert again.passport == passport(
        replay.id,
        name=known.name,
        sequence=1,
        stated_departement="08",
        replay_of=D1,
        sent_at=NOON,
    )
    assert (again.held.delivery, again.held.size) == (replay.id, 1234)


def test_a_refused_original_speaks_of_the_day_its_name_states(engine: Engine) -> None:
    arrive(engine, numbered(1), "x", faulty=Code.TRUNCATED)
    passport_ = read_again(engine, asked(engine).id, ours().named).passport
    assert passport_.reference_date == date(2022, 6, 15)
    assert passport_.sent_at is not None
    assert abs((passport_.sent_at - datetime.now(UTC)).total_seconds()) < 60


def test_a_replay_nobody_asked_for_is_our_fault(engine: Engine) -> None:
    with pytest.raises(Broken):
        read_again(engine, "cd-parcours-0", ours().named)


def test_a_replay_says_in_the_ledger_whose_it_is(engine: Engine) -> None:
    arrive(engine, numbered(1), "x")
    walked(engine, asked(engine))
    facts = json.loads(next(bodies(engine, 2, 3)))["facts"]
    assert facts["replay_of"] == D1


@given(st.text("abcdef0123456789-", min_size=1, max_size=60), st.integers(1, 9))
def test_an_id_is_short_and_of_its_rank_alone(original: str, rank: int) -> None:
    identity = replay_id("pe-parcours", original, rank)
    assert len(identity) == len("pe-parcours-") + 16
    assert identity != replay_id("pe-parcours", original, rank + 1)
