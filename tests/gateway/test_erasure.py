"""A person erased: as if their lines had never been in the files, wherever it is killed."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import select

from gateway.archive import Archive
from gateway.errors import NotAuthorised
from gateway.identity.index import SUBJECT, _key
from gateway.identity.resolve import PERSON, resolve
from gateway.keyring import Drawer
from gateway.retention.asking import Asked, ask_to_erase, is_about, tell
from gateway.retention.erasing import erase_ordered
from gateway.retention.whereabouts import read_index, whole
from gateway.store.approvals import decide
from gateway.store.database import open_engine
from gateway.store.deeds import DEEDS
from gateway.store.discards import Erase
from gateway.store.erasures import SECOND_LOOK, State, every_erasure
from gateway.store.tables import DISCARD, ERASURE
from schemas.generator.everything import write_everything
from schemas.generator.wishes import Wishes
from tests.world.databases import postgres_url, sqlite_url
from tests.world.keeping import Keeping
from tests.world.records import DAY

FLOWS = (
    "cd-parcours",
    "pe-parcours",
    "cnaf-contacts",
    "cnaf-beneficiaires",
    "pe-inscrits",
    "pe-spie-principal",
    "pe-spie-actions",
)
RETURNS = "ID_CD;REGLE;DATE;RETOUR;MOTIF;DEPUIS\n"
RETURNED = date(2022, 6, 20)
LATER = datetime.now(UTC) + SECOND_LOOK + timedelta(days=1)  # whenever the tests began


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    into = tmp_path_factory.mktemp("people")
    told = write_everything(into, Wishes("08", people=40, seed=5, as_of=DAY))
    paths = {one.flow: one.path for one in reversed(told.written)}  # the first of each flow
    return {flow: (into / paths[flow]).read_bytes() for flow in FLOWS}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, people: dict[str, bytes]) -> Iterator[Keeping]:
    """One house for all: each test takes people who are still there."""
    with furnished(tmp_path_factory.mktemp("maison"), people) as house:
        house.cross()
        yield house


@contextmanager
def furnished(folder: Path, people: dict[str, bytes], url: str = "") -> Iterator[Keeping]:
    engine = open_engine(url or sqlite_url(folder))
    house = Keeping(engine, folder)
    for flow, body in people.items():
        house.receive(flow, body)
    yield house
    engine.dispose()


def followed(house: Keeping) -> pl.DataFrame:
    """SUBJECT, ID_CD of everybody in the CD's file who has a dossier at Pôle emploi."""
    index = read_index(house.keeper, "08")
    cd = index.filter(pl.col("FLOW") == "cd-parcours")
    persons = resolve(index).persons
    linked = persons.filter(pl.len().over(PERSON) >= 5)[PERSON].unique()
    named = pl.col("KEY").str.split("\x1f").list.get(1).alias("ID_CD")
    return (
        cd.filter(pl.col(SUBJECT).is_in(linked.implode()))
        .select(SUBJECT, named, "NIR13")
        .drop_nulls()
        .sort("ID_CD")
    )


def asked(house: Keeping, id_cd: str) -> Asked:
    return ask_to_erase(house.keeper, "08", id_cd, by="ana", motive="demande du 3 mai")


def ordered(house: Keeping, id_cd: str) -> Asked:
    request = asked(house, id_cd)
    matter = request.approval.matter
    decide(house.engine, request.approval.id, by="bob", agrees=True, then=DEEDS[matter])
    return request


def erased(house: Keeping, id_cd: str) -> Asked:
    request = ordered(house, id_cd)
    assert erase_ordered(house.keeper) == 1
    assert erase_ordered(house.keeper, LATER) == 0
    return request


def acts(house: Keeping, act: str) -> list[str]:
    """The entries of one act."""
    return [one for one in house.ledger() if f'"act":"{act}"' in one]


def traces(house: Keeping, *values: str) -> list[str]:
    """Where any of these is still read, once everything is opened."""
    contents = {**house.opened(), "journal": "\n".join(house.ledger()).encode()}
    with house.engine.begin() as connection:
        contents["effacements"] = repr(connection.execute(select(ERASURE)).all()).encode()
    return [place for place, body in contents.items() if any(v.encode() in body for v in values)]


def keys_of(house: Keeping, subject: str) -> dict[str, list[str]]:
    """Flow → the keys of a person's lines in it."""
    mine = whole(house.keeper, "08", subject).subjects
    index = read_index(house.keeper, "08").filter(pl.col(SUBJECT).is_in(sorted(mine)))
    return {flow: index.filter(pl.col("FLOW") == flow)["KEY"].to_list() for flow in FLOWS}


def test_erasing_is_never_having_been_in_the_files(
    people: dict[str, bytes], tmp_path: Path
) -> None:
    with furnished(tmp_path, people) as house:
        named, everybody = followed(house), house.told()
        told = named.filter(pl.col("ID_CD").is_in(signalled(everybody, named)))
        keys = [keys_of(house, subject) for subject in told[SUBJECT]]
        assert all(len(one[flow]) == 1 for one in keys for flow in FLOWS[:5])
        for id_cd in told["ID_CD"]:
            erased(house, id_cd)
        left = house.told()
    assert len(keys) == 2
    (tmp_path / "sans").mkdir()
    engine = open_engine(f"sqlite:///{tmp_path / 'sans' / 'base.sqlite'}")
    never = Keeping(engine, tmp_path / "sans")
    for flow, body in people.items():
        theirs = [key for one in keys for key in one[flow]]
        spoken = _key(flow, flow.partition("-")[0]).is_in(theirs)
        never.receive(flow, body, leaving_out=spoken)
    assert left == never.told()
    assert left < everybody
    engine.dispose()


def signalled(told: set[tuple[object, ...]], named: pl.DataFrame) -> list[str]:
    """Two people of whom something is told."""
    return sorted({str(one[0]) for one in told} & set(named["ID_CD"]))[:2]


def test_nothing_that_is_kept_says_who_was_erased(house: Keeping) -> None:
    everywhere = (one for one in followed(house).rows() if keys_of(house, one[0])[FLOWS[-2]])
    subject, id_cd, nir = next(everywhere)
    unnamed = read_index(house.keeper, "08").filter(pl.col(SUBJECT) == subject)
    left = house.archives[Drawer.IDENTITY].write(unnamed)
    house.receive("cd-retours", f"{RETURNS}{id_cd};;2022-06-20;VU;;\n".encode(), as_of=RETURNED)
    keys = keys_of(house, subject)
    numbers = [key.split("\x1f")[1] for flow in (FLOWS[1], *FLOWS[-2:]) for key in keys[flow]]
    subjects = whole(house.keeper, "08", subject).subjects
    names = house.keeper.names(pl.Series(sorted(subjects)))
    assert len(traces(house, id_cd)) >= 4
    assert len(subjects) >= 6
    request = ordered(house, id_cd)
    erase_ordered(house.keeper)
    assert left not in house.archives[Drawer.IDENTITY].vault.digests()
    # the line itself still knows whom to look for once more
    assert traces(house, id_cd, nir, *numbers, *names) == []
    assert traces(house, *subjects) == ["effacements"]
    erase_ordered(house.keeper, LATER)
    assert traces(house, id_cd, nir, *numbers, *subjects, *names) == []
    entry = json.loads([e for e in house.ledger() if "person.erased" in e][-1])
    assert set(entry["facts"]) == {"departement", "commitment", "images", "depots", "publications"}
    assert is_about(entry["facts"]["commitment"], request.salt, id_cd)
    assert not is_about(entry["facts"]["commitment"], request.salt, "CD08-000000")
    with house.engine.begin() as connection:
        line = every_erasure(connection)[-1]
        assert connection.execute(select(DISCARD)).all() == []
    assert (line.state, line.subjects) == (State.DONE, ())


def test_nobody_else_loses_a_line(house: Keeping) -> None:
    subject, id_cd, _ = followed(house).row(0)
    before = read_index(house.keeper, "08")
    mine = whole(house.keeper, "08", subject).subjects
    erased(house, id_cd)
    after = read_index(house.keeper, "08")
    assert set(after[SUBJECT]) == set(before[SUBJECT]) - mine
    assert len(mine) >= 5


def test_on_postgresql_the_same_frames_are_left(
    people: dict[str, bytes], server: str, tmp_path: Path
) -> None:
    with furnished(tmp_path, people, postgres_url(server)) as other:
        other.cross()
        subject, id_cd, nir = followed(other).row(0)
        subjects = whole(other.keeper, "08", subject).subjects
        request = erased(other, id_cd)
        assert traces(other, id_cd, nir, *subjects) == []
        (entry,) = acts(other, "person.erased")
        facts = json.loads(entry)["facts"]
        assert is_about(facts["commitment"], request.salt, id_cd)
        assert (facts["depots"], facts["images"] >= 2 * facts["depots"]) == (len(subjects), True)
        with other.engine.begin() as connection:
            assert connection.execute(select(DISCARD)).all() == []
        assert id_cd not in {one[0] for one in other.told()}


def test_it_takes_a_second_person_and_is_done_once(house: Keeping) -> None:
    _, id_cd, _ = followed(house).row(0)
    request = asked(house, id_cd)
    assert erase_ordered(house.keeper) == 0
    with pytest.raises(NotAuthorised, match="seconde personne"):
        decide(
            house.engine,
            request.approval.id,
            by="ana",
            agrees=True,
            then=DEEDS[request.approval.matter],
        )
    assert id_cd not in json.dumps(dict(request.approval.shown))
    decide(
        house.engine,
        request.approval.id,
        by="bob",
        agrees=True,
        then=DEEDS[request.approval.matter],
    )
    assert erase_ordered(house.keeper) == 1
    entries = len(house.ledger())
    assert [erase_ordered(house.keeper), erase_ordered(house.keeper, LATER)] == [0, 0]
    assert erase_ordered(house.keeper, LATER) == 0
    assert len(house.ledger()) == entries
    with pytest.raises(NotAuthorised, match="inconnu"):
        asked(house, id_cd)


def test_what_it_was_asked_of_too_long_ago_is_asked_again(house: Keeping) -> None:
    _, id_cd, _ = followed(house).row(0)
    request = asked(house, id_cd)
    with house.engine.begin() as connection:
        connection.execute(ERASURE.delete().where(ERASURE.c.id == request.approval.subject))
    with pytest.raises(NotAuthorised, match="redemandez"):
        decide(
            house.engine,
            request.approval.id,
            by="bob",
            agrees=True,
            then=DEEDS[request.approval.matter],
        )


def test_a_person_is_told_what_is_kept_once_the_ledger_says_so(house: Keeping) -> None:
    _, id_cd, _ = followed(house).row(0)
    found = tell(house.keeper, "08", id_cd, by="ana", motive="demande du 3 mai")
    assert {one.flow for one in found.holdings.files} >= set(FLOWS[:5])
    assert all(one.lines >= 1 for one in found.holdings.files)
    entry = json.loads(house.ledger()[found.ledger_index])
    assert (entry["act"], entry["actor"]) == ("person.disclosed", "ana")
    assert id_cd not in json.dumps(entry)
    entries = len(house.ledger())
    with pytest.raises(NotAuthorised, match="inconnu"):
        tell(house.keeper, "08", "CD08", by="ana", motive="m")
    assert len(house.ledger()) == entries


class Killed(BaseException):
    """What a killed process does to the code that was running."""


@dataclass(frozen=True)
class Dying(Archive):
    """A drawer whose process may be killed at each frame it seals."""

    count: Callable[[], None] = lambda: None

    def write(self, frame: pl.DataFrame) -> str:
        self.count()
        return super().write(frame)


@dataclass
class Countdown:
    """Lets so many things be done, then kills."""

    left: int

    def __call__(self) -> None:
        if self.left == 0:
            raise Killed
        self.left -= 1


def dying(erase: Erase, count: Callable[[], None]) -> Erase:
    """An erasing whose process may be killed at each object."""

    def done(drawer: Drawer, digest: str) -> None:
        count()
        erase(drawer, digest)

    return done


@pytest.mark.parametrize(("what", "nth"), [("seal", 2), ("erase", 1)])
def test_killed_anywhere_the_next_call_ends_it(house: Keeping, what: str, nth: int) -> None:
    """Killed at the n-th frame sealed, or at the n-th object erased, then taken up again."""
    subject, id_cd, _ = followed(house).row(0)
    subjects = whole(house.keeper, "08", subject).subjects
    request = ordered(house, id_cd)
    keeper, count = house.keeper, Countdown(nth)
    mortal = (
        replace(keeper, erase=dying(keeper.erase, count))
        if what == "erase"
        else replace(
            keeper,
            journeys=Dying(keeper.journeys.vault, keeper.journeys.unsealer, count),
            identities=Dying(keeper.identities.vault, keeper.identities.unsealer, count),
        )
    )
    with pytest.raises(Killed):
        erase_ordered(mortal)
    assert traces(house, id_cd)
    erase_ordered(keeper)
    erase_ordered(keeper, LATER)
    assert traces(house, id_cd, *subjects) == []
    assert sum(request.approval.subject in one for one in acts(house, "person.erased")) == 1
