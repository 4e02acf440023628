"""A daily ceiling stops: to the row, whoever comes at the same time, and only for the day."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from gateway.doors.durable import Durable, Patience, Walk
from gateway.errors import CeilingReached, NotAuthorised, Stopped
from gateway.ledger.entry import Act, Entry
from gateway.passage.release import release
from gateway.passage.steps import Steps
from gateway.passage.stopping import CEILING
from gateway.store.alerts import Level, every_alert
from gateway.store.database import open_engine
from gateway.store.releases import all_releases, authorise, rows_authorised
from tests.gateway.test_release import DAY, InOrder, acts, opened
from tests.world.habilitations import example, granted
from tests.world.records import extracted

MORNING = datetime(2026, 3, 10, 0, 0, 1, tzinfo=UTC)
A_DAY = timedelta(days=1)


def allowed(at: datetime, subject: str = "p") -> Entry:
    return Entry(Act.RELEASE_AUTHORISED, at, subject)


def leave(engine: Engine, key: str, rows: int, at: datetime, most: int = 100) -> int:
    wanted = extracted(key, rows=rows, name=f"{key}.csv")
    return authorise(engine, wanted, allowed(at, key), daily_rows=most)


def test_a_ceiling_counts_to_the_row_and_for_its_day_only(emptied: Engine) -> None:
    late = MORNING + A_DAY - timedelta(seconds=2)
    first = leave(emptied, "a", 60, MORNING)
    leave(emptied, "b", 40, late)
    with pytest.raises(CeilingReached, match="100 lignes déjà autorisées aujourd'hui, 1 demandées"):
        leave(emptied, "c", 1, late)
    assert leave(emptied, "a", 60, late) == first  # said again, it is not another
    leave(emptied, "c", 100, MORNING + A_DAY)
    other = extracted("d", habilitation="other", rows=100)
    authorise(emptied, other, allowed(late, "d"), daily_rows=100)
    with emptied.begin() as connection:
        assert [row.id for row in all_releases(connection)] == ["a", "b", "c", "d"]


def test_every_version_of_a_habilitation_counts(emptied: Engine) -> None:
    leave(emptied, "a", 60, MORNING)
    second = extracted("b", rows=60, habilitation_version=2)
    with pytest.raises(CeilingReached):
        authorise(emptied, second, allowed(MORNING), daily_rows=100)


def test_two_at_once_cannot_both_pass(emptied: Engine) -> None:
    def attempt(number: int) -> bool:
        try:
            leave(emptied, f"p{number}", 60, MORNING)
        except CeilingReached:
            return False
        return True

    def slowly(*told: Any) -> None:
        """Whoever counts waits before writing: without a turn, all would have counted nothing."""
        if "release.rows" in told[2] and told[2].startswith("SELECT"):
            time.sleep(0.1)

    event.listen(emptied, "after_cursor_execute", slowly)
    try:
        with ThreadPoolExecutor(6) as threads:
            assert sum(threads.map(attempt, range(6))) == 1
    finally:
        event.remove(emptied, "after_cursor_execute", slowly)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 70), st.integers(0, 3), st.integers(-30, 30)),
        max_size=12,
    )
)
def test_no_day_ever_passes_its_ceiling(
    tmp_path_factory: pytest.TempPathFactory, wanted: list[tuple[int, int, int]]
) -> None:
    """Whatever is asked, in an order that entries of the same minutes may not keep."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('plafond') / 'base.sqlite'}")
    day_of: dict[str, tuple[int, datetime]] = {}
    for number, (rows, day, seconds) in enumerate(sorted(wanted, key=lambda one: one[1])):
        at = MORNING + day * A_DAY + timedelta(seconds=seconds)
        try:
            leave(engine, f"p{number}", rows, at)
        except CeilingReached:
            with engine.begin() as connection:
                assert rows_authorised(connection, "h", at) + rows > 100
        else:
            day_of[f"p{number}"] = (rows, at)
    for lived in {at.date() for _, at in day_of.values()}:
        assert sum(rows for rows, at in day_of.values() if at.date() == lived) <= 100
    engine.dispose()


async def test_over_its_ceiling_nothing_leaves_and_the_dpo_is_told_once(tmp_path: Path) -> None:
    low = granted(replace(example(), daily_rows=10))
    house, engine = opened(tmp_path, grant=lambda: low, habilitation_digest=low.snapshot, rows=11)
    for _ in range(2):
        with pytest.raises(CeilingReached):
            await release("publication:h", DAY, house, InOrder())
    assert acts(engine) == ["release.refused"] * 2
    assert list((tmp_path / "pickup").iterdir()) == []
    with engine.begin() as connection:
        (alert,) = every_alert(connection)
        assert list(all_releases(connection)) == []
    assert (alert.alert.kind, alert.alert.level, alert.times) == (CEILING, Level.URGENT, 2)
    assert "11 demandées, 10 au plus" in alert.alert.sentence


async def test_under_its_ceiling_it_leaves(tmp_path: Path) -> None:
    low = granted(replace(example(), daily_rows=10))
    house, engine = opened(tmp_path, grant=lambda: low, habilitation_digest=low.snapshot, rows=10)
    await release("publication:h", DAY, house, InOrder())
    assert acts(engine) == ["release.authorised", "release.delivered"]


class Walks:
    """A walk that meets this until it is told that it may pass."""

    def __init__(self, error: type[NotAuthorised]) -> None:
        self.error, self.tried, self.passes = error, 0, False

    async def walk(self, steps: Steps) -> None:
        async def _go() -> None:
            self.tried += 1
            if not self.passes:
                raise self.error("non")

        await steps.run("go", _go)


@asynccontextmanager
async def durable(notebook: Path, walk: Walk) -> AsyncIterator[Durable]:
    here = Durable(f"sqlite:///{notebook}", {"walk": walk}, Patience(tries=1, first_wait=0.01))
    await here.launch()
    try:
        yield here
    finally:
        await here.close()


async def again(here: Durable) -> bool:
    started = await here.start("walk", "publication:h", partition="08")
    await here.drain()
    return started


def a_day_passes(notebook: Path) -> None:
    with sqlite3.connect(notebook) as connection:
        connection.execute("UPDATE workflow_status SET updated_at = updated_at - 86400000")


@pytest.mark.parametrize("error", [CeilingReached, NotAuthorised])
async def test_what_is_refused_for_today_is_tried_once_on_another_day(
    tmp_path: Path, error: type[NotAuthorised]
) -> None:
    notebook, walks = tmp_path / "travaux.sqlite", Walks(error)
    async with durable(notebook, walks.walk) as here:
        assert [await again(here) for _ in range(3)] == [True, False, False]
        await asyncio.to_thread(a_day_passes, notebook)
        assert [await again(here) for _ in range(2)] == [True, False]
        await asyncio.to_thread(a_day_passes, notebook)
        walks.passes = True
        assert [await again(here) for _ in range(2)] == [True, False]
    assert walks.tried == 3


async def test_what_was_stopped_is_tried_again_as_soon_as_it_is_due(tmp_path: Path) -> None:
    notebook, walks = tmp_path / "travaux.sqlite", Walks(Stopped)
    async with durable(notebook, walks.walk) as here:
        assert await again(here)
        walks.passes = True
        assert [await again(here) for _ in range(2)] == [True, False]
