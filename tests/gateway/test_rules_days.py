"""Each rule on the day of its delay and the day before, and on the edges where two readings would differ.

One département holds every case, a person each: what is said of one never depends on the others.
"""

from datetime import date, timedelta
from typing import Any

import pytest

from gateway.rules import cross
from tests.world.journeys import (
    AS_OF,
    PE_REFERENCE,
    Row,
    cd_rows,
    dossier,
    journeys,
    pe_rows,
    right,
)

Fact = tuple[Any, ...]
Case = tuple[list[Fact], Row | None, Row, set[str]]


def ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


def at_pe(days: int) -> date:
    return PE_REFERENCE - timedelta(days=days)


def oriented(day: date, code: str = "SOCIAL", notified: date | None = None) -> Fact:
    return ("ORIENTATION", day, notified, code, "ORIENTE")


def meeting(day: date, status: str = "VENU") -> Fact:
    return ("RDV", day, None, "ENTRETIEN", status)


def contract(day: date, end: date | None = None, status: str = "VALIDE") -> Fact:
    return ("CONTRAT", day, end, "CER", status)


def duties(day: date, status: str = "SOUMIS") -> Fact:
    return ("DROITS_DEVOIRS", day, None, None, status)


HELD: Fact = ("REFERENT", ago(900), None, None, "ACTIF")
OLD = oriented(ago(300))
CALM = [OLD, HELD, contract(ago(290)), meeting(ago(20))]
WORK = [oriented(ago(300), "EMPLOI"), HELD, meeting(ago(200))]


def ceased(day: date, motive: str = "90", **more: Any) -> Row:
    return {"DATE_CESSATION_IDE": day, "MOTIF_CESSATION_IDE": motive} | more


def removed(day: date, **more: Any) -> Row:
    return {"DATE_RADIATION_IDE": day, "MOTIF_RADIATION_IDE": "92"} | more


def since(days: int, **more: Any) -> Row:
    seen = {"DATE_DERNIER_ENT": PE_REFERENCE, "DATE_DERNIER_ENT_ETAT": "utilisable"}
    return {"DATE_DEBUT_IDE": at_pe(days)} | seen | more


def lost(day: date | None, motive: str = "06") -> Row:
    told = {"ETATDOSRSA": "4", "MOTISUSVERSRSA": motive}
    return told | ({"DDSUSVERSRSA": day.isoformat()} if day else {})


def busy(day: date, end: date | None = None, code: str = "CDI") -> Row:
    return {"ACT": code, "DDACT": day.isoformat(), "DFACT": end.isoformat() if end else None}


NO: Row = {}
CASES: dict[str, Case] = {
    "R01 60": ([duties(ago(60))], None, NO, set()),
    "R01 61": ([duties(ago(61))], None, NO, {"R01"}),
    "R01 since the last exemption": ([duties(ago(400)), duties(ago(90), "NON_SOUMIS"), duties(ago(60))], None, NO, set()),
    "R02 59": ([oriented(at_pe(59), "EMPLOI"), HELD, meeting(ago(1))], None, NO, set()),
    "R02 60": ([oriented(at_pe(60), "EMPLOI"), HELD, meeting(ago(1))], None, NO, {"R02"}),
    "R02 left the day of the decision": ([oriented(at_pe(60), "EMPLOI"), HELD, meeting(ago(1))], ceased(at_pe(60)), NO, {"R02", "R03"}),
    "R02 left the day after": ([oriented(at_pe(60), "EMPLOI"), HELD, meeting(ago(1))], ceased(at_pe(59)), NO, {"R03"}),
    "R03 30": (WORK, ceased(at_pe(30)), NO, set()),
    "R03 31": (WORK, ceased(at_pe(31)), NO, {"R03"}),
    "R03 another motive": (WORK, ceased(at_pe(31), "77"), NO, set()),
    "R04 today": (WORK, removed(PE_REFERENCE), NO, {"R04"}),
    "R04 after the file's day": (WORK, removed(PE_REFERENCE + timedelta(days=1)), NO, set()),
    "R04 the day of the decision": (WORK, removed(ago(300)), NO, {"R02", "R05", "R06"}),
    "R04 tie with a cessation": (WORK, removed(at_pe(10)) | ceased(at_pe(10)), NO, set()),
    "R05 60": ([meeting(ago(1)), duties(ago(1))], removed(at_pe(60)), NO, set()),
    "R05 61": ([meeting(ago(1)), duties(ago(1))], removed(at_pe(61)), NO, {"R05"}),
    "R05 reoriented since": ([oriented(at_pe(60)), HELD, contract(at_pe(60)), meeting(ago(1))], removed(at_pe(61)), NO, set()),
    "R06 69": (WORK, ceased(at_pe(69), "77"), NO, set()),
    "R06 70": (WORK, ceased(at_pe(70), "77"), NO, {"R06"}),
    "R07 social 90": ([oriented(ago(90)), HELD, meeting(ago(1))], None, NO, set()),
    "R07 social 91": ([oriented(ago(91)), HELD, meeting(ago(1))], None, NO, {"R07"}),
    "R07 sociopro 60": ([oriented(ago(60), "SOCIOPRO"), HELD, meeting(ago(1))], None, NO, set()),
    "R07 sociopro 61": ([oriented(ago(61), "SOCIOPRO"), HELD, meeting(ago(1))], None, NO, {"R07"}),
    "R07 notified later": ([oriented(ago(120), notified=ago(90)), HELD, meeting(ago(1))], None, NO, set()),
    "R08 44": (CALM, since(44), NO, set()),
    "R08 45": (CALM, since(45), NO, {"R08"}),
    "R08 notified": (CALM, since(45, DATE_NOTIFICATION=at_pe(1)), NO, set()),
    "R09 59": ([OLD, HELD, contract(ago(290), ago(59)), meeting(ago(1))], None, NO, set()),
    "R09 60": ([OLD, HELD, contract(ago(290), ago(60)), meeting(ago(1))], None, NO, {"R09"}),
    "R11 183": ([*CALM[:3], meeting(ago(183), "ABSENT_NON_EXCUSE"), meeting(ago(1), "ABSENT_NON_EXCUSE"), contract(ago(10))], None, NO, {"R11"}),
    "R11 184": ([*CALM[:3], meeting(ago(184), "ABSENT_NON_EXCUSE"), meeting(ago(1), "ABSENT_NON_EXCUSE"), contract(ago(10))], None, NO, set()),
    "R11 missed the day of one kept": ([*CALM, meeting(ago(20), "ABSENT_NON_EXCUSE"), meeting(ago(1), "ABSENT_NON_EXCUSE")], None, NO, set()),
    "R11 missed since": ([*CALM, meeting(ago(19), "ABSENT_NON_EXCUSE"), meeting(ago(1), "ABSENT_NON_EXCUSE")], None, NO, {"R11"}),
    "R12 119": ([OLD, HELD, contract(ago(290)), meeting(ago(119))], None, NO, set()),
    "R12 120": ([OLD, HELD, contract(ago(290)), meeting(ago(120))], None, NO, {"R12"}),
    "R14 14": ([oriented(ago(14)), meeting(ago(1))], None, NO, set()),
    "R14 15": ([oriented(ago(15)), meeting(ago(1))], None, NO, {"R14"}),
    "R14 ended 14": ([OLD, *CALM[2:], ("REFERENT", ago(200), ago(14), None, "CLOS")], None, NO, set()),
    "R14 ends today": ([OLD, *CALM[2:], ("REFERENT", ago(200), AS_OF, None, "ACTIF")], None, NO, set()),
    "R15 89": ([oriented(at_pe(89), "SOCIAL", ago(1)), HELD], None, NO, set()),
    "R15 90": ([oriented(at_pe(90), "SOCIAL", ago(1)), HELD], None, NO, {"R15"}),
    "R15 seen that day": ([oriented(at_pe(90), "SOCIAL", ago(1)), HELD, meeting(at_pe(90))], None, NO, set()),
    "R15 cancelled": ([oriented(at_pe(90), "SOCIAL", ago(1)), HELD, meeting(ago(3), "ANNULE")], None, NO, {"R15"}),
    "R15 planned": ([oriented(at_pe(90), "SOCIAL", ago(1)), HELD, meeting(ago(-40), "PREVU")], None, NO, set()),
    "R15 at PE that day": ([oriented(at_pe(90), "SOCIAL", ago(1)), HELD], ceased(at_pe(90), "77"), NO, {"R06"}),
    "R15 at PE the day before": ([oriented(at_pe(90), "SOCIAL", ago(1)), HELD], ceased(at_pe(91), "77"), NO, {"R06", "R15"}),
    "R18 29": (CALM, None, lost(ago(29)), set()),
    "R18 30": (CALM, None, lost(ago(30)), {"R18"}),
    "R18 out of the population": ([OLD], None, lost(ago(30), "AB"), {"R18"}),
    "R18 undated": (CALM, None, lost(None), set()),
    "S4 from the day of the clock": (WORK, ceased(at_pe(31)), busy(at_pe(31)), set()),
    "S4 from the day before": (WORK, ceased(at_pe(31)), busy(at_pe(32)), {"R03"}),
    "S4 ends today": (WORK, ceased(at_pe(31)), busy(at_pe(20), AS_OF), set()),
    "S4 ended": (WORK, ceased(at_pe(31)), busy(at_pe(20), ago(1)), {"R03"}),
    "S4 to come": (WORK, ceased(at_pe(31)), busy(ago(-1)), {"R03"}),
    "S5 ended": (WORK, ceased(at_pe(31)), busy(at_pe(20), ago(1), "MAL"), {"R03"}),
    "S6 closed today": ([*WORK, ("PROCEDURE", ago(9), AS_OF, "EP", "OUVERTE")], ceased(at_pe(31)), NO, {"R03"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def told() -> dict[str, dict[str, str]]:
    """Person → rule → what is told."""
    names = [*CASES]
    cd = cd_rows([(name, *fact) for name in names for fact in CASES[name][0]])
    known = {name: row for name in names if (row := CASES[name][1]) is not None}
    found = cross(
        journeys(
            cd,
            pe_rows(*(dossier(name, **row) for name, row in known.items())),
            dict.fromkeys(known, "A"),
            rights=[right(name, **CASES[name][2]) for name in names],
        ),
        as_of=AS_OF,
    )
    said: dict[str, dict[str, str]] = {name: {} for name in names}
    for row in found.signals.iter_rows(named=True):
        said[row["PERSONNE"]][row["REGLE"]] = row["RESULTAT"]
    return said


@pytest.mark.parametrize("case", CASES)
def test_a_delay_is_reached_on_its_day(case: str, told: dict[str, dict[str, str]]) -> None:
    triggered = {rule for rule, result in told[case].items() if result == "triggered"}
    assert triggered == CASES[case][3]


def test_what_was_silenced_or_is_unknown_is_told_as_such(told: dict[str, dict[str, str]]) -> None:
    assert told["S4 from the day of the clock"]["R03"] == "suppressed"
    assert told["R18 undated"]["R18"] == "not_evaluable"
    assert told["R18 out of the population"] == {"R18": "triggered"}
