"""A file that was expected and did not come: one alert per window, closed when it comes."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine, insert, update

from gateway.calendar import PARIS
from gateway.cli.calendar import coming_windows
from gateway.cli.speech import Exit
from gateway.expected import check_expected
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.settings import Partner
from gateway.stages.keep import keep
from gateway.store.alerts import Level, Raised, dismiss, every_alert, open_alerts
from gateway.store.database import open_engine
from gateway.store.deliveries import index_version
from gateway.store.tables import DELIVERY, PARTNER_STATE
from schemas.codes import Code
from tests.world.furnished import document, furnish, run
from tests.world.records import collected, passport, refusal, treated

PAPER: dict[str, Any] = {
    "alias": "cd",
    "name": "Département",
    "siret": "00000000000013",
    "flows": [
        {
            "flow": "cd-parcours",
            "departement": "08",
            "expected": {
                "every": "monday",
                "before": "18:00",
                "since": "2026-11-01",
                "grace_hours": 2,
                "urgent_hours": 24,
            },
        }
    ],
}
KEY = "file-missing:cd-parcours:cd:08:2026-11-"


def partners(**expected: object) -> list[Partner]:
    line = PAPER["flows"][0]
    changed = line | {"expected": line["expected"] | expected}
    return [msgspec.convert(PAPER | {"flows": [changed]}, Partner)]


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=PARIS).astimezone(UTC)


def opened(engine: Engine, when: datetime) -> None:
    """The gateway first wrote in its ledger then."""
    with engine.begin() as connection:
        append(connection, Entry(Act.LEDGER_OPENED, when, "journal"))


def came(engine: Engine, when: datetime, name: str, code: Code | None = None, **more: Any) -> None:
    shown = passport(name, **more)
    with engine.begin() as connection:
        base = index_version(connection, shown.departement)
    outcome = refusal(name, code) if code else treated(name, base_version=base)
    keep(engine, shown, collected(name), outcome)
    with engine.begin() as connection:
        connection.execute(update(DELIVERY).where(DELIVERY.c.id == name).values(received_at=when))


def standing(engine: Engine) -> Sequence[Raised]:
    with engine.begin() as connection:
        return open_alerts(connection)


def ever(engine: Engine) -> Sequence[Raised]:
    with engine.begin() as connection:
        return every_alert(connection)


def keys(engine: Engine) -> list[str]:
    return [one.alert.key.removeprefix(KEY) for one in standing(engine)]


def test_a_window_that_ends_unanswered_is_one_alert_that_grows_urgent_and_closes_late(
    engine: Engine,
) -> None:
    opened(engine, at(1))
    for hour, minute in ((18, 0), (19, 59)):  # the grace is two hours
        check_expected(engine, partners(), now=at(2, hour, minute))
        assert keys(engine) == []
    for now, level in ((at(2, 20, 1), Level.WARNING), (at(3, 20, 1), Level.URGENT)):
        check_expected(engine, partners(), now=now)
        assert [(one.alert.level, one.raised_at) for one in standing(engine)] == [
            (level, at(2, 20, 1))
        ]
    (alert,) = standing(engine)
    assert alert.alert.key == f"{KEY}02"
    assert "cd-parcours de cd pour le département 08" in alert.alert.sentence
    assert "02/11/2026 avant 18:00 ; rien n'est venu" in alert.alert.sentence
    came(engine, at(4), "late")
    check_expected(engine, partners(), now=at(4, 13))
    assert standing(engine) == []
    assert ever(engine)[0].closed_at == at(4, 13)
    check_expected(engine, partners(), now=at(5))
    assert len(ever(engine)) == 1


def test_an_accepted_file_in_its_window_raises_nothing(engine: Engine) -> None:
    opened(engine, at(1))
    came(engine, at(2, 17, 59), "in time")
    check_expected(engine, partners(), now=at(8))
    assert ever(engine) == []


@pytest.mark.parametrize("code", [Code.TAMPERED, Code.INFECTED, Code.DUPLICATE])
def test_a_refused_file_answers_nothing_and_the_alert_says_it(engine: Engine, code: Code) -> None:
    opened(engine, at(1))
    came(engine, at(2, 9), "refused", code)
    check_expected(engine, partners(), now=at(3))
    (alert,) = standing(engine)
    assert f"reçu, mais refusé ({code.value})" in alert.alert.sentence
    came(engine, at(9, 9), "later", Code.NOT_SIGNED)  # next week's: not this one's
    check_expected(engine, partners(), now=at(9, 10))
    assert f"({code.value})" in standing(engine)[0].alert.sentence


def test_a_file_of_another_flow_partner_or_departement_or_a_test_answers_nothing(
    engine: Engine,
) -> None:
    opened(engine, at(1))
    for name, more in (
        ("flow", {"flow": "pe-parcours"}),
        ("partner", {"partner": "pe"}),
        ("departement", {"departement": "57"}),
        ("test", {"is_test": True}),
    ):
        came(engine, at(2, 9), name, **more)
    check_expected(engine, partners(), now=at(3))
    assert keys(engine) == ["02"]


def test_a_replay_is_the_sending_it_was(engine: Engine) -> None:
    opened(engine, at(1))
    came(engine, at(2, 9), "first", Code.TAMPERED)
    came(engine, at(9, 9), "its replay", replay_of="first")
    check_expected(engine, partners(), now=at(10))
    assert keys(engine) == ["09"]  # it answered the week it was sent in, not that of its replay


def test_the_first_run_says_nothing_of_the_past(engine: Engine) -> None:
    old = partners(since="2026-08-01")
    check_expected(engine, old, now=at(3))
    assert ever(engine) == []  # nothing was ever written: it never ran
    opened(engine, at(9, 10))
    check_expected(engine, old, now=at(14))
    assert ever(engine) == []  # the week had begun, if not ended
    check_expected(engine, old, now=at(17))
    assert keys(engine) == ["16"]


def test_nothing_is_expected_of_a_partner_set_aside_nor_of_what_it_missed_meanwhile(
    engine: Engine,
) -> None:
    opened(engine, at(1))
    line = {"partner": "cd", "motive": "travaux", "by": "camille", "since": at(1)}
    with engine.begin() as connection:
        connection.execute(insert(PARTNER_STATE).values(state="paused", was="active", **line))
    check_expected(engine, partners(), now=at(10))
    assert ever(engine) == []
    with engine.begin() as connection:
        connection.execute(update(PARTNER_STATE).values(state="active", since=at(10)))
    check_expected(engine, partners(), now=at(12))
    assert ever(engine) == []
    check_expected(engine, partners(), now=at(17))
    assert keys(engine) == ["16"]


def test_what_somebody_closed_is_not_raised_again(engine: Engine) -> None:
    opened(engine, at(1))
    check_expected(engine, partners(), now=at(3))
    dismiss(engine, standing(engine)[0].id, by="camille", motive="vacances")
    check_expected(engine, partners(), now=at(4))
    assert standing(engine) == []
    assert [one.closed_by for one in ever(engine)] == ["camille"]


def test_what_the_settings_no_longer_expect_is_closed(engine: Engine) -> None:
    opened(engine, at(1))
    check_expected(engine, partners(), now=at(3))
    check_expected(engine, partners(pauses=["2026-11-01/2026-11-08"]), now=at(3, 13))
    assert standing(engine) == []


def test_ten_gateways_that_look_together_raise_one_alert_per_window(engine: Engine) -> None:
    opened(engine, at(1))
    with ThreadPoolExecutor(10) as gateways:
        list(gateways.map(lambda _: check_expected(engine, partners(), now=at(11)), range(10)))
    assert sorted(one.alert.key for one in ever(engine)) == [f"{KEY}02", f"{KEY}09"]


def test_an_old_alert_stays_until_somebody_closes_it(engine: Engine) -> None:
    opened(engine, at(1))
    check_expected(engine, partners(), now=at(3))
    much_later = at(3) + timedelta(days=200)
    check_expected(engine, partners(), now=much_later)
    assert f"{KEY}02" in {one.alert.key for one in standing(engine)}


def test_a_file_sent_before_its_period_counts_if_that_was_agreed(engine: Engine) -> None:
    opened(engine, at(1))
    came(engine, at(8, 22), "Sunday night")
    came(engine, at(2, 9), "the week before")
    check_expected(engine, partners(), now=at(10))
    assert keys(engine) == ["09"]
    check_expected(engine, partners(early_days=1), now=at(10))
    assert keys(engine) == []


def test_the_calendar_shows_what_is_coming_until_it_is_late() -> None:
    def coming(now: datetime) -> list[int]:
        return [window.day.day for _, window in coming_windows(partners(), now, 14)]

    assert coming(at(1)) == [2, 9]
    assert coming(at(2, 19)) == [2, 9, 16]  # within its grace
    assert coming(at(2, 21)) == [9, 16]


def test_a_round_by_hand_looks_for_what_is_missing_and_the_calendar_says_what_comes(
    tmp_path: Path,
) -> None:
    config = furnish(tmp_path / "h", enrolled=False) / "config" / "gateway.toml"
    with (config.parent / "partners" / "pe.toml").open("a") as paper:
        paper.write('[flows.expected]\nevery = "day"\nclosed = "keep"\nbefore = "00:00"\n')
        paper.write("since = 2026-01-01\n")
    coming = document(run("flow", "calendar", "--jours", "3", "--config", config, "--json"))
    assert len(coming) == 3
    assert {line["flux"] for line in coming} == {"pe-parcours"}
    assert f"{coming[0]['jour'][8:]}/{coming[0]['jour'][5:7]}/" in (
        run("flow", "calendar", "--config", config).stdout
    )
    assert document(run("alert", "list", "--config", config, "--json")) == []
    engine = open_engine(f"sqlite:///{tmp_path / 'h' / 'etat' / 'passerelle.sqlite'}")
    opened(engine, datetime.now(UTC) - timedelta(days=2, hours=1))
    engine.dispose()
    assert run("flow", "run", "--config", config).exit_code == Exit.DONE
    told = document(run("alert", "list", "--config", config, "--json"))
    assert {one["genre"] for one in told} == {"file-missing"}
    assert len(told) in {2, 3}  # as many midnights
