"""Renewed ahead of time: the version of the day counts, no day is open by two, none is left out."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from gateway.authorising.desk import show
from gateway.authorising.expiry import KIND, survey_habilitations
from gateway.habilitation import Status
from gateway.store.alerts import open_alerts
from gateway.store.habilitation_demands import changes, find
from gateway.store.habilitations import covered_until, current, decide_state, every_on, history
from tests.world.demands import ANSWERS, NOW, draft, granted, submitted

NAME = draft().id
ENDS = draft().ends
NEXT_STARTS, NEXT_ENDS = ENDS + timedelta(days=1), ENDS + timedelta(days=365)


@pytest.fixture
def renewed(engine: Engine) -> Engine:
    """Version 1 to the end of 2024, version 2 approved in March for the year after."""
    granted(engine)
    granted(engine, draft(starts=NEXT_STARTS, ends=NEXT_ENDS), now=NOW + timedelta(days=1))
    return engine


def version_on(engine: Engine, day: date) -> tuple[int, Status]:
    with engine.begin() as connection:
        found = current(connection, NAME, day)
    assert found is not None
    return found.version, found.status


def test_each_day_has_its_version_and_none_is_a_hole(renewed: Engine) -> None:
    days = {
        NOW.date(): (1, Status.ACTIVE),
        ENDS: (1, Status.ACTIVE),
        NEXT_STARTS: (2, Status.ACTIVE),
        NEXT_ENDS + timedelta(days=1): (2, Status.EXPIRED),
    }
    assert {day: version_on(renewed, day) for day in days} == days
    with renewed.begin() as connection:
        ahead = [one.habilitation.status for one in history(connection, NAME, ENDS)]
        after = [one.habilitation.status for one in history(connection, NAME, NEXT_STARTS)]
        assert covered_until(connection, NAME, NOW.date()) == NEXT_ENDS
        assert [one.version for one in every_on(connection, NEXT_STARTS)] == [2]
    assert (ahead, after) == ([Status.ACTIVE] * 2, [Status.SUPERSEDED, Status.ACTIVE])


@pytest.mark.parametrize("wanted", [Status.SUSPENDED, Status.REVOKED])
def test_what_closes_it_closes_what_was_approved_ahead(renewed: Engine, wanted: Status) -> None:
    at = NOW + timedelta(days=2)
    decide_state(renewed, NAME, wanted, by=ANSWERS, motive="incident", now=at)
    assert version_on(renewed, at.date()) == (1, wanted)
    assert version_on(renewed, NEXT_STARTS) == (2, wanted)
    with renewed.begin() as connection:
        assert covered_until(connection, NAME, at.date()) is None


def test_a_renewal_without_a_hole_alarms_nobody_and_one_with_a_hole_does(engine: Engine) -> None:
    granted(engine)
    near = datetime(ENDS.year, ENDS.month, ENDS.day, tzinfo=UTC) - timedelta(days=5)
    late = draft(starts=NEXT_STARTS + timedelta(days=1), ends=NEXT_ENDS)
    granted(engine, late, now=near - timedelta(days=2))
    survey_habilitations(engine, {"rdvi": "00000000000001"}, now=near)
    assert alarms(engine) == 1
    granted(engine, draft(starts=NEXT_STARTS, ends=NEXT_ENDS), now=near - timedelta(days=1))
    survey_habilitations(engine, {"rdvi": "00000000000001"}, now=near)
    assert alarms(engine) == 0


def test_what_is_shown_of_it_is_the_version_of_the_day(renewed: Engine) -> None:
    with renewed.begin() as connection:
        today, next_year = (show(connection, NAME, day) for day in (ENDS, NEXT_STARTS))
    assert (today["version"], next_year["version"]) == (1, 2)
    assert [len(found["versions"]) for found in (today, next_year)] == [2, 2]


def test_what_a_demand_changes_is_counted_from_the_version_it_supersedes(renewed: Engine) -> None:
    longer = NEXT_ENDS + timedelta(days=30)
    asked = submitted(renewed, draft(starts=NEXT_STARTS, ends=longer), now=NOW + timedelta(days=2))
    with renewed.begin() as connection:
        told = changes(connection, find(connection, asked.number), NOW + timedelta(days=2))
    assert set(told) == {"fin"}


def alarms(engine: Engine) -> int:
    with engine.begin() as connection:
        return len(open_alerts(connection, kind=KIND))
