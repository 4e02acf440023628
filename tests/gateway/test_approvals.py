"""What takes two people: who asked never answers, and what was shown is what is approved."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, select

from gateway.errors import NotAuthorised
from gateway.ledger.entry import Entry
from gateway.ledger.tables import ENTRY
from gateway.store.approvals import (
    LIFETIME,
    Approval,
    Matter,
    State,
    ask,
    decide,
    every,
    find,
    given,
    waiting,
)

SHOWN = {"partenaire": "cd-08", "empreinte": "AAAA BBBB"}
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def asked(engine: Engine, *, by: str = "alice", now: datetime = NOW) -> Approval:
    return ask(engine, Matter.KEY, "cd-08:x", SHOWN, by=by, motive="nouvelle clé", now=now)


def acts(engine: Engine) -> list[tuple[str, str]]:
    with engine.begin() as connection:
        bodies = connection.scalars(select(ENTRY.c.body).order_by(ENTRY.c.seq)).all()
    return [(e.act.value, e.actor) for e in (Entry.decode(bytes(body)) for body in bodies)]


def test_a_second_person_answers_and_both_are_in_the_ledger(engine: Engine) -> None:
    request = asked(engine)
    decided = decide(engine, request.id, by="bruno", agrees=True, now=NOW)
    assert (decided.state, decided.decided_by) == (State.GIVEN, "bruno")
    assert acts(engine) == [("approval.requested", "alice"), ("approval.given", "bruno")]
    with engine.begin() as connection:
        assert [one.id for one in given(connection, Matter.KEY, "cd-08:x")] == [request.id]
        assert given(connection, Matter.KEY, "cd-09:x") == []
        assert waiting(connection, now=NOW) == []


def test_who_asked_never_answers_not_even_to_refuse(engine: Engine) -> None:
    request = asked(engine)
    for agrees in (True, False):
        with pytest.raises(NotAuthorised, match="seconde personne"):
            decide(engine, request.id, by="alice", agrees=agrees, now=NOW)
    with engine.begin() as connection:
        assert find(connection, request.id, now=NOW).state is State.PENDING
    assert acts(engine) == [("approval.requested", "alice")]


@pytest.mark.parametrize("first", [True, False])
def test_an_answer_is_final(engine: Engine, first: bool) -> None:
    request = asked(engine)
    decide(engine, request.id, by="bruno", agrees=first, now=NOW)
    with pytest.raises(NotAuthorised, match="n'attend plus"):
        decide(engine, request.id, by="carole", agrees=not first, now=NOW)
    assert len(acts(engine)) == 2


def test_a_request_nobody_answered_expires(engine: Engine) -> None:
    request = asked(engine)
    late = NOW + LIFETIME
    with pytest.raises(NotAuthorised, match="expired"):
        decide(engine, request.id, by="bruno", agrees=True, now=late)
    with engine.begin() as connection:
        assert find(connection, request.id, now=late).state is State.EXPIRED
        assert find(connection, request.id, now=late - timedelta(seconds=1)).state is State.PENDING
    assert asked(engine, now=late).id != request.id


def test_asking_again_for_what_waits_is_asking_once(engine: Engine) -> None:
    assert asked(engine).id == asked(engine).id
    assert acts(engine) == [("approval.requested", "alice")]


def test_another_thing_shown_is_another_request(engine: Engine) -> None:
    first = asked(engine)
    shown = SHOWN | {"empreinte": "AAAA CCCC"}
    other = ask(engine, Matter.KEY, "cd-08:x", shown, by="alice", motive="autre", now=NOW)
    assert (other.id, other.digest) != (first.id, first.digest)


def test_two_people_who_ask_for_the_same_thing_can_answer_each_other(engine: Engine) -> None:
    mine, hers = asked(engine, by="alice"), asked(engine, by="bruno")
    assert mine.id != hers.id
    assert decide(engine, hers.id, by="alice", agrees=True, now=NOW).state is State.GIVEN


def test_what_fails_in_the_deed_leaves_the_request_waiting(engine: Engine) -> None:
    request = asked(engine)

    def breaks(connection: Connection, approval: Approval) -> None:
        raise NotAuthorised(f"rien à faire de {approval.id}")

    with pytest.raises(NotAuthorised, match="rien à faire"):
        decide(engine, request.id, by="bruno", agrees=True, then=breaks, now=NOW)
    with engine.begin() as connection:
        assert find(connection, request.id, now=NOW).state is State.PENDING
        assert [one.state for one in every(connection, now=NOW)] == [State.PENDING]
    assert acts(engine) == [("approval.requested", "alice")]


def test_a_refusal_does_no_deed(engine: Engine) -> None:
    done: list[str] = []
    request = asked(engine)
    decide(
        engine,
        request.id,
        by="bruno",
        agrees=False,
        then=lambda _, approval: done.append(approval.id),
        now=NOW,
    )
    assert done == []
    assert acts(engine)[-1] == ("approval.refused", "bruno")


def test_a_request_of_nobody_is_said_in_french(engine: Engine) -> None:
    with pytest.raises(NotAuthorised, match="approval list"):
        decide(engine, "inconnue", by="bruno", agrees=True)
