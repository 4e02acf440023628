"""What recipients answer is written once, with its entry, before their place may forget it."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Engine, Row, select, text

from connectors.contract import Answer, Milestone, Outlet, Piece, Receipt
from connectors.errors import Denied, Unreachable
from connectors.folder import FolderOutlet
from connectors.sandbox.hubee import Fault
from gateway.cli.release import ANSWERS
from gateway.follow import follow
from gateway.ledger.entry import Act
from gateway.ledger.tables import ENTRY
from gateway.settings import load
from gateway.store.answers import Word, mark_answered
from gateway.store.database import open_engine
from gateway.store.releases import authorise, find_release, keep_prepared, mark_delivered
from tests.gateway.test_migrations import migrated
from tests.world.furnished import document, furnish, run
from tests.world.hubee import INTEGRATED, RECEIVED
from tests.world.publisher import PROCESS, PublisherWorld, pieces, publisher_world
from tests.world.records import entry, extracted

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PREPARED = "package/delivery/digest"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_engine(f"sqlite:///{tmp_path / 'db.sqlite'}")


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[PublisherWorld]:
    async with publisher_world(tmp_path / "hub") as world:
        yield world


def released(
    engine: Engine, key: str, prepared: str, recipient: str = "cd", *, delivered: bool = True
) -> None:
    authorise(engine, extracted(key, recipient=recipient), entry(key, Act.RELEASE_AUTHORISED))
    keep_prepared(engine, key, prepared)
    if delivered:
        mark_delivered(engine, key, "there", entry(key, Act.RELEASE_DELIVERED))


def row(engine: Engine, key: str) -> Row[Any]:
    with engine.connect() as connection:
        found = find_release(connection, key)
    assert found is not None
    return found


def answered(engine: Engine) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        bodies = connection.scalars(select(ENTRY.c.body).order_by(ENTRY.c.seq)).all()
    page = [json.loads(body) for body in bodies]
    return [line for line in page if line["act"] == "release.answered"]


def said(milestone: Milestone, at: datetime | None = NOON, prepared: str = PREPARED) -> Answer:
    return Answer(f"{milestone}-{at}", prepared, milestone, at)


class Talking:
    """An outlet whose recipient answered this, and which may fail at every door."""

    def __init__(self, *words: Answer, refusing: Exception | None = None) -> None:
        self._words, self._refusing = words, refusing
        self.let_go: list[str] = []

    async def prepare(self, pieces: Sequence[Piece]) -> str:  # noqa: ARG002 - promised
        return ""

    async def deliver(self, pieces: Sequence[Piece], prepared: str) -> Receipt:
        raise NotImplementedError

    async def answers(self, expected: Sequence[str]) -> Sequence[Answer]:
        return [word for word in self._words if word.prepared in expected]

    async def noted(self, answer: Answer) -> None:
        if self._refusing is not None:
            raise self._refusing
        self.let_go.append(answer.key)


class Silent(Talking):
    """Does not answer at all."""

    async def answers(self, expected: Sequence[str]) -> Sequence[Answer]:  # noqa: ARG002 - promised
        raise Unreachable("nobody there")


async def published(engine: Engine, outlet: Outlet, key: str = "r-1") -> str:
    """A release at HubEE; the recipient's case."""
    prepared = await outlet.prepare(pieces())
    await outlet.deliver(pieces(), prepared)
    released(engine, key, prepared)
    return prepared.split("/")[1]


async def test_a_département_receives_answers_and_the_exchange_is_closed_on_both_sides(
    hub: PublisherWorld, engine: Engine
) -> None:
    kinds = ("RSABEI", "RSABAI")
    async with (
        hub.outlet() as outlet,
        hub.hub.source(PROCESS, attachment_types=kinds) as recipient,
    ):
        case = await published(engine, outlet)
        for arrival in await recipient.arrivals():
            await recipient.acknowledge(arrival, [RECEIVED, INTEGRATED])
            await recipient.settle(arrival)
        assert await follow(engine, {"cd": outlet}) == 2
        assert await follow(engine, {"cd": outlet}) == 0
        await recipient.tidy()
        await follow(engine, {"cd": outlet})
    assert row(engine, "r-1").answer == "integrated"
    assert [line["facts"]["answer"] for line in answered(engine)] == ["received", "integrated"]
    assert (hub.hub.case(case).status, hub.folders()[0].global_status) == ("CLOSED", "CLOSED")
    assert hub.hub.sandbox.state().waiting == {}


@pytest.mark.parametrize("route", ["event.move", "event.post", "folder.move", "queue.delete"])
@pytest.mark.parametrize("fault", [Fault.RESET_BEFORE, Fault.RESET_AFTER])
async def test_interrupted_anywhere_an_answer_is_written_once(
    hub: PublisherWorld, engine: Engine, route: str, fault: Fault
) -> None:
    async with hub.outlet() as outlet:
        case = await published(engine, outlet)
        await hub.says(case, "DONE")
        hub.hub.sandbox.faults.order(route, *[fault] * 3)
        assert await follow(engine, {"cd": outlet}) == 1
    async with hub.outlet() as outlet:
        for _ in range(2):
            assert await follow(engine, {"cd": outlet}) == 0
    assert len(answered(engine)) == 1
    assert hub.said_by_us(case) == ["CLOSED"]
    assert hub.our_queue() == 0


async def test_what_a_recipient_wrote_is_stored_nowhere(
    hub: PublisherWorld, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    async with hub.outlet() as outlet:
        case = await published(engine, outlet)
        await hub.says(case, "REFUSED")
        await follow(engine, {"cd": outlet})
    (told,) = answered(engine)
    assert set(told["facts"]) == {"recipient", "answer", "said_at"}
    assert "secret" not in f"{row(engine, 'r-1')} {told} {caplog.text}"


async def test_an_answer_is_let_go_only_once_written(engine: Engine) -> None:
    released(engine, "r-1", PREPARED)
    seen: list[str | None] = []

    class Watching(Talking):
        async def noted(self, answer: Answer) -> None:  # noqa: ARG002 - promised
            seen.append(row(engine, "r-1").answer)

    await follow(engine, {"cd": Watching(said(Milestone.INTEGRATED))})
    assert seen == ["integrated"]


async def test_an_outlet_that_does_not_answer_hides_no_other(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    released(engine, "r-1", "dead/a/b", "dead")
    released(engine, "r-2", PREPARED)
    talking = Talking(said(Milestone.REFUSED))
    places: dict[str, Outlet] = {
        "dead": Silent(), "folder": FolderOutlet(Path(), "folder"), "cd": talking,
    }  # fmt: skip
    assert await follow(engine, places) == 1
    assert row(engine, "r-2").answer == "refused"
    assert len(talking.let_go) == 1
    assert "dead" in caplog.text


@pytest.mark.parametrize("refusing", [Denied("no"), Unreachable("later")])
async def test_an_answer_its_place_keeps_is_written_once_however_often_it_is_given(
    engine: Engine, refusing: Exception
) -> None:
    released(engine, "r-1", PREPARED)
    keeping = Talking(said(Milestone.INTEGRATED), refusing=refusing)
    assert [await follow(engine, {"cd": keeping}) for _ in range(3)] == [1, 0, 0]


async def test_only_what_was_delivered_to_this_recipient_is_asked_for(engine: Engine) -> None:
    released(engine, "r-1", PREPARED, delivered=False)
    released(engine, "r-2", "neighbour/a/b", "neighbour")
    released(engine, "r-3", "")
    words = [said(Milestone.INTEGRATED, prepared=p) for p in (PREPARED, "neighbour/a/b", "")]
    assert await follow(engine, {"cd": Talking(*words)}) == 0


async def test_a_place_that_gives_no_time_is_believed_all_the_same(engine: Engine) -> None:
    released(engine, "r-1", PREPARED)
    words = [said(Milestone.RECEIVED, None), said(Milestone.INTEGRATED, None)]
    assert await follow(engine, {"cd": Talking(*words)}) == 2
    assert await follow(engine, {"cd": Talking(*words)}) == 0
    assert row(engine, "r-1").answer == "integrated"


WORDS = st.builds(
    Word,
    st.sampled_from([m.value for m in Milestone]),
    st.integers(0, 3).map(lambda minutes: NOON + timedelta(minutes=minutes)),
)


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(words=st.lists(WORDS, min_size=1, max_size=5))
def test_whatever_the_order_a_final_word_stands_and_the_latest_of_them(
    engine: Engine, words: list[Word]
) -> None:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM release"))
    released(engine, "r-1", PREPARED)
    for word in [*words, *words]:
        mark_answered(engine, "r-1", word, entry("r-1", Act.RELEASE_ANSWERED))
    final = [word for word in words if word.answer not in {"received", "readable"}]
    best = max(final or words, key=lambda word: word.said_at or NOON)
    stands = row(engine, "r-1")
    assert stands.answered_at.replace(tzinfo=UTC) == best.said_at
    assert stands.answer in {word.answer for word in (final or words)}


def test_a_house_of_before_learns_to_keep_answers(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'db.sqlite'}"
    old = open_engine(url)
    released(old, "r-1", PREPARED)
    with old.begin() as connection:
        migrated(connection, command.downgrade, "0001")
    old.dispose()
    engine = open_engine(url)
    assert row(engine, "r-1").answer is None
    assert row(engine, "r-1").delivered


def test_the_list_of_releases_shows_what_was_answered(tmp_path: Path) -> None:
    config = furnish(tmp_path / "house") / "config" / "gateway.toml"
    settings = load(config)
    settings.var.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = open_engine(settings.database_url)
    released(engine, "r-1", PREPARED)
    word = Word(Milestone.INTEGRATED.value, NOON)
    mark_answered(engine, "r-1", word, entry("r-1", Act.RELEASE_ANSWERED))
    engine.dispose()
    shown = run("release", "list", "--config", config)
    assert "Réponse" in shown.stdout
    assert "intégrée" in shown.stdout
    (line,) = document(run("release", "list", "--config", config, "--json"))
    assert line["answer"] == "integrated"


def test_every_milestone_has_its_french_word() -> None:
    assert set(ANSWERS) == set(Milestone)
