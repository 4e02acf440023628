"""Silences: R13, 90 to 210 d without interview by modality, and R13b, 120 d without the CD besides."""

from schemas.generator.lapses import FRESH, LAPSED, OLD
from schemas.generator.scenarios import (
    Link,
    Missing,
    Scenario,
    Story,
    appointment,
    contract,
    oriented,
    told,
)

_THRESHOLDS = (("GLO", 90), ("REN", 90), ("GUI", 150), ("SUI", 210), ("APR", 180), ("", 180))
_JOB = oriented(300, "EMPLOI")
_RUNNING = oriented(400) + contract(390, -60)
_SILENT = _RUNNING + appointment(150)


def interviews() -> tuple[Scenario, ...]:
    """R13: thresholds by modality, and dates that cannot be used."""
    reached = tuple(
        told(f"R13 {code or 'sans modalité'} au seuil, {days} j", _JOB, Story(days, code), r13=True)
        for code, days in _THRESHOLDS
    )
    below = tuple(
        told(
            f"R13 {code or 'sans modalité'} sous le seuil, {days - 1} j",
            _JOB,
            Story(days - 1, code),
        )
        for code, days in _THRESHOLDS
    )
    unusable = tuple(told(f"R13 {gap.value}", _JOB, Story(gap), r13=gap.reason) for gap in Missing)
    return reached + below + unusable


def registrations() -> tuple[Scenario, ...]:
    """R13: who is registered on the reference date."""
    return (
        told("R13 reçu le jour de référence", _JOB, Story(0, "REN")),
        told("R13 cessation, plus inscrit", _JOB, Story(250, ceased=40)),
        told("R13 radiation, plus inscrit", _JOB, Story(250, struck=30)),
        told("R13 plus inscrit, date vide", _JOB, Story(Missing.EMPTY, ceased=40)),
        told("R13 réinscrit après cessation", _JOB, Story(250, registered=50, ceased=90), r13=True),
        told("R13 réinscrit après radiation", _JOB, Story(250, registered=50, struck=90), r13=True),
        told(
            "R13 inscription et cessation le même jour",
            _JOB,
            Story(250, registered=45, ceased=45),
            r13=True,
        ),
        told("R13 sans orientation", (), OLD, r13=True),
        told("R13 inconnu de Pôle emploi", _JOB),
    )


def silences() -> tuple[Scenario, ...]:
    """R13b: what ends the silence of the département, and what does not."""
    both = {"r13": True, "r13b": True}
    return (
        *(
            told(
                f"R13b double silence {code or 'sans modalité'}", _SILENT, Story(days, code), **both
            )
            for code, days in _THRESHOLDS
        ),
        told("R13b sociopro", oriented(300, "SOCIOPRO") + contract(290, -60), OLD, **both),
        told("R13b silence au seuil, 120 j", _RUNNING + appointment(120), OLD, **both),
        told("R13b silence sous le seuil, 119 j", _RUNNING + appointment(119), OLD, r13=True),
        told("R13b décision au seuil, 120 j", oriented(120), OLD, **both),
        told("R13b décision sous le seuil, 119 j", oriented(119), OLD, r13=True),
        told("R13b contrat au seuil, 120 j", oriented(200) + contract(120, -60), OLD, **both),
        told("R13b contrat récent", oriented(200) + contract(119, -60), OLD, r13=True),
        told("R13b contrat en attente", _SILENT + contract(20, -160, "EN_ATTENTE"), OLD, **both),
        told("R13b reçu par le CD", _SILENT + appointment(10), OLD, r13=True),
        told("R13b reçu le jour même", _SILENT + appointment(0), OLD, r13=True),
        told("R13b venu postérieur", _SILENT + appointment(-4), OLD, **both),
        told("R13b absence excusée", _SILENT + appointment(10, "ABSENT_EXCUSE"), OLD, **both),
        told(
            "R13b absence non excusée", _SILENT + appointment(9, "ABSENT_NON_EXCUSE"), OLD, **both
        ),
        told(
            "R13b rendez-vous prévu à 14 j",
            _SILENT + appointment(-14, "PREVU"),
            OLD,
            planned_soon=True,
            **both,
        ),
        told("R13b rendez-vous prévu à 45 j", _SILENT + appointment(-45, "PREVU"), OLD, **both),
        told("R13b orientation emploi", oriented(300, "EMPLOI"), OLD, r13=True),
        told("R13b silence du CD seul", _SILENT, FRESH),
        told("R13b silence du CD, inconnu de PE", _SILENT),
        told("R13b silence du CD, plus inscrit", _SILENT, Story(250, ceased=40)),
        *_unusable(),
    )


def _unusable() -> tuple[Scenario, ...]:
    return tuple(
        told(f"R13b {gap.value}", _SILENT, Story(gap), r13=gap.reason, r13b=gap.reason)
        for gap in (Missing.NO_TAG, Missing.EMPTY, Missing.YEAR)
    )


def links() -> tuple[Scenario, ...]:
    """Dossiers of Pôle emploi that must not be taken for this person's."""
    return (
        told("X même NIR, autre naissance", _SILENT, Story(250, link=Link.OTHER_BIRTH)),
        told("X contrat échu", LAPSED, Story(250, link=Link.OTHER_BIRTH), r09=True),
        told(
            "X contrat échu, rendez-vous prévu",
            LAPSED + appointment(-12, "PREVU"),
            Story(40, link=Link.OTHER_BIRTH),
            r09=True,
            planned_soon=True,
        ),
        told("M NIR provisoire", _SILENT, Story(250, link=Link.SAME_PROVISIONAL)),
        told("M NIR provisoire, échu", LAPSED, Story(9, link=Link.SAME_PROVISIONAL), r09=True),
        told("M homonyme d'une autre naissance", _SILENT, Story(250, link=Link.NAMESAKE)),
    )
