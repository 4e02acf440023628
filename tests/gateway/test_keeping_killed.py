"""An erasure and a retention killed by `kill -9`: the next call ends them as if nothing had happened."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import select

from gateway.keyring import Drawer
from gateway.retention.whereabouts import whole
from gateway.store.erasures import SECOND_LOOK
from gateway.store.tables import (
    CROSSING,
    DELIVERY,
    DISCARD,
    ERASURE,
    GIVEN_UP,
    IDENTITY_INDEX,
    PARTITION,
    UNTRIMMED,
)
from schemas.generator.everything import write_everything
from schemas.generator.wishes import Wishes
from tests.gateway.test_erasure import followed, ordered, traces
from tests.world.dying_keeper import Point, Work, work
from tests.world.furnished import furnish
from tests.world.keeping import Keeping, settled
from tests.world.records import DAY

FLOWS = ("cd-parcours", "pe-parcours", "cnaf-contacts", "cnaf-beneficiaires", "pe-inscrits")
TABLES = (CROSSING, DELIVERY, DISCARD, ERASURE, GIVEN_UP, IDENTITY_INDEX, PARTITION, UNTRIMMED)
NOW = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=1)
LATER = NOW + timedelta(days=63)  # bytes received, people nobody follows, older indexes
KILLS = (
    (Work.ERASURE, Point.SEALED, 2),
    (Work.ERASURE, Point.WRITTEN, 1),
    (Work.ERASURE, Point.ERASED, 2),
    (Work.RETENTION, Point.WRITTEN, 1),
    (Work.RETENTION, Point.ENTRY, 4),
    (Work.RETENTION, Point.ERASED, 2),
)
# Killed there, every entry is already in the ledger.
ALL_WRITTEN = (
    (Work.ERASURE, Point.WRITTEN, 1),
    (Work.ERASURE, Point.ERASED, 2),
    (Work.RETENTION, Point.ERASED, 2),
)
Kill = tuple[Work, Point, int]


@dataclass(frozen=True)
class Stood:
    """Everything a house says of itself: its lines, its entries, what stands in its drawers."""

    lines: Mapping[str, list[tuple[object, ...]]]
    entries: list[str]
    held: set[tuple[Drawer, str]]


@dataclass(frozen=True)
class Killed:
    """Copies of one house: what ended each; whom the erasure is of, in every way they are called."""

    houses: Mapping[Kill, Path]
    ended: Mapping[Kill, int]
    undisturbed: Mapping[Work, Stood]
    called: tuple[str, ...]


def stood(house: Keeping) -> Stood:
    with house.engine.begin() as connection:
        lines = {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in TABLES
        }
    held = {(drawer, one) for drawer in Drawer for one in house.archives[drawer].vault.digests()}
    return Stood(lines, house.ledger(), held)


@contextmanager
def opened(root: Path) -> Iterator[Keeping]:
    house = settled(root)
    yield house
    house.engine.dispose()


def ended(house: Keeping, what: Work) -> Stood:
    """Do a work, or what is left of it, to its very end."""
    work(house.keeper, what, NOW if what is Work.ERASURE else LATER)
    if what is Work.ERASURE:
        work(house.keeper, what, NOW + SECOND_LOOK)
    return stood(house)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Killed:
    here = tmp_path_factory.mktemp("maison")
    called = _furnish(here / "base")
    undisturbed = {}
    for what in Work:
        with opened(shutil.copytree(here / "base", here / what)) as house:
            undisturbed[what] = ended(house, what)
    houses = {
        kill: shutil.copytree(here / "base", here / "-".join(map(str, kill))) for kill in KILLS
    }
    words = [
        str(word)
        for (what, point, nth), root in houses.items()
        for word in (
            root / "config" / "gateway.toml", what, point, nth,
            (NOW if what is Work.ERASURE else LATER).isoformat(),
        )
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.world.dying_keeper", *words],
        cwd=Path(__file__).parents[2],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    said = map(int, done.stdout.split())
    return Killed(houses, dict(zip(KILLS, said, strict=True)), undisturbed, called)


def _furnish(root: Path) -> tuple[str, ...]:
    """Five files, a crossing, an erasure that two people ordered; give the ways the person is called."""
    furnish(root)
    told = write_everything(root / "gens", Wishes("08", people=20, seed=5, as_of=DAY))
    paths = {one.flow: one.path for one in reversed(told.written)}
    with opened(root) as house:
        for flow in FLOWS:
            house.receive(flow, (root / "gens" / paths[flow]).read_bytes())
        house.cross()
        subject, id_cd, nir = followed(house).row(0)
        subjects = whole(house.keeper, "08", subject).subjects
        names = house.keeper.names(pl.Series(sorted(subjects)))
        ordered(house, id_cd)
    shutil.rmtree(root / "gens")
    (root / "recu").unlink()
    return id_cd, nir, *subjects, *names


@pytest.mark.parametrize("kill", KILLS, ids=lambda kill: "-".join(map(str, kill)))
def test_killed_at_a_durable_point_the_next_call_ends_it_as_if_nothing_had_happened(
    killed: Killed, kill: Kill
) -> None:
    what, *_ = kill
    undisturbed = killed.undisturbed[what]
    assert killed.ended[kill] == -signal.SIGKILL
    with opened(killed.houses[kill]) as house:
        left = stood(house)
        assert left != undisturbed
        assert undisturbed.entries[: len(left.entries)] == left.entries
        assert (len(left.entries) < len(undisturbed.entries)) is (kill not in ALL_WRITTEN)
        if what is Work.ERASURE:  # the line itself still knows whom to look for once more
            work(house.keeper, what, NOW)
            assert set(traces(house, *killed.called)) == {"effacements"}
        after = ended(house, what)
        assert after == undisturbed
        assert len(after.entries) == len(set(after.entries))
        if what is Work.ERASURE:
            assert traces(house, *killed.called) == []


def test_an_undisturbed_work_does_enough_to_be_killed_in(killed: Killed) -> None:
    erased, kept = killed.undisturbed[Work.ERASURE], killed.undisturbed[Work.RETENTION]
    assert sum('"act":"person.erased"' in one for one in erased.entries) == 1
    assert sum('"act":"retention.applied"' in one for one in kept.entries) >= 3
    assert erased.lines["discard"] == kept.lines["discard"] == []
    with opened(killed.houses[KILLS[0]].with_name("base")) as house:
        everywhere = traces(house, *killed.called)
    assert len(everywhere) >= 10
