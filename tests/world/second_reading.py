"""A second reading of the sixteen rules and of what silences them, in plain Python, one person at a time.

Written from the choices of the expected results, in another way than anything that ships: a person's facts
are lists that are walked, a verdict is worked out and returned. It gives what `signals.json` holds of a person.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.world.second_case import Case, Fact, case_of
from tests.world.second_files import Right, day, read_people

BENIGN = {str(n) for n in range(11, 35)} | {"41", "43", "44", "45", "46", "48", "49", "72"}
STILL = {"01", "05", "06", "35", "36", "44", "70"}
LOST = {
    "SuspensionVersement": {"06", "70", "AB"},
    "SuspensionDroit": {"DL", "DM", "DE", "GC", "DQ", "DK", "GK", "GL"},
}
BUSY = {
    "CDI",
    "CDD",
    "SAL",
    "INT",
    "TSA",
    "CUI",
    "CES",
    "RMA",
    "AAP",
    "AMT",
    "VRP",
    "VDI",
    "GSA",
    "ETI",
    "AEN",
    "EXP",
    "MAR",
    "SFP",
    "PIL",
    "APP",
    "SNR",
    "ETU",
    "ETS",
    "EBO",
}
HEALTH = {"MAT", "MAL", "MLD", "MMC", "MMI", "CLD", "INF", "HAN", "INV", "INP"}
AT_PE = ("R02", "R03", "R04", "R05", "R06", "R08", "R13", "R13b", "R15")
ORDER = [
    "R01",
    "R02",
    "R03",
    "R04",
    "R05",
    "R06",
    "R07",
    "R08",
    "R09",
    "R11",
    "R12",
    "R13",
    "R13b",
    "R14",
    "R15",
    "R18",
]
INTERVIEWS = {"GLO": 90, "REN": 90, "GUI": 150, "SUI": 210}

# A verdict: the day its clock started when it triggers, the reason when it cannot answer, None for no.
Verdict = date | str | None


def second_reading(
    folder: Path, departement: str, *, with_pe: bool = True
) -> dict[str, dict[str, Any]]:
    """Read a folder and judge everybody in the département's file."""
    as_of, pe_day, people = read_people(folder, with_pe=with_pe)
    if pe_day is None or not 0 <= (as_of - pe_day).days <= 45:
        pe_day = None
    return {
        who: judge(case_of(reading, departement, as_of, pe_day)) for who, reading in people.items()
    }


def judge(case: Case) -> dict[str, Any]:
    right = case.right
    found: dict[str, Any] = {
        "match": case.match, "population": None, "triggered": [], "not_evaluable": [], "reasons": {},
        "suppressed": False, "suppressor": None, "a_surveiller": False, "en_validation": [],
    }  # fmt: skip
    if right is None:
        return found
    elsewhere = right.leaves or _away(case, right.commune) or _away(case, case.pe.commune)
    still = right.state in {"2", "3"} or (
        right.state == "4"
        and any(k == "SuspensionVersement" and m in STILL for k, m, _ in right.suspensions)
    )
    found["population"] = right.subject == "1" and still and not elsewhere
    silent = _silencer(case, right, elsewhere)
    if silent is not None:
        return found | {"suppressed": True, "suppressor": silent}
    verdicts = dict.fromkeys(ORDER) | _verdicts(case)
    if not found["population"]:
        verdicts = dict.fromkeys(ORDER)
    if right.subject == "1" and right.state in {"3", "4"}:
        verdicts["R18"] = _lost(case, right)
    return found | _told(case, verdicts)


def _told(case: Case, verdicts: dict[str, Verdict]) -> dict[str, Any]:
    triggered, silenced = [], False
    for rule in ORDER:
        clock = verdicts[rule]
        if isinstance(clock, date):
            if any(start >= clock for start in _busy(case)):
                silenced = True
            else:
                triggered.append(rule)
    reasons = {rule: why for rule in ORDER if isinstance(why := verdicts[rule], str)}
    soon = [f for f in case.facts if f.kind == "RDV" and f.status == "PREVU"]
    watched = any(0 <= (f.start - case.as_of).days <= 30 for f in soon)
    decided = case.orientation
    awaits = decided is not None and any(
        f.start >= decided.start for f in case.of("CONTRAT", "EN_ATTENTE")
    )
    return {
        "triggered": triggered,
        "not_evaluable": [*reasons],
        "reasons": reasons,
        "suppressed": silenced,
        "suppressor": "S4" if silenced else None,
        "a_surveiller": bool(triggered) and watched,
        "en_validation": [r for r in triggered if r in {"R07", "R09"} and awaits],
    }


def _away(case: Case, commune: str) -> bool:
    return commune != "" and not commune.startswith(case.departement)


def _running(case: Case) -> list[tuple[str, date | None]]:
    assert case.right is not None
    return [
        (code, day(start))
        for code, start, end in case.right.activities
        if (day(start) or case.as_of) <= case.as_of and (day(end) or case.as_of) >= case.as_of
    ]


def _busy(case: Case) -> list[date]:
    return [start for code, start in _running(case) if code in BUSY and start]


def _silencer(case: Case, right: Right, elsewhere: bool) -> str | None:
    years = case.as_of.year - case.birth.year
    had_it = (case.as_of.month, case.as_of.day) >= (case.birth.month, case.birth.day)
    open_ = [f for f in case.of("PROCEDURE", "OUVERTE") if f.end is None or f.end > case.as_of]
    left_well = case.pe.state in {"ceased", "removed"} and case.pe.motive in BENIGN
    ill = any(code in HEALTH for code, _ in _running(case))
    conditions = (
        ("S1", right.state in {"0", "1", "5", "6"}),
        ("S2", right.subject == "0"),
        ("S8", elsewhere),
        ("S7", case.match in {"D", "X"}),
        ("S3", left_well or case.pe.category == "5"),
        ("S5", ill or case.pe.category == "4"),
        ("S6", bool(open_)),
        ("S10", years - (not had_it) >= 62),
    )
    return next((name for name, holds in conditions if holds), None)


def _verdicts(case: Case) -> dict[str, Verdict]:
    found = _of_the_departement(case)
    if case.pe_day is None:
        return found | dict.fromkeys(AT_PE, "pe_non_recu")
    return found | _crossed(case, case.pe_day, found["R12"])


def _due(start: date | None, on: date, delay: int) -> Verdict:
    return start if start and (on - start).days >= 0 and (on - start).days >= delay else None


def _of_the_departement(case: Case) -> dict[str, Verdict]:
    decided, today = case.orientation, case.as_of
    found: dict[str, Verdict] = {"R11": _absences(case), "R12": None}
    if decided is None:
        return found | {"R01": _entry(case)}
    ends = [f.end for f in case.of("REFERENT") if f.end]
    held = [f for f in case.of("REFERENT", "ACTIF") if f.end is None or f.end > today]
    if not held:
        found["R14"] = _due(max([decided.start, *ends]), today, 15)
    if not case.is_social:
        return found
    contracts = case.covering("VALIDE")
    if not contracts:
        found["R07"] = _due(
            decided.end or decided.start, today, 91 if decided.code == "SOCIAL" else 61
        )
    elif all(f.end for f in contracts):
        found["R09"] = _due(max(f.end for f in contracts if f.end), today, 60)
    seen = [f.start for f in (*case.of("RDV", "VENU"), *case.of("CONTRAT", "VALIDE"))]
    return found | {"R12": _due(max([decided.start, *seen]), today, 120)}


def _entry(case: Case) -> Verdict:
    exempt = max((f.start for f in case.of("DROITS_DEVOIRS", "NON_SOUMIS")), default=date.min)
    starts = [f.start for f in case.of("DROITS_DEVOIRS", "SOUMIS") if f.start > exempt]
    return _due(min(starts), case.as_of, 61) if starts else "date_entree_inconnue"


def _absences(case: Case) -> Verdict:
    seen = max((f.start for f in case.of("RDV", "VENU")), default=date.min)
    first = max(
        seen + timedelta(days=1) if seen > date.min else seen, case.as_of - timedelta(days=183)
    )
    stretch = [f for f in case.of("RDV") if f.start >= first]
    if any(f.status in {"INCONNU", "PREVU"} for f in stretch):
        return "statut_inconnu"
    missed = sorted(f.start for f in stretch if f.status == "ABSENT_NON_EXCUSE")
    return missed[0] if len(missed) > 1 else None


def _crossed(case: Case, pe_day: date, silent: Verdict) -> dict[str, Verdict]:
    pe, decided = case.pe, case.orientation
    found = _left(case, pe_day) if pe.state in {"ceased", "removed"} else {}
    if pe.state == "registered":
        found = {"R13": pe.reason or _due(pe.interview, pe_day, INTERVIEWS.get(pe.modality, 180))}
        found["R08"] = None if pe.ppae else _due(pe.since, pe_day, 45)
    elif decided and decided.code == "EMPLOI" and all(d <= decided.start for d in pe.exits):
        found["R02"] = _due(decided.start, pe_day, 60)
    if decided and not _followed(case, decided):
        found["R15"] = _due(decided.start, pe_day, 90)
    unseen = found.get("R13")
    if isinstance(silent, date) and unseen is not None:
        found["R13b"] = unseen if isinstance(unseen, str) else max(silent, unseen)
    return found


def _left(case: Case, pe_day: date) -> dict[str, Verdict]:
    """R03 to R06, for somebody who is out of the list."""
    pe, decided = case.pe, case.orientation
    found: dict[str, Verdict] = {}
    if pe.motive not in BENIGN:
        found["R06"] = _due(pe.since, pe_day, 70)
    if pe.state == "ceased":
        return found | {"R03": _due(pe.since, pe_day, 31) if pe.motive == "90" else None}
    if pe.since and decided and pe.since > decided.start:
        found["R04"] = _due(pe.since, pe_day, 0)
    if pe.since and (decided is None or decided.start <= pe.since):
        found["R05"] = _due(pe.since, pe_day, 61)
    return found


def _followed(case: Case, decided: Fact) -> bool:
    """R15: whether anything at all is known since the decision."""
    met = [
        f
        for f in case.facts
        if f.kind == "RDV"
        and f.start >= decided.start
        and f.status != "ANNULE"
        and (f.start <= case.as_of or f.status == "PREVU")
    ]
    pe = case.pe
    dates = [*pe.exits, *pe.ppae, *(d for d in (pe.since, pe.interview) if d)]
    return bool(
        met or case.covering("VALIDE", "EN_ATTENTE") or any(d >= decided.start for d in dates)
    )


def _lost(case: Case, right: Right) -> Verdict:
    """R18: the earliest of the suspensions that say nobody reached the person."""
    listed = [since for kind, motive, since in right.suspensions if motive in LOST[kind]]
    starts = [start for text in listed if (start := day(text))]
    if listed and not starts:
        return "date_absente"
    return _due(min(starts), case.as_of, 30) if starts else None
