"""R09: the last contract ended and nothing replaced it. Département's facts only, measured at `as_of`."""

import polars as pl

from gateway.rules.codes import FOLLOWED_BY_CD
from gateway.rules.rule import Evidence, Family, Flow, Moment, Rule, Verdict


def _judge(moment: Moment) -> Verdict:
    end = pl.col("FIN_CONTRAT")
    days = moment.days_since(end, Flow.CD)
    threshold = pl.lit(moment.thresholds["R09"], pl.Int64)
    followed = pl.col("ORIENTATION").is_in(FOLLOWED_BY_CD)
    since = pl.when(followed).then(end)  # FIN_CONTRAT is null while a contract has no end
    return Verdict(
        triggered=followed & (days >= threshold),
        since=since,
        days=days,
        threshold=threshold,
        evidence=(
            Evidence("orientation", pl.col("ORIENTATION"), Flow.CD),
            Evidence("date_decision", pl.col("DECISION"), Flow.CD),
            Evidence("fin_contrat", end, Flow.CD, threshold),
            Evidence("contrat_en_attente", pl.col("CONTRAT_EN_ATTENTE"), Flow.CD),
        ),
    )


RULE = Rule(
    id="R09",
    name="Contrat échu non renouvelé",
    definition=(
        "Le dernier contrat validé de la personne est terminé, aucun autre ne l'a remplacé et son "
        "orientation sociale ou socioprofessionnelle court toujours."
    ),
    legal_source=(
        "Code de l'action sociale et des familles, art. L262-37, 1° ; délai : relance de contrat "
        "non renouvelé pratiquée par les départements (60 jours)."
    ),
    delays=("R09",),
    sources=(Flow.CD,),
    false_positives=(
        "Reconduction tacite du contrat, non saisie.",
        "Renouvellement signé, en attente de validation.",
        "Personne passée à l'accompagnement par Pôle emploi sans nouvelle décision saisie.",
        "Reprise d'emploi.",
    ),
    sentence="Contrat terminé le {depuis} et non renouvelé depuis {jours} (seuil : {seuil}).",
    remarks={
        "contrat_en_attente": (
            "Un contrat commençant le {contrat_en_attente.le} est en attente de validation."
        ),
    },
    judge=_judge,
    family=Family.CONTRACT,
    weight=4,
    awaits=True,
)
