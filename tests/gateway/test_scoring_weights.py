"""Weights are an artefact: its digest is checked, and what is learnt leaves nobody in it."""

import json
from pathlib import Path

import msgspec
import polars as pl
import pytest

from benchmarks.population import CD, PE, population, records
from gateway.errors import Misconfigured
from gateway.identity.scoring import Weights, default, read
from gateway.identity.scoring.em import learn
from gateway.identity.scoring.subjects import PREPARED
from gateway.identity.scoring.weights import decode, encode
from tests.world.subjects import side, subject

Sides = tuple[pl.DataFrame, pl.DataFrame]


@pytest.fixture(scope="module")
def sides() -> Sides:
    people = population(1_500, twins=0, surnames=2_000)
    left, right = (records(people, each, seed=n) for n, each in enumerate((CD, PE)))
    return _prepared(left), _prepared(right)


@pytest.fixture(scope="module")
def learnt(sides: Sides) -> Weights:
    return learn(*sides, default(), version="essai", learnt="une population inventée")


def _prepared(side: pl.DataFrame) -> pl.DataFrame:
    names = pl.concat_list("NAME", "USED").list.drop_nulls()
    return side.with_columns(BIRTH_CERTAIN=pl.lit(value=True), NAMES=names).select(list(PREPARED))


def test_the_shipped_weights_are_whole_and_written_as_we_write_them() -> None:
    place = Path("gateway/identity/scoring/weights.json")
    assert encode(read(place)) == place.read_bytes()


def test_a_weight_changed_by_hand_is_refused(tmp_path: Path) -> None:
    held = json.loads(encode(default()))
    held["thresholds"]["high"] = -3
    changed = tmp_path / "poids.json"
    changed.write_text(json.dumps(held))
    with pytest.raises(Misconfigured, match="modifiés à la main"):
        read(changed)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b'{"version": "1"}'])
def test_what_is_no_artefact_is_refused(content: bytes) -> None:
    with pytest.raises(Misconfigured, match="mal écrits"):
        decode(content)


def test_an_artefact_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="illisibles"):
        read(tmp_path / "absent.json")


def test_thresholds_in_the_wrong_order_are_refused() -> None:
    marks = msgspec.structs.replace(default().thresholds, review=9.0)
    with pytest.raises(Misconfigured, match="au-dessus"):
        decode(encode(msgspec.structs.replace(default(), thresholds=marks)))


def test_learning_finds_how_often_records_of_one_person_agree(learnt: Weights) -> None:
    # 4 % of keystrokes and 1 % of exchanges, of which some are unseen; 2 % of wrong dates.
    assert learnt.birth.exacte.m == pytest.approx(0.98, abs=0.02)
    assert learnt.name.identique.m == pytest.approx(0.95, abs=0.04)
    assert learnt.name.different.weight < -4 < 4 < learnt.name.identique.weight
    assert learnt.overlap == pytest.approx(0.65, abs=0.06)
    assert learnt.thresholds == default().thresholds


def test_the_same_exchange_in_any_order_teaches_the_same(sides: Sides, learnt: Weights) -> None:
    shuffled = [side.sample(fraction=1, shuffle=True, seed=3) for side in sides]
    again = learn(shuffled[0], shuffled[1], default(), version="essai", learnt=learnt.learnt)
    assert encode(again) == encode(learnt)


def test_no_name_date_or_number_is_in_what_was_learnt(sides: Sides, learnt: Weights) -> None:
    artefact = encode(learnt).decode()
    everybody = pl.concat(sides)
    words = {
        *everybody.get_column("NAMES").explode().drop_nulls(),
        *everybody.get_column("FIRST").drop_nulls(),
        *everybody.get_column("NIR13").drop_nulls(),
        *everybody.get_column("BIRTH").cast(pl.String),
        *everybody.get_column("ID"),
    }
    assert [word for word in words if len(word) > 4 and word.lower() in artefact.lower()] == []


def test_there_is_nothing_to_learn_from_nobody() -> None:
    one, other = side(subject("a")), side(subject("b", names=["KOLM"], birth=None, first=None))
    with pytest.raises(ValueError, match="empty"):
        learn(side(), one, default(), version="v", learnt="rien")
    with pytest.raises(ValueError, match="no pair agrees"):
        learn(one, other, default(), version="v", learnt="rien")
