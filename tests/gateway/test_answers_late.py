"""What we deliver and nobody answers, or somebody refuses, is an alert for as long as it lasts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from connectors.contract import Milestone
from gateway.doors.durable import Patience
from gateway.follow import alert_answers, follow
from gateway.ledger.entry import Act
from gateway.rounds import follow_up, running
from gateway.settings import load
from gateway.store.alerts import Level, Raised, close_alert, every_alert, open_alerts
from gateway.store.releases import authorise, keep_prepared, mark_delivered
from gateway.store.tables import RELEASE
from tests.gateway.test_follow import PREPARED, Silent, Talking, said
from tests.world.failing import Failing
from tests.world.furnished import furnish
from tests.world.records import entry, extracted

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOURS = {"cd": 48}


def delivered(
    engine: Engine, key: str = "r-1", *, hours: float | None, prepared: str = PREPARED
) -> None:
    """A release delivered so many hours ago; None: before such dates were kept."""
    authorise(engine, extracted(key, recipient="cd"), entry(key, Act.RELEASE_AUTHORISED))
    keep_prepared(engine, key, prepared)
    mark_delivered(engine, key, "there", entry(key, Act.RELEASE_DELIVERED))
    at = None if hours is None else NOW - timedelta(hours=hours)
    with engine.begin() as connection:
        connection.execute(update(RELEASE).where(RELEASE.c.id == key).values(delivered_at=at))


def alerts(engine: Engine) -> list[Raised]:
    with engine.begin() as connection:
        return list(open_alerts(connection))


async def look(engine: Engine, outlet: object, *, after: float = 0) -> list[str]:
    outlets = {"cd": outlet}
    await follow(engine, outlets)  # type: ignore[arg-type]  # an outlet, with what each test adds
    await alert_answers(engine, outlets, HOURS, now=NOW + timedelta(hours=after))  # type: ignore[arg-type]
    return [one.alert.key for one in alerts(engine)]


async def test_silence_is_an_alert_past_the_partner_s_hours_and_ends_with_the_answer(
    engine: Engine,
) -> None:
    delivered(engine, hours=47)
    assert await look(engine, Talking()) == []
    assert await look(engine, Silent(), after=2) == ["answer:r-1"]
    assert await look(engine, Talking(), after=3) == ["answer:r-1"]
    (late,) = alerts(engine)
    assert (late.alert.kind, late.alert.partner, late.times) == ("answer-late", "cd", 2)
    assert "20/11/2026 à 13:00" in late.alert.sentence
    assert await look(engine, Talking(said(Milestone.RECEIVED)), after=4) == []
    assert await look(engine, Talking(), after=400) == []


async def test_what_an_earlier_version_delivered_or_cannot_be_answered_is_not_waited_for(
    engine: Engine,
) -> None:
    delivered(engine, "r-old", hours=None)
    delivered(engine, "r-nowhere", hours=500, prepared="")
    assert await look(engine, Talking()) == []
    delivered(engine, "r-new", hours=500, prepared="p2")
    assert await look(engine, Failing(RuntimeError("never asked"))) == []
    assert await look(engine, Talking()) == ["answer:r-new"]


async def test_a_refusal_is_urgent_until_a_better_answer_or_until_somebody_closes_it(
    engine: Engine,
) -> None:
    delivered(engine, "r-1", hours=1)
    delivered(engine, "r-2", hours=1, prepared="p2")
    words = (
        said(Milestone.REFUSED),
        said(Milestone.UNREADABLE, prepared="p2"),
    )
    assert sorted(await look(engine, Talking(*words))) == [
        "answer-negative:r-1",
        "answer-negative:r-2",
    ]
    assert {one.alert.level for one in alerts(engine)} == {Level.URGENT}
    assert {one.times for one in alerts(engine)} == {1}
    assert sum("illisible" in one.alert.sentence for one in alerts(engine)) == 1
    close_alert(engine, "answer-negative:r-2")
    assert await look(engine, Talking(*words), after=1) == ["answer-negative:r-1"]
    better = said(Milestone.INTEGRATED, NOW)
    assert await look(engine, Talking(better), after=2) == []
    with engine.begin() as connection:
        assert len(every_alert(connection)) == 2


@pytest.mark.parametrize(
    ("hours", "expected"), [("", ["answer:r-1"]), ("answer_hours = 100\n", [])]
)
async def test_a_round_looks_for_answers_and_keeps_to_the_hours_of_each_partner(
    tmp_path: Path, hours: str, expected: list[str]
) -> None:
    config = furnish(tmp_path / "house") / "config"
    pe = config / "partners" / "pe.toml"
    pe.write_text(hours + pe.read_text())
    async with running(load(config / "gateway.toml"), Patience(2, 0.01)) as (house, notebook):
        authorise(house.engine, extracted("r-1", recipient="pe"), entry("r-1"))
        keep_prepared(house.engine, "r-1", PREPARED)
        mark_delivered(house.engine, "r-1", "there", entry("r-1"))
        with house.engine.begin() as connection:
            ago = datetime.now(UTC) - timedelta(hours=72)
            connection.execute(update(RELEASE).values(delivered_at=ago))
        heard = replace(house, outlets={"pe": Talking()})
        await follow_up(heard, notebook, lambda _phase, _started: None)
        assert [one.alert.key for one in alerts(house.engine)] == expected
