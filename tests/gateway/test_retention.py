"""Each thing is given up at its term: not a day before, once, wherever it is killed, and nothing else is."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Engine, select

from gateway.errors import NotAuthorised
from gateway.identity.index import SUBJECT
from gateway.keyring import Drawer
from gateway.ledger.entry import Entry
from gateway.retention.keeping import OBJECTS, keep_no_longer
from gateway.retention.whereabouts import read_index
from gateway.stages.keep import keep
from gateway.store.database import open_engine
from gateway.store.discards import FRAMES, erase_discarded, note
from gateway.store.releases import authorise, keep_crossing, mark_delivered
from gateway.store.replays import ask_replay
from gateway.store.retention import Kind, Terms, counted, due, give_up_due, months_before
from gateway.store.tables import CROSSING, DELIVERY, DISCARD, PARTITION, RELEASE
from schemas.codes import Code
from schemas.generator.everything import write_everything
from schemas.generator.wishes import Wishes
from tests.world.keeping import Keeping
from tests.world.records import (
    DAY,
    collected,
    crossed,
    digest,
    entry,
    extracted,
    passport,
    refusal,
    treated,
)

FLOWS = ("cd-parcours", "pe-parcours", "cnaf-contacts", "cnaf-beneficiaires")
NOW = datetime.now(UTC)
TERMS = Terms()


def later(*, days: int = 0, months: int = 0) -> datetime:
    """So long after now, an hour more: what was kept just now is of that age."""
    year, month = divmod(NOW.month - 1 + months, 12)
    at = NOW.replace(day=min(NOW.day, 28), month=month + 1, year=NOW.year + year)
    return at + timedelta(days=days + (NOW.day - at.day), hours=1)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keeping]:
    folder = tmp_path_factory.mktemp("gens")
    told = write_everything(folder, Wishes("08", people=25, seed=3, as_of=DAY))
    paths = {one.flow: one.path for one in reversed(told.written)}
    house = Keeping(open_engine(f"sqlite:///{folder / 'base.sqlite'}"), folder)
    for flow in FLOWS:
        house.receive(flow, (folder / paths[flow]).read_bytes())
    house.cross()
    yield house
    house.engine.dispose()


def applied(house: Keeping, now: datetime) -> dict[str, int]:
    return dict(keep_no_longer(house.keeper, TERMS, now))


def held(house: Keeping) -> set[tuple[Drawer, str]]:
    """Every object that stands in the drawers of frames."""
    return {(drawer, one) for drawer in FRAMES for one in house.archives[drawer].vault.digests()}


def named(house: Keeping) -> set[tuple[Drawer, str]]:
    with house.engine.begin() as connection:
        return {
            (drawer, one)
            for drawer, columns in FRAMES.items()
            for column in columns
            for one in connection.scalars(select(column))
            if one
        }


def test_a_house_lives_through_its_terms(house: Keeping) -> None:
    """One life in order: each term is asked just before it, at it, and again."""
    told = house.told()
    assert set(applied(house, NOW)) == {Kind.INDEXES.value, OBJECTS}
    entries = len(house.ledger())
    assert applied(house, later(days=44)) == {}
    assert len(house.ledger()) == entries
    whom_nobody_follows_goes(house)
    assert house.told() == told
    received_bytes_go(house)
    assert house.told() == told
    everything_goes(house)


def whom_nobody_follows_goes(house: Keeping) -> None:
    index = read_index(house.keeper, "08")
    found = applied(house, later(days=45))
    left = read_index(house.keeper, "08")
    assert found[Kind.UNMATCHED.value] > 0
    assert found[Kind.SUBJECTS.value] == index.height - left.height
    assert found[Kind.UNMATCHED.value] == found[Kind.SUBJECTS.value]
    assert set(index.join(left, on=SUBJECT, how="anti")["FLOW"]) == {"pe-parcours"}
    assert applied(house, later(days=45)) == {}


def received_bytes_go(house: Keeping) -> None:
    with house.engine.begin() as connection:
        first = connection.scalar(select(DELIVERY.c.id).order_by(DELIVERY.c.ledger_index)) or ""
    found = applied(house, later(days=62))
    assert found == {Kind.RECEIVED.value: len(FLOWS), OBJECTS: len(FLOWS)}
    assert list(house.archives[Drawer.RECEPTION].vault.digests()) == []
    with pytest.raises(NotAuthorised, match="ont été effacés"):
        ask_replay(house.engine, first, by="ana", motive="essai")
    assert held(house) == named(house)


def everything_goes(house: Keeping) -> None:
    subjects = read_index(house.keeper, "08").height
    assert set(applied(house, later(months=35))) <= {Kind.CROSSINGS.value, OBJECTS}
    found = applied(house, later(months=37))
    assert found[Kind.PARTITIONS.value] == len(FLOWS)
    assert found[Kind.SUBJECTS.value] == subjects
    applied(house, later(months=37))
    assert read_index(house.keeper, "08").is_empty()
    with house.engine.begin() as connection:
        for table in (PARTITION, CROSSING, DISCARD):
            assert connection.execute(select(table)).all() == []
        assert len(connection.execute(select(DELIVERY)).all()) == len(FLOWS)
    assert held(house) == named(house)
    assert applied(house, later(months=40)) == {}


# --- by the dates alone


@pytest.fixture
def bare(emptied: Engine, tmp_path: Path) -> Keeping:
    """A house without a file, on each database."""
    return Keeping(emptied, tmp_path)


def kinds(house: Keeping, now: datetime, terms: Terms = TERMS) -> dict[str, int]:
    with house.engine.begin() as connection:
        return dict(counted(due(connection, terms, now)))


def test_each_source_has_its_own_term() -> None:
    terms = Terms(pe_months=1, cnaf_months=2, cd_months=3, returns_months=4)
    flows = ("pe-inscrits", "cnaf-contacts", "cd-parcours", "cd-retours", "inconnu")
    assert [terms.months_of(flow) for flow in flows] == [1, 2, 3, 4, 1]


@pytest.mark.parametrize(
    ("now", "months", "before"),
    [("2026-03-31", 1, "2026-02-28"), ("2026-01-15", 2, "2025-11-15"), ("2028-02-29", 36, "2025-02-28"),
     ("2026-12-31", 12, "2025-12-31")],
)  # fmt: skip
def test_months_are_those_of_the_calendar(now: str, months: int, before: str) -> None:
    found = months_before(datetime.fromisoformat(now).replace(tzinfo=UTC), months)
    assert f"{found:%Y-%m-%d}" == before


def test_what_quarantine_holds_is_its_own_to_end(bare: Keeping) -> None:
    for number, code in enumerate((Code.NOT_SIGNED, Code.INFECTED)):
        refused(bare, f"d{number}", code)
    assert kinds(bare, later(days=63)) == {Kind.RECEIVED.value: 1, Kind.REJECTS.value: 1}
    assert kinds(bare, later(days=55)) == {}


def refused(house: Keeping, delivery: str, code: Code) -> None:
    outcome = refusal(delivery, code, rejects=digest(f"rejects {delivery}"))
    keep(house.engine, passport(delivery), collected(delivery), outcome)


def test_the_last_crossing_of_a_departement_stays_while_its_journeys_do(bare: Keeping) -> None:
    keep(bare.engine, passport("d1"), collected("d1"), treated("d1"))
    for number in range(3):
        made = crossed(f"c{number}")
        keep_crossing(bare.engine, made, entry_now(made.id))
    assert kinds(bare, later(months=5)).get(Kind.CROSSINGS.value) is None
    assert kinds(bare, later(months=7))[Kind.CROSSINGS.value] == 2
    give_up_due(bare.engine, TERMS, later(months=7))
    with bare.engine.begin() as connection:
        assert connection.scalars(select(CROSSING.c.id)).all() == ["c2"]
    give_up_due(bare.engine, TERMS, later(months=37))
    assert kinds(bare, later(months=37)) == {Kind.CROSSINGS.value: 1}


def entry_now(subject: str) -> Entry:
    return replace(entry(subject), at=NOW)


def test_a_sealed_release_goes_two_months_after_it_was_delivered(bare: Keeping) -> None:
    for number in range(2):
        made = extracted(f"p{number}", sealed=digest(f"p{number}"))
        authorise(bare.engine, made, entry_now(made.id))
    mark_delivered(bare.engine, "p0", "la", entry_now("p0"))
    assert kinds(bare, later(days=55)) == {}
    assert kinds(bare, later(days=63)) == {Kind.RELEASES.value: 1}
    give_up_due(bare.engine, TERMS, later(days=63))
    gone: list[str] = []
    erase_discarded(bare.engine, lambda _drawer, one: gone.append(one))
    assert gone == [digest("p0")]
    with bare.engine.begin() as connection:
        assert len(connection.execute(select(RELEASE)).all()) == 2


class Killed(BaseException):
    """What a killed process does."""


def test_an_object_is_erased_once_nobody_names_it_and_a_kill_leaves_it_noted(bare: Keeping) -> None:
    vault = bare.archives[Drawer.JOURNEYS]
    shared = vault.write(pl.DataFrame({"PERSONNE": ["a"]}))
    alone = vault.write(pl.DataFrame({"PERSONNE": ["b"]}))
    keep_crossing(bare.engine, crossed("c", signals=shared), entry_now("c"))
    with bare.engine.begin() as connection:
        note(connection, [(Drawer.JOURNEYS, one) for one in (shared, alone, "")], NOW)
        note(connection, [(Drawer.JOURNEYS, alone)], NOW)

    def kill(_drawer: Drawer, _digest: str) -> None:
        raise Killed

    with pytest.raises(Killed):
        erase_discarded(bare.engine, kill)
    assert set(vault.vault.digests()) == {shared, alone}
    assert erase_discarded(bare.engine, bare.keeper.erase) == 1
    assert vault.vault.digests() == [shared]
    assert erase_discarded(bare.engine, bare.keeper.erase) == 0
