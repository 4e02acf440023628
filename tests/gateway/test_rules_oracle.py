"""The rules against a second reading of them, person by person in plain Python, on random journeys."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.rules import cross
from gateway.rules.situation import CD_SCHEMA, GRADES_SCHEMA, PE_SCHEMA

AS_OF = date(2022, 6, 15)
Row = dict[str, Any]
Answer = tuple[str, str | None, date | None]
NO: Answer = ("not_triggered", None, None)

days = st.integers(-40, 400).map(lambda n: AS_OF - timedelta(days=n))
# few people and few values, near each other, so that ties, coverings and collisions are common
people = st.sampled_from(["a", "b", "c"])
KINDS = [
    *[
        ("ORIENTATION", code, status)
        for code in ("EMPLOI", "SOCIAL", "SOCIOPRO")
        for status in ("ORIENTE", "EN_ATTENTE")
    ],
    *[("CONTRAT", "CER", status) for status in ("VALIDE", "VALIDE", "EN_ATTENTE", "ANNULE")],
    *[("RDV", "ENTRETIEN", status) for status in ("VENU", "PREVU", "ABSENT_EXCUSE")],
    ("REFERENT", None, "ACTIF"),
]


@st.composite
def facts(draw: st.DrawFn) -> Row:
    kind, code, status = draw(st.sampled_from(KINDS))
    row = {"PERSONNE": draw(people), "FAIT": kind, "DATE": draw(days)}
    return row | {
        "DATE_FIN": draw(st.none() | days),
        "CODE": code,
        "STATUT": status,
        "STRUCTURE": None,
    }


@st.composite
def dossiers(draw: st.DrawFn, person: str) -> Row:
    row: Row = dict.fromkeys(PE_SCHEMA) | {"PERSONNE": person}
    for column in ("DATE_DEBUT_IDE", "DATE_CESSATION_IDE", "DATE_RADIATION_IDE"):
        row[column] = draw(st.none() | days)
    row["MODALITE_CODE"] = draw(st.sampled_from(["GLO", "REN", "GUI", "SUI", "APR", None]))
    row["DATE_DERNIER_ENT_ETAT"] = draw(
        st.sampled_from(["utilisable"] * 4 + ["date_absente", "date_vide", "date_inexploitable"])
    )
    if row["DATE_DERNIER_ENT_ETAT"] == "utilisable":
        row["DATE_DERNIER_ENT"] = draw(days.filter(lambda day: day <= AS_OF))
    return row


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Row], dict[str, Row], dict[str, str], date]:
    cd = draw(st.lists(facts(), min_size=1, max_size=14))
    pe = {person: draw(dossiers(person)) for person in draw(st.sets(people))}
    grades = {person: draw(st.sampled_from(["A", "A", "B", "X"])) for person in pe}
    return (
        cd,
        pe,
        grades,
        draw(st.sampled_from([AS_OF - timedelta(days=n) for n in (0, 14, 45, 46)])),
    )


def verdict(since: date | None, reference: date, delay: int) -> Answer:
    if since is None or since > reference:
        return NO
    return ("triggered" if (reference - since).days >= delay else "not_triggered", None, since)


def orientation_of(mine: list[Row]) -> Row | None:
    decisions = [row for row in mine if row["FAIT"] == "ORIENTATION" and row["STATUT"] == "ORIENTE"]
    return max(
        decisions,
        key=lambda row: (row["DATE"], row["DATE_FIN"] or date.min, row["CODE"]),
        default=None,
    )


def read_cd(mine: list[Row]) -> tuple[Answer, Answer]:
    """R09 and R12."""
    orientation = orientation_of(mine)
    if orientation is None or orientation["CODE"] == "EMPLOI":
        return NO, NO
    contracts = [row for row in mine if row["FAIT"] == "CONTRAT" and row["STATUT"] == "VALIDE"]
    ends = [row["DATE_FIN"] for row in contracts]
    covering = [end for end in ends if end is None or end >= orientation["DATE"]]
    ended = None if not covering or None in covering else max(covering)
    met = [row["DATE"] for row in mine if row["FAIT"] == "RDV" and row["STATUT"] == "VENU"]
    contact = max([orientation["DATE"], *met, *(row["DATE"] for row in contracts)])
    return verdict(ended, AS_OF, 60), verdict(contact, AS_OF, 120)


def read_pe(dossier: Row | None, reference: date) -> Answer:
    """R13."""
    order = ["DATE_RADIATION_IDE", "DATE_CESSATION_IDE", "DATE_DEBUT_IDE"]
    events = (
        [
            (dossier[name], order.index(name))
            for name in order
            if dossier[name] and dossier[name] <= AS_OF
        ]
        if dossier
        else []
    )
    if dossier is None or not events or max(events)[1] != 2:
        return NO
    if dossier["DATE_DERNIER_ENT_ETAT"] != "utilisable":
        return ("not_evaluable", dossier["DATE_DERNIER_ENT_ETAT"], None)
    delay = {"GLO": 90, "REN": 90, "GUI": 150, "SUI": 210}.get(dossier["MODALITE_CODE"], 180)
    return verdict(dossier["DATE_DERNIER_ENT"], reference, delay)


def both(cd: Answer, pe: Answer) -> Answer:
    since = max(cd[2], pe[2]) if cd[2] and pe[2] else None
    if "not_triggered" in (cd[0], pe[0]):
        return ("not_triggered", None, since)
    return pe if pe[0] == "not_evaluable" else ("triggered", None, since)


def oracle(
    cd: list[Row], pe: dict[str, Row], grades: dict[str, str], reference: date
) -> dict[tuple[str, str], Answer]:
    fresh = (AS_OF - reference).days <= 45
    found: dict[tuple[str, str], Answer] = {}
    for person in {row["PERSONNE"] for row in cd}:
        if fresh and grades.get(person) == "X":
            continue
        r09, r12 = read_cd(
            [row for row in cd if row["PERSONNE"] == person and row["DATE"] <= AS_OF]
        )
        r13 = (
            read_pe(pe.get(person), reference) if fresh else ("not_evaluable", "pe_non_recu", None)
        )
        r13b = both(r12, r13) if fresh else r13
        found |= {(person, "R09"): r09, (person, "R13"): r13, (person, "R13b"): r13b}
    return found


def found_in(
    cd: Iterable[Row], pe: dict[str, Row], grades: dict[str, str], reference: date
) -> pl.DataFrame:
    return cross(
        pl.DataFrame(list(cd), schema=CD_SCHEMA),
        pl.DataFrame(list(pe.values()), schema=PE_SCHEMA),
        pl.DataFrame(list(grades.items()), schema=GRADES_SCHEMA, orient="row"),
        as_of=AS_OF,
        pe_reference=reference,
    ).signals


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_the_crossing_says_what_a_careful_reader_would(
    world: tuple[list[Row], dict[str, Row], dict[str, str], date],
) -> None:
    signals = found_in(*world).rows(named=True)
    said = {
        (row["PERSONNE"], row["REGLE"]): (row["RESULTAT"], row["MOTIF"], row["DEPUIS"])
        for row in signals
    }
    assert said == oracle(*world)


@settings(max_examples=40, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(
    world: tuple[list[Row], dict[str, Row], dict[str, str], date], chance: Any
) -> None:
    cd, pe, grades, reference = world
    shuffled = chance.sample(cd, len(cd))
    reversed_pe, reversed_grades = dict(reversed(pe.items())), dict(reversed(grades.items()))
    assert found_in(shuffled, reversed_pe, reversed_grades, reference).equals(
        found_in(cd, pe, grades, reference)
    )


UNRELATED = st.builds(
    lambda row, kind: row | dict(zip(("FAIT", "CODE", "STATUT"), kind, strict=True)),
    facts(),
    st.sampled_from(
        [
            ("REFERENT", None, "ACTIF"),
            ("REFERENT", None, "CLOS"),
            ("PROCEDURE", "EP", "OUVERTE"),
            ("DROITS_DEVOIRS", None, "SOUMIS"),
            ("ORIENTATION", "EMPLOI", "NON_ORIENTE"),
            ("CONTRAT", "CER", "REFUSE"),
            ("RDV", "ENTRETIEN", "ABSENT_NON_EXCUSE"),
            ("RDV", "ENTRETIEN", "PREVU"),
        ]
    ),
)


@settings(max_examples=40, deadline=None)
@given(worlds(), st.lists(UNRELATED, max_size=6))
def test_facts_a_rule_does_not_read_change_nothing(
    world: tuple[list[Row], dict[str, Row], dict[str, str], date], more: list[Row]
) -> None:
    cd, pe, grades, reference = world
    known = {row["PERSONNE"] for row in cd}
    wider = [*cd, *(row for row in more if row["PERSONNE"] in known)]
    assert found_in(wider, pe, grades, reference).equals(found_in(cd, pe, grades, reference))


@settings(max_examples=40, deadline=None)
@given(worlds())
def test_what_is_said_of_one_person_does_not_depend_on_the_others(
    world: tuple[list[Row], dict[str, Row], dict[str, str], date],
) -> None:
    cd, pe, grades, reference = world
    someone = cd[0]["PERSONNE"]
    alone = found_in([row for row in cd if row["PERSONNE"] == someone], pe, grades, reference)
    assert alone.equals(found_in(cd, pe, grades, reference).filter(PERSONNE=someone))
