"""Contracts that lapse: R09, 60 d after the end of the last contract that covers the orientation."""

from schemas.generator.scenarios import (
    Missing,
    Scenario,
    Story,
    appointment,
    contract,
    oriented,
    told,
)

LAPSED = oriented(400) + contract(390, 75)
_RENEWED = LAPSED + contract(70, -110)
OLD, FRESH = Story(250), Story(40)


def contracts() -> tuple[Scenario, ...]:
    """R09, first side: contracts that end, are renewed, or never were."""
    early = oriented(400)
    return (
        told("R09 au seuil, 60 j", early + contract(390, 60), r09=True),
        told("R09 sous le seuil, 59 j", early + contract(390, 59)),
        told("R09 sociopro au seuil", oriented(400, "SOCIOPRO") + contract(390, 60), r09=True),
        told("R09 sociopro sous le seuil", oriented(400, "SOCIOPRO") + contract(390, 59)),
        told("R09 renouvelé", _RENEWED),
        told("R09 renouvelé, rendez-vous prévu", _RENEWED + appointment(-8, "PREVU")),
        told("R09 renouvelé puis échu", LAPSED + contract(74, 61), r09=True),
        told("R09 dernier des deux contrats", early + contract(390, 59) + contract(380, 200)),
        told(
            "R09 renouvellement en attente",
            LAPSED + contract(30, -150, "EN_ATTENTE"),
            r09=True,
            awaiting=True,
        ),
        told("R09 renouvellement refusé", LAPSED + contract(30, -150, "REFUSE"), r09=True),
        told("R09 renouvellement annulé", LAPSED + contract(30, -150, "ANNULE"), r09=True),
        told("R09 renouvellement postérieur", LAPSED + contract(-3, -180), r09=True),
        told("R09 attente postérieure", LAPSED + contract(-3, -180, "EN_ATTENTE"), r09=True),
        told("R09 contrat sans fin", early + contract(390, None)),
        told("R09 contrat en attente seul", early + contract(390, 100, "EN_ATTENTE")),
        told("R09 jamais de contrat", early + appointment(20)),
        told(
            "R09 attente plus ancienne que la décision",
            oriented(200) + contract(380, 150) + contract(250, 190, "EN_ATTENTE"),
            r09=True,
        ),
    )


def tracks() -> tuple[Scenario, ...]:
    """R09, second side: the orientation the contract must cover, and appointments to come."""
    return (
        told("R09 couvre au jour de la décision", oriented(200) + contract(390, 200), r09=True),
        told("R09 fini la veille de la décision", oriented(200) + contract(390, 201)),
        told("R09 orientation emploi", oriented(400, "EMPLOI") + contract(390, 75)),
        told("R09 réorienté en emploi", LAPSED + oriented(90, "EMPLOI")),
        told("R09 réorientation postérieure", LAPSED + oriented(-2, "EMPLOI"), r09=True),
        told(
            "R09 réorientation en attente",
            LAPSED + oriented(20, "EMPLOI", status="EN_ATTENTE"),
            r09=True,
        ),
        told(
            "R09 réorientation non retenue",
            LAPSED + oriented(20, "EMPLOI", status="NON_ORIENTE"),
            r09=True,
        ),
    )


def meetings() -> tuple[Scenario, ...]:
    """R09, third side: what is planned, and what Pôle emploi says beside it."""
    return (
        told(
            "R09 rendez-vous prévu le jour même",
            LAPSED + appointment(0, "PREVU"),
            r09=True,
            planned_soon=True,
        ),
        told(
            "R09 rendez-vous prévu à 30 j",
            LAPSED + appointment(-30, "PREVU"),
            r09=True,
            planned_soon=True,
        ),
        told("R09 rendez-vous prévu à 31 j", LAPSED + appointment(-31, "PREVU"), r09=True),
        told("R09 rendez-vous prévu la veille", LAPSED + appointment(1, "PREVU"), r09=True),
        told("R09 inscrit et reçu", LAPSED, FRESH, r09=True),
        told(
            "R09 et entretien inexploitable",
            LAPSED,
            Story(Missing.YEAR),
            r09=True,
            r13="date_inexploitable",
            r13b="date_inexploitable",
        ),
        told("R09 et double silence", LAPSED, OLD, r09=True, r13=True, r13b=True),
    )
