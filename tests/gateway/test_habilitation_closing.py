"""One person closes a habilitation, two open it again, and a day of the past is told as it was."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from gateway.errors import NotAuthorised
from gateway.habilitation import Status
from gateway.store.habilitation_answers import approve
from gateway.store.habilitation_resumes import ask_resume
from gateway.store.habilitations import decide_state, every_on
from tests.world.demands import (
    ANSWERS,
    ASKS,
    NOW,
    acts,
    answered,
    digest,
    draft,
    granted,
    status,
    submitted,
)

NAME = draft().id
LATER = NOW + timedelta(days=1)


def test_one_person_closes_and_two_open_again(engine: Engine) -> None:
    granted(engine)
    decide_state(engine, NAME, Status.SUSPENDED, by=ASKS, motive="incident", now=NOW)
    assert status(engine) is Status.SUSPENDED
    with pytest.raises(NotAuthorised, match="deux personnes"):
        decide_state(engine, NAME, Status.ACTIVE, by=ASKS, motive="réglé", now=NOW)
    asked = ask_resume(engine, NAME, by=ASKS, motive="réglé", now=LATER)
    assert asked.shown["suspendue pour"] == "incident"
    with pytest.raises(NotAuthorised, match="seconde personne"):
        answered(engine, asked, by=ASKS, agrees=True, now=LATER)
    assert status(engine) is Status.SUSPENDED
    answered(engine, asked, by=ANSWERS, agrees=True, now=LATER)
    assert status(engine) is Status.ACTIVE
    assert ("habilitation.resumed", ANSWERS) in acts(engine)


def test_an_agreement_to_resume_is_to_one_suspension(engine: Engine) -> None:
    granted(engine)
    decide_state(engine, NAME, Status.SUSPENDED, by=ASKS, motive="un", now=NOW)
    old = ask_resume(engine, NAME, by=ASKS, motive="réglé", now=NOW)
    answered(engine, ask_resume(engine, NAME, by="zoé", motive="réglé", now=NOW), by=ANSWERS,
             agrees=True)  # fmt: skip
    decide_state(engine, NAME, Status.SUSPENDED, by=ASKS, motive="un", now=NOW)
    with pytest.raises(NotAuthorised, match="même suspension"):
        answered(engine, old, by=ANSWERS, agrees=True)
    assert status(engine) is Status.SUSPENDED


def test_what_was_revoked_opens_by_a_demand_only(engine: Engine) -> None:
    granted(engine)
    decide_state(engine, NAME, Status.SUSPENDED, by=ASKS, motive="incident", now=NOW)
    asked = ask_resume(engine, NAME, by=ASKS, motive="réglé", now=NOW)
    decide_state(engine, NAME, Status.REVOKED, by=ASKS, motive="fin", now=NOW)
    openss: tuple[Callable[[], object], ...] = (
        lambda: answered(engine, asked, by=ANSWERS, agrees=True),
        lambda: ask_resume(engine, NAME, by=ASKS, motive="réglé", now=NOW),
        lambda: decide_state(engine, NAME, Status.SUSPENDED, by=ASKS, motive="non", now=NOW),
    )
    for opens in openss:
        with pytest.raises(NotAuthorised, match="révoquée"):
            opens()
    again = submitted(engine)
    assert again.approval is not None
    assert "révoquée" in again.approval.shown["change état"]
    assert "élargit" in again.approval.shown["change état"]
    approve(engine, 2, by=ANSWERS, digest=digest(again), now=NOW)
    assert status(engine) is Status.ACTIVE


def test_a_day_of_the_past_is_told_as_it_was(engine: Engine) -> None:
    granted(engine)
    granted(engine, draft(columns=("MATRICULE",)), now=NOW + timedelta(days=10))
    decide_state(engine, NAME, Status.REVOKED, by=ASKS, motive="fin", now=NOW + timedelta(days=20))

    def seen(days: int) -> list[tuple[int, Status]]:
        with engine.begin() as connection:
            found = every_on(connection, NOW.date() + timedelta(days=days))
        return [(one.version, one.status) for one in found]

    assert [seen(days) for days in (-1, 0, 9, 10, 19, 20)] == [
        [], [(1, Status.ACTIVE)], [(1, Status.ACTIVE)],
        [(2, Status.ACTIVE)], [(2, Status.ACTIVE)], [(2, Status.REVOKED)],
    ]  # fmt: skip
