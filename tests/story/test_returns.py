"""What a département answers to the list it was sent, by the way its files come: one signal goes silent."""

import asyncio
import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from gateway.keyring import Keyring, Use
from gateway.pgp import decrypt
from gateway.rules.rule import Result
from gateway.sandbox.stand import secret_key
from gateway.store.releases import last_crossing
from schemas.codes import Code
from tests.story.conftest import Drawing
from tests.world.town import Fate, Town, town, week_of

HEADER = "ID_CD;REGLE;DATE;RETOUR;MOTIF;DEPUIS"
SENT = "CD-RETOURS_2B_20220615_000001_V1.csv"
TOLD = ("PERSONNE", "REGLE", "RESULTAT", "DEPUIS", "SUPPRESSEUR")
SPOILT = 5  # which row of the list is answered by a malformed line
LIMIT = 1 << 20


@dataclass(frozen=True)
class Moment:
    """What stands once the rounds are over: the last crossing, its signals, the lists received, the entries."""

    crossing: str
    signals: pl.DataFrame
    lists: tuple[Sequence[dict[str, str]], ...]
    entries: Sequence[dict[str, Any]]

    def acts(self, since: "Moment") -> list[str]:
        return [entry["act"] for entry in self.entries[len(since.entries) :]]

    def signals_of(self) -> set[tuple[object, ...]]:
        return set(self.signals.select(TOLD).iter_rows())


@dataclass(frozen=True)
class Answered:
    """A list received, answered, and answered again with the same words. `named`: ID_CD → PERSONNE."""

    received: Moment
    answered: Moment
    repeated: Moment
    named: dict[str, str]
    first: Fate
    again: Fate
    report: str
    rejects: bytes
    failures: int

    @property
    def dismissed(self) -> dict[str, str]:
        """The row of the list that was dismissed."""
        return _dismissed(self.received.lists[0])


@pytest.fixture(scope="module")
def lived(drawn: Drawing, tmp_path_factory: pytest.TempPathFactory) -> Answered:
    return asyncio.run(_live(tmp_path_factory.mktemp("town") / "t", drawn("2B").folder))


async def _live(folder: Path, samples: Path) -> Answered:
    async with town(folder, week_of(samples)) as here:
        await here.rounds()
        received = _moment(here)
        body = _answers(received.lists[0])
        first = here.cd.sends(SENT, body)
        await here.rounds()
        answered, fate = _moment(here), here.fate(first)
        report = here.cd.home / "ack" / f"{first}.RAPPORT.csv"
        rejects = here.cd.home / "ack" / f"{first}.REJETS.csv.gpg"
        told = report.read_text("utf-8-sig"), _opened(here, rejects, folder / "rejets")
        again = here.cd.sends(SENT, body)  # sealed anew: other bytes, the same content
        await here.rounds()
        return Answered(
            received=received,
            answered=answered,
            repeated=_moment(here),
            named=_named(here),
            first=fate,
            again=here.fate(again),
            report=told[0],
            rejects=told[1],
            failures=len(await here.failures()),
        )


def _answers(received: Sequence[dict[str, str]]) -> bytes:
    """Every signal of the list was seen; one is dismissed, and one answer has a word that nobody agreed on."""
    lines, dismissed = [HEADER], _dismissed(received)
    for number, row in enumerate(received):
        said = "ECARTE;SITUATION_CONNUE" if row == dismissed else "VU;"
        said = "PEUT-ETRE;" if number == SPOILT else said
        lines.append(f"{row['ID_CD']};{row['REGLE']};2022-06-15;{said};{row['DEPUIS']}")
    return ("\n".join(lines) + "\n").encode()


def _dismissed(received: Sequence[dict[str, str]]) -> dict[str, str]:
    """A row of somebody of whom the list tells something else: that must stay told."""
    told = Counter(row["ID_CD"] for row in received)
    rows = (row for number, row in enumerate(received) if number != SPOILT)
    return next(row for row in rows if told[row["ID_CD"]] > 1)


def _moment(here: Town) -> Moment:
    with here.house.engine.begin() as connection:
        crossed = last_crossing(connection, here.week.departement)
    assert crossed is not None
    lists = [path.read_text("utf-8-sig") for path in here.opened()["cd"]]
    read = tuple(list(csv.DictReader(io.StringIO(text), delimiter=";")) for text in lists)
    return Moment(crossed.id, here.house.larder.told(crossed), read, here.ledger())


def _named(here: Town) -> dict[str, str]:
    with here.house.engine.begin() as connection:
        crossed = last_crossing(connection, here.week.departement)
    assert crossed is not None
    followed = here.house.larder.followed(crossed)
    return dict(followed.select("ID_CD", "PERSONNE").iter_rows())


def _opened(here: Town, sealed: Path, clear: Path) -> bytes:
    decrypt(
        sealed,
        clear,
        own_key=secret_key(here.scenery.sandbox, "cd"),
        sender_key=Keyring(here.scenery.keys).openpgp_public(Use.RELEASE),
        max_bytes=LIMIT,
    )
    return clear.read_bytes()


def test_the_answers_are_taken_and_acknowledged_three_times(lived: Answered) -> None:
    rows = len(lived.received.lists[0])
    fate = lived.first
    assert rows > 20, "one rejected row must stay under the threshold of the contract"
    assert (fate.row.flow, fate.row.verdict) == ("cd-retours", "accepted")
    assert (fate.row.rows_read, fate.row.rows_accepted) == (rows, rows - 1)
    assert fate.acts == ["delivery.accepted", "delivery.acknowledged"]
    assert fate.answers.keys() == {"ART", "ARL", "ARA"}
    assert fate.answers["ARA"]["resultat"] == "POSITIF"
    assert not fate.waits
    assert lived.failures == 0


def test_a_malformed_answer_is_rejected_on_its_line_and_comes_back_to_its_sender_alone(
    lived: Answered,
) -> None:
    (told,) = csv.DictReader(io.StringIO(lived.report), delimiter=";")
    where = told["LIGNE"], told["COLONNE"], told["CODE"]
    assert where == (str(SPOILT + 2), "RETOUR", Code.NOT_IN_LIST)
    assert lived.first.answers["ARA"]["lignes"]["rejetees"] == 1
    header, *lines = lived.rejects.decode("utf-8-sig").splitlines()
    row = lived.received.lists[0][SPOILT]
    assert header.startswith(HEADER)
    assert [line.count(f"{row['ID_CD']};{row['REGLE']};") for line in lines] == [1]


def test_one_signal_goes_silent_and_only_that_one(lived: Answered) -> None:
    row = lived.dismissed
    who = lived.named[row["ID_CD"]]
    before, after = lived.received.signals_of(), lived.answered.signals_of()
    (was,) = before - after
    (now,) = after - before
    assert now == (who, row["REGLE"], Result.SUPPRESSED.value, was[3], "S12")
    assert was == (who, row["REGLE"], Result.TRIGGERED.value, was[3], None)


def test_the_new_list_carries_it_no_more(lived: Answered) -> None:
    first, second = lived.answered.lists
    assert [first] == list(lived.received.lists)
    assert [row for row in first if row not in second] == [lived.dismissed]
    assert [row for row in second if row not in first] == []
    assert lived.dismissed["ID_CD"] in {row["ID_CD"] for row in second}


def test_the_ledger_says_a_file_then_a_crossing_then_a_list(lived: Answered) -> None:
    assert lived.answered.acts(lived.received) == [
        "delivery.accepted",
        "delivery.acknowledged",
        "crossing.done",
        "release.authorised",
        "release.delivered",
    ]


def test_the_same_answers_sent_again_are_a_duplicate_without_effect(lived: Answered) -> None:
    assert (lived.again.row.verdict, lived.again.row.code) == ("duplicate", Code.DUPLICATE)
    assert lived.again.answers["ARA"]["resultat"] == "DOUBLON"
    assert lived.repeated.acts(lived.answered) == ["delivery.duplicate", "delivery.acknowledged"]
    assert lived.repeated.crossing == lived.answered.crossing
    assert lived.repeated.lists == lived.answered.lists
