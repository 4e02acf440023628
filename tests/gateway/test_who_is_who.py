"""What a crossing writes of who is who: questions, merges and splits; and that the cause undone undoes them."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Engine

from gateway.archive import Archive
from gateway.identity.resolve import Resolution, resolve
from gateway.ledger.entry import Act, Entry
from gateway.passage.who_is_who import keep_who_is_who
from gateway.store.link_changes import changes_of
from gateway.store.link_questions import all_questions, open_questions
from gateway.store.releases import Crossed, keep_crossing
from gateway.vault import Unsealer, Vault, generate_identity, open_folder
from tests.world.census import CD, PE, File, cd, known, number, pe

NOW = datetime(2022, 6, 20, tzinfo=UTC)
BORN = date(1985, 3, 12)
A, B = number(BORN, 1), number(BORN, 2)


@pytest.fixture
def identities(tmp_path: Path) -> Archive:
    pair = generate_identity()
    store = open_folder(tmp_path / "coffre")
    return Archive(Vault(store, [pair.public]), Unsealer(store, [pair.secret]))


class House:
    """Crossings of one département, one after the other, as the path writes them."""

    def __init__(self, engine: Engine, identities: Archive) -> None:
        self.engine, self.identities = engine, identities

    def crossing(self, name: str, found: Resolution, *, as_of: date) -> dict[str, int]:
        told = self.again(name, found, as_of=as_of)
        sealed = self.identities.write(found.persons)
        crossed = Crossed(name, "08", as_of, "f" * 64, "{}", "AVANT_2025-3", persons=sealed)
        keep_crossing(self.engine, crossed, Entry(Act.CROSSING_DONE, NOW, name))
        return told

    def again(self, name: str, found: Resolution, *, as_of: date) -> dict[str, int]:
        return keep_who_is_who(
            self.engine,
            self.identities,
            found,
            crossing=name,
            departement="08",
            as_of=as_of,
            now=NOW,
        )


def day(number_of: int) -> date:
    return date(2022, 6, number_of)


def test_a_corrected_number_merges_then_splits_and_both_are_kept(
    emptied: Engine, identities: Archive
) -> None:
    house = House(emptied, identities)
    files = [File(CD, (cd("a", B),)), File(PE, (pe("p", A),))]
    index = known(*files)
    assert house.crossing("c1", resolve(index), as_of=day(15))["reunies"] == 0
    right = known(File(CD, (cd("a", A),), as_of=day(16)), index=index)
    assert house.crossing("c2", resolve(right), as_of=day(16)) == {
        "questions": 0,
        "reunies": 1,
        "separees": 0,
    }
    wrong = known(File(CD, (cd("a", B),), as_of=day(17)), index=right)
    told = house.crossing("c3", resolve(wrong), as_of=day(17))
    assert (told["reunies"], told["separees"]) == (0, 1)
    assert resolve(wrong).persons.equals(resolve(index).persons)
    with emptied.begin() as connection:
        kept = changes_of(connection, "08")
    assert [(one.crossing, one.since, one.merges, one.splits) for one in kept] == [
        ("c2", "c1", 1, 0),
        ("c3", "c2", 0, 1),
    ]
    moved = identities.read(kept[0].moved)
    assert moved["SUBJECT"].to_list() == sorted(index["SUBJECT"])
    assert moved.filter(pl.col("BEFORE") != pl.col("AFTER")).height == 1


def test_a_crossing_done_twice_writes_once_and_one_of_the_past_asks_nothing(
    emptied: Engine, identities: Archive
) -> None:
    house = House(emptied, identities)
    doubtful = resolve(known(File(CD, (cd("a", A),)), File(PE, (pe("p", A, day(1)),))))
    assert house.again("c1", doubtful, as_of=day(15))["questions"] == 1
    assert house.crossing("c1", doubtful, as_of=day(15))["questions"] == 1
    nothing = resolve(known(File(CD, (cd("b"),))))
    assert house.again("c0", nothing, as_of=day(14)) == {}
    with emptied.begin() as connection:
        assert len(open_questions(connection, "08")) == 1
    assert house.crossing("c2", nothing, as_of=day(15))["questions"] == 0
    with emptied.begin() as connection:
        assert len(all_questions(connection, "08")) == 1
        assert changes_of(connection, "08") == []
