"""An administrator learns in time that a habilitation will end, and no more once it is renewed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from gateway.authorising.expiry import KIND, survey_habilitations
from gateway.habilitation import Status
from gateway.store.alerts import Level, Raised, every_alert, open_alerts
from gateway.store.habilitations import decide_state
from gateway.store.partner_states import State, change
from tests.world.demands import ANSWERS, draft, granted

END = datetime(2024, 12, 31, 10, tzinfo=UTC)
NAME = draft().id
PARTNERS = {"rdvi": "00000000000001"}


def seen(engine: Engine) -> list[Raised]:
    with engine.begin() as connection:
        return list(open_alerts(connection, kind=KIND))


def look(engine: Engine, left: int) -> list[tuple[str, Level]]:
    survey_habilitations(engine, PARTNERS, now=END - timedelta(days=left))
    return [(one.alert.sentence, one.alert.level) for one in seen(engine)]


def test_one_alert_from_ninety_days_nearer_and_more_urgent(engine: Engine) -> None:
    granted(engine)
    assert look(engine, 91) == []
    for left, level in (
        (90, Level.WARNING),
        (8, Level.WARNING),
        (7, Level.URGENT),
        (1, Level.URGENT),
    ):
        ((sentence, found),) = look(engine, left)
        assert f"prend fin dans {left} jour(s), le 31/12/2024" in sentence
        assert found is level
    ((sentence, level),) = look(engine, 0)
    assert "aujourd'hui" in sentence
    ((sentence, level),) = look(engine, -1)
    assert "elle a pris fin le 31/12/2024" in sentence
    assert level is Level.URGENT
    with engine.begin() as connection:
        (one,) = every_alert(connection, kind=KIND)
    assert (one.times, one.alert.partner) == (6, "rdvi")


def test_renewed_it_alarms_nobody(engine: Engine) -> None:
    granted(engine)
    look(engine, 30)
    renewed = replace(draft(), ends=END.date() + timedelta(days=365))
    granted(engine, renewed, now=END - timedelta(days=20))
    assert look(engine, 20) == []


def test_suspended_or_revoked_it_has_no_end_to_tell(engine: Engine) -> None:
    granted(engine)
    look(engine, 30)
    at = END - timedelta(days=29)
    decide_state(engine, NAME, Status.SUSPENDED, by=ANSWERS, motive="incident", now=at)
    assert look(engine, 29) == []
    decide_state(engine, NAME, Status.REVOKED, by=ANSWERS, motive="fin", now=at)
    assert look(engine, -5) == []


def test_expired_is_told_while_its_partner_is_served(engine: Engine) -> None:
    granted(engine)
    assert len(look(engine, -1)) == 1
    change(engine, "rdvi", State.OFFBOARDED, by=ANSWERS, motive="fin de convention")
    assert look(engine, -2) == []
    granted(engine, draft(id="h-inconnu"))
    assert survey_habilitations(engine, {}, now=END + timedelta(days=3)) == 0
