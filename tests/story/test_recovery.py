"""`kill -9` at any moment, then again: everything ends as if nothing had happened."""

import json
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

import pytest

from schemas.generator.flows.monthly import write_week
from tests.story import killing
from tests.story.killing import Demo, Moment
from tests.world.town import read_ledger

PEOPLE, SEED = 30, 5
CHOSEN: tuple[Moment, ...] = (
    killing.treating,
    killing.kept_not_acknowledged,
    killing.crossing,
    killing.authorised_not_delivered,
    killing.delivered_not_recorded,
)
OTHERS: tuple[Moment, ...] = (killing.treating, killing.extracting)
SAME_AS_EVER = ("id", "received_sha256", "seconds", "ledger_index", "ledger", "receipt")


@dataclass(frozen=True)
class Lives:
    """One week played in peace, and twice under fire. `missed`: moments at which no kill landed."""

    calm: Demo
    chosen: Demo
    random: Demo
    missed: list[str]


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Lives:
    samples, root = tmp_path_factory.mktemp("d2A"), tmp_path_factory.mktemp("demos")
    write_week(samples, departement="2A", people=PEOPLE, seed=SEED, as_of=date(2022, 6, 15))
    calm, chosen, random = (Demo(samples, root / name) for name in ("calm", "chosen", "random"))
    with ThreadPoolExecutor(2) as two:
        missed = two.submit(_under_chosen_fire, chosen)
        for done in (two.submit(_under_random_fire, random), two.submit(calm.plays)):
            done.result()
        return Lives(calm, chosen, random, missed.result())


def _under_chosen_fire(demo: Demo) -> list[str]:
    missed = [moment.__name__ for moment in CHOSEN if not demo.killed_at(moment)]
    demo.plays()
    return missed


def _under_random_fire(demo: Demo) -> None:
    draw = Random(SEED)
    demo.killed_after(draw.uniform(0.5, 3))
    for moment in OTHERS:
        demo.killed_at(moment)
    demo.killed_after(draw.uniform(3, 9))
    demo.plays()


@pytest.fixture(params=["chosen", "random"])
def killed(request: pytest.FixtureRequest, lives: Lives) -> Demo:
    return lives.chosen if request.param == "chosen" else lives.random


def test_a_kill_landed_at_every_chosen_moment(lives: Lives) -> None:
    assert lives.missed == []


def test_what_recipients_read_is_what_they_read_of_an_undisturbed_run(
    lives: Lives, killed: Demo
) -> None:
    calm, found = _extracts(lives.calm), _extracts(killed)
    assert len(calm) == 2
    assert found == calm


def _extracts(demo: Demo) -> dict[str, bytes]:
    found = (demo.var / "recus").glob("*/*.csv")
    return {path.relative_to(demo.var).as_posix(): path.read_bytes() for path in found}


def test_the_result_is_that_of_an_undisturbed_run(lives: Lives, killed: Demo) -> None:
    calm, found = _result(lives.calm), _result(killed)
    assert found["signals"] == calm["signals"]
    assert len(found["signals"]) == PEOPLE
    assert _comparable(found["deliveries"]) == _comparable(calm["deliveries"])
    assert _comparable(found["releases"]) == _comparable(calm["releases"])
    assert [release["delivered"] for release in found["releases"]] == [True, True]


def _result(demo: Demo) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((demo.var / "resultat.json").read_text("utf-8"))
    return found


def _comparable(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept = [{k: v for k, v in line.items() if k not in SAME_AS_EVER} for line in lines]
    return sorted(kept, key=lambda line: (line["file"], line["departement"]))


def test_each_delivery_was_judged_once_and_each_release_left_once(
    lives: Lives, killed: Demo
) -> None:
    calm, found = (read_ledger(demo.var / "etat" / "journal") for demo in (lives.calm, killed))
    assert Counter(entry["act"] for entry in found) == Counter(entry["act"] for entry in calm)
    assert max(Counter((entry["act"], entry["subject"]) for entry in found).values()) == 1
    assert sorted(path.name for path in killed.delivered()) == sorted(
        path.name for path in lives.calm.delivered()
    )


def test_senders_hold_the_same_acknowledgements(lives: Lives, killed: Demo) -> None:
    calm, found = (
        sorted(path.name for path in (demo.var / "recus").glob("*/accuses/*"))
        for demo in (lives.calm, killed)
    )
    assert found == calm
    assert len(found) >= 8


def test_the_ledger_of_a_killed_run_verifies(killed: Demo) -> None:
    command = [sys.executable, "-m", "gateway", "ledger", "verify"]
    journal = str(killed.var / "etat" / "journal")
    done = subprocess.run([*command, journal], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_rooms_of_the_killed_are_swept(killed: Demo) -> None:
    assert killed.dead_rooms
    assert killed.unswept_rooms() == set()
