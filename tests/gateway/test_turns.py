"""What may have brought somebody back: the latest facts of each kind, and nothing of tomorrow."""

from datetime import date
from typing import Any

from gateway.rules.crossing import cross
from gateway.rules.lives import TURNS
from gateway.rules.rule import Moment
from gateway.rules.thresholds import AVANT_2025
from gateway.rules.turns import ENDLESS, turns
from tests.world.crossed import AS_OF, PE_DAY, fact, journeys, right

CD = [
    fact("p", "RDV", date(2022, 4, 1), "VENU"),
    fact("p", "RDV", date(2022, 5, 1), "VENU"),
    fact("p", "RDV", date(2022, 6, 1), "ABSENT_NON_EXCUSE"),
    fact("p", "RDV", date(2022, 6, 20), "VENU"),
    fact("p", "CONTRAT", date(2022, 3, 1), "VALIDE"),
    fact("p", "CONTRAT", date(2022, 4, 1), "EN_ATTENTE", DATE_FIN=date(2022, 9, 1)),
]
DOSSIER = {
    "PERSONNE": "p",
    "CODE_CATEGORIE": "5",
    "DATE_DEBUT_IDE": date(2022, 1, 3),
    "DATE_NOTIFICATION": date(2022, 4, 4),
    "DATE_DERNIER_ENT": date(2022, 5, 20),
    "DATE_DERNIER_ENT_ETAT": "utilisable",
}
ACTIVITIES: dict[str, Any] = {
    "ACT": "MAL,CDD,SFP,CDI",
    "DDACT": "2022-06-10,2022-02-01,2022-03-15,2022-07-01",
    "DFACT": ",2022-03-01,,",
}
AT_THE_CD = {
    "CONTRAT": date(2022, 3, 1),
    "CONTRAT_JUSQUE": ENDLESS,
    "RENCONTRE": date(2022, 5, 1),
}


def found(*dossiers: Any, pe_day: date = PE_DAY, grade: str = "A", **known: Any) -> dict[str, Any]:
    files = journeys(
        CD, cnaf=[right("p", **known)], pe=dossiers, grades={"p": grade}, pe_day=pe_day
    )
    people = cross(files, as_of=AS_OF).people
    frame = turns(files, people, Moment(AS_OF, pe_day, AVANT_2025))
    assert frame.schema == TURNS
    return frame.row(0, named=True)


def test_every_side_tells_the_latest_of_each_kind() -> None:
    assert found(DOSSIER, **ACTIVITIES) == {
        "PERSONNE": "p",
        "INSCRIPTION": date(2022, 1, 3),
        "CONTRAT": date(2022, 4, 4),
        "CONTRAT_JUSQUE": ENDLESS,
        "RENCONTRE": date(2022, 5, 20),
        "EMPLOI": PE_DAY,
        "FORMATION": date(2022, 3, 15),
    }


def test_a_job_over_is_still_what_ended_a_signal_and_one_to_come_is_not() -> None:
    told = found(**ACTIVITIES)
    assert (told["EMPLOI"], told["FORMATION"]) == (date(2022, 2, 1), date(2022, 3, 15))


def test_a_doubtful_link_or_an_old_file_tells_nothing_of_pole_emploi() -> None:
    alone = dict.fromkeys(TURNS) | {"PERSONNE": "p"} | AT_THE_CD
    other = DOSSIER | {"DATE_DEBUT_IDE": date(2022, 2, 2)}
    assert found(DOSSIER, grade="D") == alone
    assert found(DOSSIER, pe_day=date(2022, 3, 1)) == alone
    assert found(DOSSIER, other) == alone, "nobody chose between two dossiers"


def test_health_brings_nobody_back() -> None:
    told = found(ACT="MAL", DDACT="2022-06-10")
    assert told == dict.fromkeys(TURNS) | {"PERSONNE": "p"} | AT_THE_CD
