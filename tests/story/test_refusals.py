"""Whatever is wrong with a delivery, its sender is told which, the ledger too, and the others go on."""

import asyncio
import io
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from schemas.codes import Code
from tests.story.attacks import ATTACKS, CLIMBING
from tests.story.conftest import Drawing, Drawn
from tests.story.lies import IDENTIFYING, LIES, LIMIT, Lie
from tests.world.town import Fate, town, week_of

GOOD = (
    "PECG.xml.gpg",
    "RSABEM.xml",
    "coordonnees-allocataire.txt",
    "CD-PARCOURS_2B_20220615_000001_V1.csv.gpg",
)
EVERY = (*LIES, *ATTACKS)
NEVER_OURS = {Code.TOO_LARGE}
# What is in clear because it is somebody's own: releases once opened, what the sender did not encrypt.
THEIRS = re.compile(r"t/recus/|t-partenaires/(hubee/|sftp/partners/\w+/archive/)")


@dataclass(frozen=True)
class Round:
    """A round in which everybody lied, and three files were good.

    `seen`: file → bytes, afterwards; `said`: what was logged meanwhile, as the service logs it.
    """

    drawn: Drawn
    fates: Mapping[str, Fate]
    good: Mapping[str, Fate]
    acts: list[str]
    failures: Mapping[str, str]
    left_rooms: list[str]
    seen: Mapping[str, bytes] = field(repr=False)
    said: str = field(repr=False)


@pytest.fixture(scope="module")
def told(drawn: Drawing, tmp_path_factory: pytest.TempPathFactory) -> Round:
    return asyncio.run(_tell_all(drawn("2B"), tmp_path_factory.mktemp("liars") / "t"))


async def _tell_all(drawn: Drawn, folder: Path) -> Round:
    week = week_of(
        drawn.folder, without=["coordonnees-allocataire-defauts.txt", "PECG-total-faux.xml"]
    )
    limits = {"pe": LIMIT, "cnaf": LIMIT}
    async with town(folder, week, limits=limits) as here, AsyncExitStack() as stack:
        said = stack.enter_context(_overheard())
        names = {lie.label: lie.tell(here, drawn.folder) for lie in EVERY}
        assert len(set(names.values())) == len(EVERY)
        first = await here.round()
        assert len(first.sightings) == len(EVERY) + len(GOOD)
        await here.rounds()
        return Round(
            drawn=drawn,
            fates={label: here.fate(name) for label, name in names.items()},
            good={name: here.fate(name) for name in GOOD},
            acts=[entry["act"] for entry in here.ledger()],
            failures=await here.failures(),
            left_rooms=here.left_rooms(),
            seen=dict(_files(here.scenery.root.parent)),
            said=said.getvalue(),
        )


@contextmanager
def _overheard() -> Iterator[io.StringIO]:
    """Listen to every logger, at the level the service logs at."""
    root, said = logging.getLogger(), io.StringIO()
    listening, level = logging.StreamHandler(said), root.level
    root.addHandler(listening)
    root.setLevel(logging.INFO)
    logging.getLogger(__name__).info("listening")
    try:
        yield said
    finally:
        root.removeHandler(listening)
        root.setLevel(level)


def _files(root: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_file() and not THEIRS.match(name):
            yield name, path.read_bytes()


@pytest.fixture(params=EVERY, ids=lambda lie: lie.label)
def lie(request: pytest.FixtureRequest) -> Lie:
    found: Lie = request.param
    return found


def test_a_wrong_delivery_is_refused_with_its_own_code(told: Round, lie: Lie) -> None:
    row = told.fates[lie.label].row
    assert (row.verdict, row.code) == ("refused", lie.code.value)
    assert row.rows_accepted == 0 or lie.code is Code.TOO_MANY_REJECTS


def test_the_ledger_says_the_same_code(told: Round, lie: Lie) -> None:
    fate = told.fates[lie.label]
    assert fate.acts == ["delivery.refused", "delivery.acknowledged"]
    facts = fate.page[0]["facts"]
    assert facts["code"] == lie.code.value
    assert ("received_sha256" in facts) is (lie.code not in NEVER_OURS)


def test_the_sender_is_told_the_code_and_what_to_do(told: Round, lie: Lie) -> None:
    fate = told.fates[lie.label]
    if fate.row.partner == "cnaf":
        status, message = fate.heard[-1]
        assert status == ("REFUSED" if lie.code is Code.TOO_MANY_REJECTS else "SI_INTG_ERROR")
        assert message.startswith(lie.code.value)
        assert lie.code.entry.action in message
        return
    level = "ARA" if lie.code is Code.TOO_MANY_REJECTS else "ARL"
    answer = fate.answers[level]
    assert (answer["resultat"], answer["code"]) == ("NEGATIF", lie.code.value)
    assert answer["action"] == lie.code.entry.action
    received = set() if lie.code in NEVER_OURS else {"ART"}
    assert fate.answers.keys() == received | {level, "ARL"}


def test_a_refused_delivery_waits_no_more(told: Round, lie: Lie) -> None:
    assert told.fates[lie.label].waits is False


def test_a_good_delivery_of_the_same_round_is_accepted(told: Round) -> None:
    assert {name: fate.row.verdict for name, fate in told.good.items()} == dict.fromkeys(
        GOOD, "accepted"
    )
    assert told.failures == {}


def test_what_was_accepted_is_crossed_and_released(told: Round) -> None:
    assert told.acts.count("delivery.accepted") == len(GOOD)
    assert told.acts.count("delivery.refused") == len(EVERY)
    assert told.acts.count("crossing.done") == 1
    assert told.acts.count("release.delivered") == 2


def test_no_room_is_left_behind(told: Round) -> None:
    assert told.left_rooms == []


def test_nothing_the_gateway_keeps_or_answers_shows_anybody(told: Round) -> None:
    truth = told.drawn.truth
    words = {*truth.nirs13, *truth.emails, *truth.cd_ids, *truth.numdemrsa, *truth.phones}
    words |= {name for name in truth.names if len(name) > 6}
    sought = {
        spelling
        for word in words
        for spelling in (word.encode(), word.encode("latin-1", "replace"))
    }
    clear = (told.drawn.folder / "cnaf" / "coordonnees-allocataire.txt").read_bytes()
    assert sum(word in clear for word in sought) > 100
    assert len(told.seen) > 100
    for name, content in {**told.seen, "the log": told.said.encode()}.items():
        assert not any(word in content for word in sought), name


def test_a_name_outside_every_convention_is_written_nowhere(told: Round) -> None:
    word = IDENTIFYING.removesuffix(".xml").encode()
    assert "listening" in told.said
    for name, content in {**told.seen, "the log": told.said.encode()}.items():
        assert word not in content, name


def test_the_name_inside_a_message_is_no_path_and_is_written_nowhere(told: Round) -> None:
    word = re.findall("[A-Z]{5,}", CLIMBING)[0].encode()
    climbed = told.fates["under a name that climbs"].row
    assert climbed.code == Code.CONTROL_TOTAL.value, "it was opened like any other"
    for name, content in {**told.seen, "the log": told.said.encode()}.items():
        assert word not in content, name
        assert word.decode() not in name
