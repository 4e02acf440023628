"""The list for référents says whom to see first, where the habilitation lets it."""

from datetime import date, timedelta

import polars as pl
import pytest

from gateway.habilitation import Grant, compile_grant
from gateway.products import PRODUCTS
from gateway.products.risque_rupture import COLUMNS, sheet
from gateway.rules import cross
from gateway.rules.crossing import moment_of
from gateway.rules.points import weigh
from gateway.rules.protections import protections
from gateway.rules.thresholds import AVANT_2025
from tests.world.crossed import AS_OF, fact, journeys
from tests.world.extracts import made
from tests.world.habilitations import example, offer_of

LONG_AGO = date(2021, 6, 1)


def a_grant(columns: tuple[str, ...] = COLUMNS) -> Grant:
    habilitation = example("risque-rupture-cd", columns=columns)
    return compile_grant(habilitation, offer_of(habilitation), AS_OF)


def build(told: pl.DataFrame, known: pl.DataFrame, *, as_of: date, grant: Grant) -> bytes:
    drawn = sheet(told, known, as_of=as_of, departement="08")
    return made(drawn, "risque-rupture", grant, as_of)


@pytest.fixture(scope="module")
def found() -> tuple[pl.DataFrame, pl.DataFrame]:
    """`seul` has an old contract and no référent, `prevu` the same and an appointment, `suivi` little."""
    contract = {"CODE": "CER", "DATE_FIN": date(2022, 3, 1)}
    cd = []
    for name in ("prevu", "seul"):
        cd += [
            fact(name, "ORIENTATION", LONG_AGO, "ORIENTE", CODE="SOCIAL"),
            fact(name, "CONTRAT", LONG_AGO, "VALIDE", **contract),
        ]
    cd += [
        fact("prevu", "RDV", AS_OF + timedelta(days=5), "PREVU"),
        fact("suivi", "ORIENTATION", LONG_AGO, "ORIENTE", CODE="EMPLOI"),
    ]
    files = journeys(cd)
    crossed = cross(files, as_of=AS_OF)
    signs = protections(files, crossed.people, moment_of(files, AS_OF, AVANT_2025))
    weighed = weigh(crossed.people, crossed.signals, signs)
    return crossed.signals, weighed.with_columns(ID_CD=pl.col("PERSONNE").str.to_uppercase())


def rows(
    found: tuple[pl.DataFrame, pl.DataFrame], columns: tuple[str, ...]
) -> list[tuple[str, ...]]:
    body = build(*found, as_of=AS_OF, grant=a_grant(columns)).decode("utf-8-sig")
    return [tuple(line.split(";")) for line in body.splitlines()[1:]]


def test_each_row_of_a_person_bears_the_same_priority(
    found: tuple[pl.DataFrame, pl.DataFrame],
) -> None:
    told = rows(found, ("ID_CD", "REGLE", "PRIORITE"))
    assert told == sorted(told), "the order is that of identifiers, whatever the priority"
    assert set(told) >= {
        ("PREVU", "R09", "moyenne"), ("PREVU", "R12", "moyenne"),
        ("SEUL", "R09", "moyenne"), ("SEUL", "R12", "moyenne"),
    }  # fmt: skip
    assert {priority for who, _, priority in told if who == "SUIVI"} == {"moyenne"}


def test_a_watched_signal_says_so_in_its_column(found: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    told = set(rows(found, ("ID_CD", "A_SURVEILLER")))
    assert told == {("PREVU", "oui"), ("SEUL", "non"), ("SUIVI", "non")}


def test_no_priority_is_an_empty_cell(found: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    signals, people = found
    none = people.with_columns(PRIORITE=pl.lit(None, pl.String))
    assert {cells[1] for cells in rows((signals, none), ("ID_CD", "PRIORITE"))} == {""}


def test_a_grant_that_does_not_open_them_gives_neither(
    found: tuple[pl.DataFrame, pl.DataFrame],
) -> None:
    body = build(*found, as_of=AS_OF, grant=a_grant(("ID_CD", "REGLE"))).decode("utf-8-sig")
    assert body.splitlines()[0] == "ID_CD;REGLE" and "moyenne" not in body
    assert {"PRIORITE", "A_SURVEILLER"} <= set(example("risque-rupture-cd").columns)
    assert PRODUCTS["risque-rupture"].version == "1.1.0"
