"""An administrator learns at each threshold that a key will expire, and no more once it is renewed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from gateway.calendar.nearing import THRESHOLDS, threshold
from gateway.key_watch import KIND, Dated, our_keys, survey
from gateway.keymaking import create_keys
from gateway.store.alerts import Level, every_alert, open_alerts
from gateway.store.approvals import decide
from gateway.store.deeds import DEEDS
from gateway.store.partner_keys import Kind, Proposal, keys_of, propose, retire

END = datetime(2027, 6, 30, tzinfo=UTC)


def held(engine: Engine, *, until: datetime | None = END, material: str = "clé") -> None:
    facts = {"empreinte": "A" * 40}
    proposal = Proposal("pe", Kind.OPENPGP, "A" * 40, material, facts, until)
    asked = propose(engine, proposal, by="alice", motive="convention")
    decide(engine, asked.id, by="bruno", agrees=True, then=DEEDS[asked.matter])


def seen(engine: Engine) -> list[tuple[str, Level]]:
    with engine.begin() as connection:
        return [(one.alert.key, one.alert.level) for one in open_alerts(connection, kind=KIND)]


def test_each_threshold_raises_one_alert_and_closes_the_one_before(engine: Engine) -> None:
    held(engine)
    told = []
    for left in (91, 90, 89, 61, 60, 30, 29, 14, 8, 7, 6, 2, 1, 0, -1):
        told += [left] * survey(engine, now=END - timedelta(days=left))
        assert len(seen(engine)) <= 1
    assert told == [*THRESHOLDS, 0]
    assert seen(engine) == [(f"{KIND}:pe:{'A' * 16}:0", Level.URGENT)]


def test_ten_looks_a_day_say_it_once(engine: Engine) -> None:
    held(engine)
    at = END - timedelta(days=30)
    assert [survey(engine, now=at) for _ in range(3)] == [1, 0, 0]
    with engine.begin() as connection:
        (one,) = every_alert(connection)
    assert (one.times, one.alert.level) == (3, Level.WARNING)
    assert "expire dans 30 jour(s)" in one.alert.sentence
    assert "key import" in one.alert.sentence


def test_a_key_renewed_or_retired_alarms_nobody(engine: Engine) -> None:
    held(engine)
    at = END - timedelta(days=3)
    survey(engine, now=at)
    held(engine, until=END + timedelta(days=700), material="clé renouvelée")
    assert survey(engine, now=at) == 0
    assert seen(engine) == []
    with engine.begin() as connection:
        (key,) = (k for k in keys_of(connection, "pe") if k.material == "clé renouvelée")
    retire(engine, key, by="alice")
    assert survey(engine, now=END + timedelta(days=699)) == 0


def test_a_key_without_an_end_is_left_alone(engine: Engine) -> None:
    held(engine, until=None)
    assert survey(engine, now=END + timedelta(days=9999)) == 0


def test_our_own_keys_are_watched_too(engine: Engine) -> None:
    ours = [Dated("passerelle", "clé openpgp-reception", "B" * 40, END)]
    assert survey(engine, ours, now=END - timedelta(days=7)) == 1
    with engine.begin() as connection:
        (one,) = open_alerts(connection)
    assert one.alert.sentence.startswith("notre clé openpgp-reception")
    assert one.alert.level is Level.URGENT


@given(st.floats(min_value=-10, max_value=200, allow_nan=False))
def test_a_threshold_is_the_smallest_that_still_holds_the_days_left(left: float) -> None:
    found = threshold(left)
    holding = [days for days in (0, *THRESHOLDS) if left <= days]
    assert found == (min(holding) if holding else None)


@pytest.mark.parametrize("left", THRESHOLDS)
def test_a_threshold_is_passed_on_its_day(left: int) -> None:
    assert threshold(left) == left
    assert threshold(left + 0.01) != left


def test_our_keys_say_when_they_end(tmp_path: Path) -> None:
    ring = create_keys(
        tmp_path / "cles", origin="example.org/journal", uid="Essai <p@example.org>", cms=True
    )
    ours = our_keys(ring)
    assert [key.what for key in ours] == [
        "clé openpgp-reception",
        "clé openpgp-release",
        "clé cms-reception",
    ]
    years = [(key.expires_at - datetime.now(UTC)).days / 365 for key in ours]
    assert all(2.9 < left < 3.1 for left in years)
