"""People of the file before who are not in this one: told to the sender, and to an operator until it is over."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from gateway.cli.records import engine_of
from gateway.doors.durable import Patience
from gateway.identity.index import FLOWS
from gateway.rounds import go_round, running
from gateway.settings import load
from gateway.stages.keep import keep
from gateway.store.alerts import dismiss, every_alert, open_alerts
from gateway.store.deliveries import (
    Passport,
    accepted_so_far,
    index_version,
    previous_partition,
)
from gateway.store.disappearances import DISAPPEARANCE_ALERT, watch_disappearances
from schemas.registry import contract
from tests.world.records import DAY, NOON, collected, passport, treated
from tests.world.sender import Sender

GONE = {"GW-707": 12}


@pytest.fixture
def engine(emptied: Engine) -> Engine:
    return emptied


def arrive(engine: Engine, shown: Passport, **changes: Any) -> Passport:
    with engine.begin() as connection:
        version = index_version(connection, shown.departement)
        history = accepted_so_far(connection, shown.partner, shown.flow)
    outcome = treated(
        shown.delivery,
        base_version=version,
        history=history,
        reference_date=shown.reference_date,
        **changes,
    )
    assert not keep(engine, shown, collected(), outcome).stale
    return shown


def sent(label: str, day: int = 15, hour: int = 0, **changes: Any) -> Passport:
    """A delivery of that day of June, sent so many hours after noon."""
    given = {"reference_date": date(2022, 6, day), "sent_at": NOON + timedelta(hours=hour)}
    return passport(label, **(given | changes))


def before(engine: Engine, shown: Passport) -> str | None:
    with engine.begin() as connection:
        found = previous_partition(connection, shown, shown.reference_date or DAY)
    return None if found is None else found.delivery


# --- which file is the one before


def test_the_file_before_is_the_last_of_an_earlier_day_or_sent_earlier(engine: Engine) -> None:
    assert before(engine, sent("first")) is None
    arrive(engine, sent("late", day=20))
    arrive(engine, sent("old", day=10))
    arrive(engine, sent("noon"))
    assert before(engine, sent("next", day=30)) == "late"
    assert before(engine, sent("evening", hour=6)) == "noon"
    assert before(engine, sent("morning", hour=-6)) == "old"
    assert before(engine, sent("oldest", day=1)) is None


def test_another_sender_flow_or_departement_is_never_the_file_before(engine: Engine) -> None:
    arrive(engine, sent("one"))
    for other in ({"partner": "cnaf"}, {"flow": "pe-parcours"}, {"departement": "51"}):
        changes: dict[str, Any] = dict(other)
        assert before(engine, sent("other", day=30, **changes)) is None


def test_a_replay_is_compared_to_what_was_before_what_it_replays(engine: Engine) -> None:
    arrive(engine, sent("first", day=10))
    arrive(engine, sent("second"))
    replay = sent("again", replay_of="second")
    assert before(engine, replay) == "first"
    arrive(engine, replay)
    assert before(engine, sent("once more", replay_of="second")) == "first"
    assert before(engine, sent("second")) == "first"
    assert before(engine, sent("third", day=30)) == "again"


# --- the alert


def sentences(engine: Engine) -> list[str]:
    with engine.begin() as connection:
        return [one.alert.sentence for one in open_alerts(connection, kind=DISAPPEARANCE_ALERT)]


def test_an_alert_lasts_until_a_later_file_has_its_people(engine: Engine) -> None:
    arrive(engine, sent("full", day=10))
    assert watch_disappearances(engine) == 0
    arrive(engine, sent("short"), codes=GONE)
    assert [watch_disappearances(engine) for _ in range(2)] == [1, 1]
    (sentence,) = sentences(engine)
    assert "cd, cd-parcours, département 08 : 12 personne(s)" in sentence
    arrive(engine, sent("elsewhere", departement="51"))
    assert watch_disappearances(engine) == 1
    arrive(engine, sent("whole", day=20))
    assert watch_disappearances(engine) == 0
    assert sentences(engine) == []


def test_what_a_person_closed_is_not_opened_again_for_that_file(engine: Engine) -> None:
    arrive(engine, sent("short"), codes=GONE)
    watch_disappearances(engine)
    with engine.begin() as connection:
        (standing,) = every_alert(connection)
    dismiss(engine, standing.id, by="ana", motive="départs confirmés")
    watch_disappearances(engine)
    assert sentences(engine) == []
    arrive(engine, sent("shorter", day=20), codes=GONE)
    watch_disappearances(engine)
    assert len(sentences(engine)) == 1


def test_a_test_file_alarms_nobody(engine: Engine) -> None:
    arrive(engine, sent("test", is_test=True), codes=GONE)
    assert watch_disappearances(engine) == 0


# --- from the sender's folder to the alert


@pytest.fixture(scope="module")
def sender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sender]:
    sender = Sender(tmp_path_factory.mktemp("sender") / "house")
    yield sender
    sender.close()


def _few(sender: Sender) -> bytes:
    """The same file, with the facts of half of its people."""
    head, *rows = sender.body.decode().splitlines()
    people = sorted({row.split(";")[0] for row in rows})
    left = set(people[: len(people) // 2])
    return "\n".join([head, *(row for row in rows if row.split(";")[0] in left), ""]).encode()


async def test_a_cut_extraction_is_told_to_its_sender_and_to_an_operator(sender: Sender) -> None:
    async def receive(month: str, number: int, body: bytes) -> tuple[dict[str, int], str]:
        name = f"CD-PARCOURS_08_2022{month}15_{number:06}_V1.csv"
        sender.leaves(number, body, name=f"{name}.gpg")
        async with running(load(sender.config), Patience(2, 0.01)) as (house, durable):
            await go_round(house, durable, lambda _phase, _started: None)
            assert await durable.failures() == {}
        (report,) = [*(sender.place / "ack").glob(f"{name}*RAPPORT.csv"), None][:1]
        codes = next(
            said["codes"] for said in sender.answers(name).values() if said["niveau"] == "ARA"
        )
        return codes, report.read_text("utf-8") if report else ""

    assert await receive("06", 1, sender.body) == ({}, "")
    gone = len({row.split(b";")[0] for row in sender.body.splitlines()[1:]}) - len(
        {row.split(b";")[0] for row in _few(sender).splitlines()[1:]}
    )
    codes, report = await receive("07", 2, _few(sender))
    assert codes == {"GW-707": gone}
    assert report.splitlines()[1].startswith(";;;GW-707;avertissement;")
    with engine_of(load(sender.config)) as engine:
        (sentence,) = sentences(engine)
        assert f"{gone} personne(s)" in sentence
    assert await receive("08", 3, sender.body + b"\n") == ({}, "")
    with engine_of(load(sender.config)) as engine:
        assert sentences(engine) == []


def test_a_person_is_named_offline_by_the_same_columns_as_in_the_index() -> None:
    whole = {flow for flow in FLOWS if contract(flow).full_set}
    assert whole == {"cd-parcours", "cnaf-contacts", "pe-parcours", "pe-stock"}
    for flow in whole:
        assert contract(flow).person == FLOWS[flow].key
