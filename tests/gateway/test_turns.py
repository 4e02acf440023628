"""What may have brought somebody back: the latest facts of each kind, and nothing of tomorrow."""

from datetime import date
from typing import Any

import polars as pl

from gateway.rules.journeys import PEOPLE, Journeys, Received
from gateway.rules.lives import TURNS
from gateway.rules.rule import Moment
from gateway.rules.thresholds import AVANT_2025
from gateway.rules.turns import ENDLESS, turns

JUNE, PE_DAY = date(2022, 6, 15), date(2022, 6, 1)
FACTS = {
    "PERSONNE": pl.String,
    "FAIT": pl.String,
    "DATE": pl.Date,
    "DATE_FIN": pl.Date,
    "STATUT": pl.String,
}
CD = pl.DataFrame(
    [
        ("p", "RDV", date(2022, 4, 1), None, "VENU"),
        ("p", "RDV", date(2022, 5, 1), None, "VENU"),
        ("p", "RDV", date(2022, 6, 1), None, "ABSENT_NON_EXCUSE"),
        ("p", "RDV", date(2022, 6, 20), None, "VENU"),
        ("p", "CONTRAT", date(2022, 3, 1), None, "VALIDE"),
        ("p", "CONTRAT", date(2022, 4, 1), date(2022, 9, 1), "EN_ATTENTE"),
    ],
    schema=FACTS,
    orient="row",
)
PE = pl.DataFrame(
    [
        {
            "PERSONNE": "p",
            "CODE_CATEGORIE": "5",
            "DATE_DEBUT_IDE": date(2022, 1, 3),
            "DATE_SIGNATURE": None,
            "DATE_NOTIFICATION": date(2022, 4, 4),
            "DATE_DERNIER_ENT": date(2022, 5, 20),
            "DATE_DERNIER_ENT_ETAT": "utilisable",
        }
    ],
    schema_overrides={"DATE_SIGNATURE": pl.Date},
)


def found(grade: str, pe_day: date = PE_DAY) -> dict[str, Any]:
    people = pl.DataFrame([("p", grade, 40, True, None)], schema=dict(PEOPLE), orient="row")
    journeys = Journeys(
        people, Received(CD, JUNE, "d1", JUNE), None, Received(PE, pe_day, "d2", pe_day)
    )
    frame = turns(journeys, Moment(JUNE, pe_day, AVANT_2025))
    assert frame.schema == TURNS
    return frame.row(0, named=True)


def test_both_sides_tell_the_latest_of_each_kind() -> None:
    assert found("A") == {
        "PERSONNE": "p",
        "INSCRIPTION": date(2022, 1, 3),
        "CONTRAT": date(2022, 4, 4),
        "CONTRAT_JUSQUE": ENDLESS,
        "RENCONTRE": date(2022, 5, 20),
        "EMPLOI": PE_DAY,
        "FORMATION": None,
    }


def test_a_doubtful_link_or_an_old_file_tells_nothing_of_pole_emploi() -> None:
    alone = dict.fromkeys(TURNS) | {
        "PERSONNE": "p",
        "CONTRAT": date(2022, 3, 1),
        "CONTRAT_JUSQUE": ENDLESS,
        "RENCONTRE": date(2022, 5, 1),
    }
    assert found("D") == alone
    assert found("A", pe_day=date(2022, 3, 1)) == alone
