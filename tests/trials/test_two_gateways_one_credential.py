"""Two gateways, one credential: one speaks to the hub, the other says whom it waits for, and inherits.

Real processes. The first serves; the hub holds one of its calls, so that it is surely at work while
the second looks; then it is killed.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import create_engine, select

from connectors.sandbox.hubee import HubeeSandbox
from gateway.store.tables import DELIVERY
from tests.trials.gateways import Nursery, Starter
from tests.trials.scene import PROCESS, US, Scene
from tests.world.databases import postgres_url
from tests.world.postgres import has_postgres, postgres
from tests.world.town import read_ledger

SQLITE, POSTGRESQL, APART = "one SQLite state", "one PostgreSQL state", "two states"
CASES, MOST_CALLS = 4, 500
# Seconds: the one who looks would wait a minute for the one who is held, and be none the wiser.
GRACE = 3.0


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if not has_postgres():
        pytest.skip("no PostgreSQL server on this machine: install the Debian package postgresql")
    with postgres() as url:
        yield url


@dataclass(frozen=True)
class Ended:
    """What was left by the two gateways. `rows`, `acts`: one entry per state."""

    hub: HubeeSandbox
    published: dict[str, str]
    said_by_the_second: str
    tokens_before_the_kill: int
    codes: tuple[int, int, int]
    rows: list[list[Any]]
    acts: list[Counter[tuple[str, str]]]


@pytest.fixture(scope="module", params=[SQLITE, POSTGRESQL, APART])
def ended(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, nursery: Nursery
) -> Ended:
    settings = ""
    if request.param == POSTGRESQL:
        url, durable = (postgres_url(request.getfixturevalue("server")) for _ in range(2))
        settings = f'[database]\nurl = "{url}"\ndurable_url = "{durable}"\n'
    scene = Scene(tmp_path_factory.mktemp("two") / "first")
    scene.draw()
    scene.make_keys()
    other = scene.copied("second") if request.param == APART else scene
    return nursery.run(_story(scene, other, settings, nursery.starters))


async def _story(scene: Scene, other: Scene, settings: str, starters: Sequence[Starter]) -> Ended:
    one, two = starters
    async with scene.playing(settings) as hub:
        other.furnish(hub, hub_address(scene), settings)
        published = {
            hub.publish(PROCESS, US, [scene.contacts(rank)], f"CNAF-RSA-{rank:013}"): rank
            for rank in range(1, CASES + 1)
        }
        reached, killed = _hold_first_word(hub)
        first = await one.start(scene.root / "one", "serve", "--config", scene.config)
        arrived = asyncio.create_task(reached.wait())
        ends: set[asyncio.Future[Any]] = {arrived, first.ended}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        assert arrived.done(), first.words()
        words = ("flow", "run", "--config", other.config)
        look = await two.start(other.root / "two", *words, grace=GRACE)
        looked = await look.ended
        tokens = [line.route for line in hub.journal.lines()].count("token")
        first.kill()
        killed.set()
        died = await first.ended
        heir = await two.start(other.root / "heir", *words)
        codes = (looked, died, await heir.ended)
        digests = {
            case: sha256(scene.contacts(rank)[3]).hexdigest() for case, rank in published.items()
        }
    states = [scene] if other is scene else [scene, other]
    return Ended(
        hub,
        digests,
        look.words(),
        tokens,
        codes,
        [_rows(state, settings) for state in states],
        [Counter((e["act"], e["subject"]) for e in read_ledger(s.var / "journal")) for s in states],
    )


def hub_address(scene: Scene) -> str:
    paper = (scene.config.parent / "partners" / "cnaf.toml").read_text("utf-8")
    return paper.partition('token_url = "')[2].partition("/oauth2")[0]


def _hold_first_word(hub: HubeeSandbox) -> tuple[asyncio.Event, asyncio.Event]:
    """Hold the first status posted, once half of the cases are done, until told; it is never done."""
    reached, killed = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        (line,) = hub.journal.lines(hub.journal.count - 1)
        done = sum(case.status == "DONE" for case in hub.state().cases.values())
        if line.route == "event.post" and done == CASES // 2 and not killed.is_set():
            reached.set()
            await killed.wait()
            raise web.HTTPServiceUnavailable  # nobody is there to read it

    for number in range(1, MOST_CALLS):
        hub.journal.before(number, hold)
    return reached, killed


def _rows(scene: Scene, settings: str) -> list[Any]:
    url = settings.partition('url = "')[2].partition('"')[0]
    engine = create_engine(url or f"sqlite:///{scene.var / 'passerelle.sqlite'}")
    try:
        with engine.connect() as connection:
            return list(connection.execute(select(DELIVERY)))
    finally:
        engine.dispose()


def test_the_second_looks_at_nothing_while_the_first_lives(ended: Ended) -> None:
    assert ended.codes[0] == 0
    assert ended.tokens_before_the_kill == 1


def test_the_second_says_whom_it_waits_for(ended: Ended) -> None:
    assert "autre passerelle" in ended.said_by_the_second


def test_the_second_takes_over_when_the_first_is_killed(ended: Ended) -> None:
    assert ended.codes == (0, -9, 0)
    cases = ended.hub.state().cases
    assert {cases[case].status for case in ended.published} == {"DONE"}
    assert ended.hub.state().waiting_for_recipients() == 0


def test_each_status_was_said_once_between_the_two(ended: Ended) -> None:
    cases = ended.hub.state().cases
    for case in ended.published:
        said = [e.new_status for e in cases[case].events if e.transmitter.type == "SI"]
        assert said == ["IN_PROGRESS", "DONE"]


def test_each_file_was_received_once(ended: Ended) -> None:
    held = [Counter(row.digest for row in rows if row.verdict == "accepted") for rows in ended.rows]
    assert all(set(counted.values()) <= {1} for counted in held)
    assert set().union(*held) == set(ended.published.values())
    assert all(row.acknowledged_at for row in ended.rows[-1])
    assert {row.verdict for rows in ended.rows for row in rows} == {"accepted"}


def test_nothing_is_written_twice_in_a_ledger(ended: Ended) -> None:
    assert ended.acts[-1]  # a gateway of its own state died before publishing its ledger
    for acts in ended.acts:
        assert set(acts.values()) <= {1}
