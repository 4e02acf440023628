"""Simulating: what other delays would do to the same files, before anybody decides."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.rules.journeys import Journeys
from gateway.rules.simulation import Change, Simulated, simulate
from gateway.rules.thresholds import AVANT_2025, Thresholds
from tests.world.crossed import AS_OF, fact, journeys

AGES = {"a": 80, "b": 100, "c": 130, "d": 200}


@pytest.fixture(scope="module")
def files() -> Journeys:
    """Four people in a social track, with a contract, whose last contact is more or less old."""
    cd = []
    for name, days in AGES.items():
        oriented = AS_OF - timedelta(days=days)
        cd += [
            fact(name, "ORIENTATION", oriented, "ORIENTE", CODE="SOCIAL"),
            fact(name, "CONTRAT", oriented, "VALIDE", CODE="CER"),
            fact(name, "REFERENT", oriented, "ACTIF"),
        ]
    return journeys(cd)


def with_delays(**delays: int) -> Thresholds:
    return replace(AVANT_2025, version="essai", delays={**AVANT_2025.delays, **delays})


def simulated(files: Journeys, **delays: int) -> Simulated:
    return simulate(files, as_of=AS_OF, before=AVANT_2025, after=with_delays(**delays))


def changed(found: Simulated) -> Mapping[str, Change]:
    return {one.rule: one for one in found.rules if one.gained or one.lost}


def test_the_same_delays_change_nothing(files: Journeys) -> None:
    found = simulated(files)
    assert changed(found) == {} and found.people.is_empty()
    assert all(people == 0 for (was, now), people in found.moves.items() if was != now)
    assert sum(found.moves.values()) == len(AGES)


def test_a_shorter_delay_gains_people(files: Journeys) -> None:
    found = simulated(files, R12=90)
    assert changed(found) == {"R12": Change("R12", before=2, after=3, gained=1, lost=0)}
    assert found.people.rows() == [("b", "R12", "gagne")]


def test_a_longer_delay_loses_people(files: Journeys) -> None:
    found = simulated(files, R12=150)
    assert changed(found) == {"R12": Change("R12", before=2, after=1, gained=0, lost=1)}
    assert found.people.rows() == [("c", "R12", "perdu")]


def test_priorities_move_with_the_points(files: Journeys) -> None:
    found = simulated(files, R11=183)
    assert found.moves["aucune", "aucune"] == len(AGES)  # weight 2 alone: no priority
    with_r15 = simulated(files, **{"R07.SOCIAL": 1})
    assert sum(with_r15.moves.values()) == len(AGES)


def test_what_is_simulated_and_what_is_in_force_are_told(files: Journeys) -> None:
    found = simulated(files, R12=90)
    assert (found.before.version, found.after.version) == (AVANT_2025.version, "essai")
    assert [one.rule for one in found.rules][:2] == ["R01", "R02"]
