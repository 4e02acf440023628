"""How a signal ended: what the journey tells of it, among the outcomes of the catalogue (section 5.5).

1. First the surest: absent from the file, silenced for good, corrected; then what brought the person back.
2. A fact explains an end when it is as late as the clock of the signal. Each family has its likeliest
   reasons first: a contract ends the silence about contracts, even signed after a meeting.
3. What we cannot name is `sans_suite`: it says nothing of the person.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from gateway.rules.rule import Family, Rule

BY_CONTRACT, BY_REGISTRATION, BY_MEETING = (
    "remobilise_contrat",
    "remobilise_inscription",
    "remobilise_rdv",
)
JOB, TRAINING, CLOSED, MOVED = "sorti_emploi", "sorti_formation", "droit_clos", "demenage"
MISTAKE, NOTHING = "erreur_donnee", "sans_suite"
OUTCOMES = {
    BY_CONTRACT: "Reprise par un contrat validé",
    BY_REGISTRATION: "Reprise par une inscription à Pôle emploi",
    BY_MEETING: "Reprise par un rendez-vous honoré ou un entretien",
    JOB: "Reprise d'emploi",
    TRAINING: "Entrée en formation",
    CLOSED: "Droit au RSA clos",
    MOVED: "Départ du département",
    MISTAKE: "Donnée corrigée : le signal n'avait pas lieu d'être",
    NOTHING: "Fin sans cause connue de la passerelle",
}

# Silences that end a signal. The others (health, procedure, doubt, a professional's return…) only pause.
_ENDS_PERSON = {"S1": CLOSED, "S8": MOVED}
_WORKING = {"S3", "S4"}  # an exit of the list for a good reason, a job or training begun since
_OUT_OF_DUTIES = {"S2", "S10"}
ENDING = (*_ENDS_PERSON, *_WORKING, *_OUT_OF_DUTIES)
# What ends a signal of each family, first the likeliest; a contract that covers counts for contracts.
_REASONS = {
    Family.EXIT: (BY_REGISTRATION, BY_CONTRACT, BY_MEETING),
    Family.CONTRACT: (BY_CONTRACT, BY_MEETING, BY_REGISTRATION),
    Family.CONTACT: (BY_MEETING, BY_CONTRACT, BY_REGISTRATION),
    Family.RIGHTS: (BY_MEETING, BY_CONTRACT, BY_REGISTRATION),
    Family.ORGANISATION: (),  # the service did its part: nobody came back
}
_EVENTS = {BY_REGISTRATION: "INSCRIPTION", BY_CONTRACT: "CONTRAT", BY_MEETING: "RENCONTRE"}


def outcome(as_of: date, rules: Mapping[str, Rule]) -> pl.Expr:
    """Why it ended, first the surest: absent, silenced for good, corrected, come back."""
    corrected = pl.col("OUVERT_LE") == as_of
    return (
        pl.when(pl.col("PRESENT").is_null())
        .then(pl.lit(NOTHING))
        .when(pl.col("SILENCE").is_in(list(_ENDS_PERSON)))
        .then(pl.col("SILENCE").replace_strict(_ENDS_PERSON, default=None, return_dtype=pl.String))
        .when(pl.col("SILENCE").is_in(list(_WORKING)))
        .then(_working())
        .when(pl.col("SILENCE").is_in(list(_OUT_OF_DUTIES)))
        .then(pl.lit(NOTHING))
        .when(corrected)
        .then(pl.lit(MISTAKE))
        .otherwise(pl.coalesce(_come_back(rules), pl.lit(NOTHING)))
    )


def _working() -> pl.Expr:
    """The job or training begun since, the later of the two; an exit for a reason we cannot name is none."""
    worked = (pl.col("EMPLOI") >= pl.col("DEPUIS")).fill_null(value=False)
    trained = (pl.col("FORMATION") >= pl.col("DEPUIS")).fill_null(value=False)
    later = (pl.col("FORMATION") > pl.col("EMPLOI")).fill_null(value=True)
    return (
        pl.when(trained & later)
        .then(pl.lit(TRAINING))
        .when(worked)
        .then(pl.lit(JOB))
        .otherwise(pl.lit(NOTHING))
    )


def _come_back(rules: Mapping[str, Rule]) -> pl.Expr:
    of = {family: [n for n, rule in rules.items() if rule.family is family] for family in Family}
    return pl.coalesce(
        pl.when(pl.col("REGLE").is_in(of[family]) & _since(how, family)).then(pl.lit(how))
        for family, hows in _REASONS.items()
        for how in hows
    )


def _since(how: str, family: Family) -> pl.Expr:
    """The fact is as late as the clock of the signal; a contract that runs beyond it covers it."""
    since = pl.col(_EVENTS[how]) >= pl.col("DEPUIS")
    if how == BY_CONTRACT and family is Family.CONTRACT:
        since = since.fill_null(value=False) | (pl.col("CONTRAT_JUSQUE") > pl.col("DEPUIS"))
    return since.fill_null(value=False)
