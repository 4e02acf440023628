"""The human queue: questions by references, decisions of two people or one, in the ledger, undone at will."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from sqlalchemy import Engine, select

from gateway.cli.person_link import document
from gateway.errors import NotAuthorised
from gateway.identity.changes import changes
from gateway.identity.resolve import resolve
from gateway.ledger.entry import Entry
from gateway.ledger.tables import ENTRY
from gateway.passage.who_is_who import asked_of, decisions_of
from gateway.store.approvals import decide
from gateway.store.database import one_writer
from gateway.store.deeds import DEEDS
from gateway.store.disclosures import LINK, Disclosure, disclose
from gateway.store.link_questions import (
    BETWEEN,
    Asked,
    Question,
    State,
    all_questions,
    keep_questions,
    open_questions,
)
from gateway.store.links import (
    ask_together,
    come_together,
    decisions_digest,
    every_decision,
    in_force,
    tell_apart,
    undo,
)
from gateway.store.tables import DISCLOSURE
from tests.world.census import CD, PE, File, cd, known, number, pe

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
ONE = Asked("a" * 32, "b" * 32, "X", "autre_nir")
TWO = Asked("c" * 32, "d" * 32, "S", "nom naissance", "haute", 14.25)
BORN = date(1985, 3, 12)
A = number(BORN, 1)


def ask(engine: Engine, *asked: Asked, departement: str = "08", now: datetime = NOW) -> int:
    with one_writer(engine) as connection:
        return keep_questions(connection, departement, asked, now=now)


def questions(engine: Engine) -> list[Question]:
    with engine.begin() as connection:
        return list(all_questions(connection))


def entries(engine: Engine) -> list[Entry]:
    with engine.begin() as connection:
        bodies = connection.scalars(select(ENTRY.c.body).order_by(ENTRY.c.seq)).all()
    return [Entry.decode(bytes(body)) for body in bodies]


def agreed(engine: Engine, question: str) -> str:
    request = ask_together(engine, question, by="ana", motive="même adresse", now=NOW)
    decide(engine, request.id, by="bruno", agrees=True, then=DEEDS[request.matter], now=NOW)
    with engine.begin() as connection:
        return next(one.id for one in in_force(connection, "08") if one.undone_at is None)


def test_a_pair_is_one_question_whatever_the_crossings(emptied: Engine) -> None:
    assert ask(emptied, ONE, TWO) == 2
    assert ask(emptied, TWO, now=LATER) == 1
    first = {one.asked: one for one in questions(emptied)}
    assert (first[ONE].state, first[TWO].state) == (State.GONE, State.OPEN)
    assert (first[TWO].first_seen, first[TWO].last_seen) == (NOW, LATER)
    assert ask(emptied, ONE, TWO, now=LATER) == 2
    assert {one.id for one in questions(emptied)} == {one.id for one in first.values()}


def test_another_departements_questions_are_left_alone(emptied: Engine) -> None:
    ask(emptied, ONE)
    ask(emptied, TWO, departement="2A")
    assert {one.state for one in questions(emptied)} == {State.OPEN}


def test_a_link_takes_two_people_and_is_in_force_then(emptied: Engine) -> None:
    ask(emptied, ONE)
    (question,) = questions(emptied)
    request = ask_together(emptied, question.id, by="ana", motive="m", now=NOW)
    with emptied.begin() as connection:
        assert in_force(connection, "08") == []
    with pytest.raises(NotAuthorised, match="seconde personne"):
        decide(emptied, request.id, by="ana", agrees=True, then=come_together, now=NOW)
    decide(emptied, request.id, by="bruno", agrees=True, then=DEEDS[request.matter], now=NOW)
    with emptied.begin() as connection:
        (decision,) = in_force(connection, "08")
        assert in_force(connection, "2A") == []
    assert (decision.verdict, decision.by, decision.seconded_by) == ("same", "ana", "bruno")
    assert [one.state for one in questions(emptied)] == [State.DECIDED]
    told = [(e.act.value, e.actor) for e in entries(emptied)]
    assert told[1:3] == [("link.decided", "bruno"), ("approval.given", "bruno")]


def test_one_person_tells_two_people_apart_and_undoes_it(emptied: Engine) -> None:
    ask(emptied, ONE)
    (question,) = questions(emptied)
    decision = tell_apart(emptied, question.id, by="ana", motive="deux NIR", now=NOW)
    with pytest.raises(NotAuthorised, match="n'attend plus"):
        tell_apart(emptied, question.id, by="bruno", motive="m", now=NOW)
    assert ask(emptied, ONE, now=LATER) == 0  # asked again by a crossing, it stays decided
    undone = undo(emptied, decision.id, by="bruno", motive="erreur", now=LATER)
    assert undone.undone_at == LATER
    with emptied.begin() as connection:
        assert in_force(connection, "08") == []
        assert [one.id for one in open_questions(connection)] == [question.id]
        assert len(every_decision(connection)) == 1
    with pytest.raises(NotAuthorised, match="déjà"):
        undo(emptied, decision.id, by="ana", motive="m", now=LATER)
    assert [e.act.value for e in entries(emptied)] == ["link.decided", "link.undone"]


def test_what_was_approved_is_what_was_read(emptied: Engine) -> None:
    ask(emptied, ONE)
    (question,) = questions(emptied)
    request = ask_together(emptied, question.id, by="ana", motive="m", now=NOW)
    ask(emptied, Asked(ONE.left, ONE.right, "D", "identifiant_court"), now=NOW)
    with pytest.raises(NotAuthorised, match="redemandez"):
        decide(emptied, request.id, by="bruno", agrees=True, then=come_together, now=NOW)
    with emptied.begin() as connection:
        assert in_force(connection, "08") == []


def test_a_crossing_stands_on_the_decisions_in_force(emptied: Engine) -> None:
    ask(emptied, ONE, TWO)
    with emptied.begin() as connection:
        nothing = decisions_digest(connection, "08")
    decision = agreed(emptied, questions(emptied)[0].id)
    with emptied.begin() as connection:
        one = decisions_digest(connection, "08")
    undo(emptied, decision, by="ana", motive="m", now=LATER)
    with emptied.begin() as connection:
        assert (nothing, decisions_digest(connection, "08")) == ("", "")
    assert len(one) == 64


def test_nothing_of_a_person_is_in_the_ledger_and_a_motive_is_committed_to(emptied: Engine) -> None:
    ask(emptied, ONE)
    (question,) = questions(emptied)
    shown = Disclosure(LINK, question.id, "08", (question.asked.left, question.asked.right))
    disclose(emptied, shown, by="ana", motive="réclamation reçue")
    with emptied.begin() as connection:
        row = connection.execute(select(DISCLOSURE)).one()
    (entry,) = entries(emptied)
    assert (entry.act.value, entry.actor, entry.subject) == ("person.disclosed", "ana", question.id)
    assert row.motive == "réclamation reçue"
    assert b"clamation" not in entry.encode()
    assert len(str(entry.facts["motive"])) == 64


# --- from the passes to the queue and back


def test_a_doubt_decided_by_people_links_and_undone_links_no_more(emptied: Engine) -> None:
    index = known(File(CD, (cd("a", A),)), File(PE, (pe("p", A, date(1985, 12, 3)),)))
    ask(emptied, *asked_of(resolve(index)))
    (question,) = questions(emptied)
    assert (question.asked.grade, question.asked.why) == ("X", "autre_naissance")
    decision = agreed(emptied, question.id)
    with emptied.begin() as connection:
        linked = resolve(index, decisions_of(connection, "08"))
    assert linked.grades["GRADE"].to_list() == ["H"]
    assert list(asked_of(linked)) == []
    undo(emptied, decision, by="ana", motive="m", now=LATER)
    with emptied.begin() as connection:
        undone = resolve(index, decisions_of(connection, "08"))
    assert undone.persons.equals(resolve(index).persons)
    merged = changes(undone.persons, linked.persons)
    parted = changes(linked.persons, undone.persons)
    assert (merged.merges, merged.splits, parted.merges, parted.splits) == (1, 0, 0, 1)
    assert merged.moved["CHANGE"].to_list() == ["joined", "joined"]


# --- what changed of who is who (pure)


def persons(**of: str) -> pl.DataFrame:
    return pl.DataFrame({"SUBJECT": list(of), "PERSON": list(of.values())})


def test_a_person_called_otherwise_is_no_change() -> None:
    told = changes(persons(p="p", q="q"), persons(p="a", a="a", q="q"))
    assert (told.merges, told.splits, told.moved.height) == (0, 0, 0)


def test_a_subject_that_goes_from_one_person_to_another_is_a_merge_and_a_split() -> None:
    told = changes(persons(a="a", p="a", b="b"), persons(a="a", p="b", b="b"))
    assert (told.merges, told.splits) == (1, 1)
    moved = set(told.moved.filter(pl.col("CHANGE") == "joined")["SUBJECT"])
    assert moved == {"p", "b"}


def test_the_reasons_of_a_scored_pair_are_told_whole(emptied: Engine) -> None:
    why = BETWEEN.join(("nom : très proche", "naissance : identique"))
    ask(emptied, Asked("a" * 32, "b" * 32, "S", why, "haute", 5.5))
    (question,) = questions(emptied)
    assert document(question)["pourquoi"] == ["nom : très proche", "naissance : identique"]
