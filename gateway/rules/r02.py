"""R02: oriented to employment, and Pôle emploi has not registered the person. Measured at its reference date.

Any present registration counts, even older than the decision; an exit after the decision means that the
person was registered then, and is what R03 to R06 look at.
"""

import polars as pl

from gateway.rules.codes import EMPLOYMENT, REGISTERED
from gateway.rules.rule import Evidence, Family, Flow, Moment, Rule, Verdict


def _judge(moment: Moment) -> Verdict:
    decided = pl.col("DECISION")
    days = moment.days_since(decided, Flow.PE)
    threshold = pl.lit(moment.thresholds["R02"], pl.Int64)
    oriented = pl.col("ORIENTATION") == EMPLOYMENT
    registered = (pl.col("PE_ETAT") == REGISTERED).fill_null(value=False)
    left_since = (pl.col("DERNIERE_SORTIE") > decided).fill_null(value=False)
    absent = oriented & ~registered & ~left_since
    return Verdict(
        triggered=absent & (days >= threshold),
        since=pl.when(absent).then(decided),
        days=days,
        threshold=threshold,
        evidence=(
            Evidence("orientation", pl.col("ORIENTATION"), Flow.CD),
            Evidence("date_decision", decided, Flow.CD, threshold),
            Evidence("derniere_sortie_pe", pl.col("DERNIERE_SORTIE"), Flow.PE),
        ),
    )


RULE = Rule(
    id="R02",
    name="Orienté vers Pôle emploi, non inscrit",
    definition=(
        "La personne est orientée vers l'emploi, n'est pas inscrite à Pôle emploi et n'en est pas sortie "
        "depuis la décision."
    ),
    legal_source=(
        "Code de l'action sociale et des familles, art. L262-34 et L262-37 ; délai : détection des "
        "non-inscrits pratiquée par les départements (deux mois)."
    ),
    delays=("R02",),
    sources=(Flow.CD, Flow.PE),
    false_positives=(
        "Inscription sous un autre nom ou un autre NIR.",
        "Inscription enregistrée après la date du fichier de Pôle emploi.",
        "Suivi par un autre organisme du service public de l'emploi.",
    ),
    sentence=(
        "Orientation vers l'emploi décidée le {depuis}, sans inscription à Pôle emploi {jours} après, "
        "au {au} (seuil : {seuil})."
    ),
    judge=_judge,
    family=Family.EXIT,
    weight=4,
)
