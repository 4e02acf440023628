"""R10: the contract ends soon and no appointment is planned. Département's facts only, measured at `as_of`.

The clock starts when the end comes near, not at the end: the delay is how long before it one looks. On
the day after the end it is R09 that counts.
"""

import polars as pl

from gateway.rules.codes import FOLLOWED_BY_CD
from gateway.rules.rule import Evidence, Family, Flow, Moment, Rule, Verdict


def _judge(moment: Moment) -> Verdict:
    end = pl.col("FIN_CONTRAT")  # null while a contract has no end
    ahead = moment.thresholds["R10"]
    near = end.dt.offset_by(f"-{ahead}d")
    days = moment.days_since(near, Flow.CD)
    followed = pl.col("ORIENTATION").is_in(FOLLOWED_BY_CD)
    ends_soon = followed & days.is_between(0, ahead)
    return Verdict(
        triggered=ends_soon & pl.col("RDV_PREVU").is_null(),
        since=pl.when(ends_soon).then(near),
        days=days,
        threshold=pl.lit(0, pl.Int64),
        evidence=(
            Evidence("orientation", pl.col("ORIENTATION"), Flow.CD),
            Evidence("fin_contrat", end, Flow.CD, pl.lit(ahead, pl.Int64)),
            Evidence("contrat_en_attente", pl.col("CONTRAT_EN_ATTENTE"), Flow.CD),
        ),
    )


RULE = Rule(
    id="R10",
    name="Contrat arrivant à terme sans rendez-vous prévu",
    definition=(
        "Le dernier contrat de la personne, suivie en parcours social ou socioprofessionnel, se termine "
        "bientôt et aucun rendez-vous n'est prévu."
    ),
    legal_source=(
        "Code de l'action sociale et des familles, art. L262-35 et L262-36 (contrat librement débattu, "
        "renouvelé avant son terme) ; délai : alerte d'échéance pratiquée par les départements (un mois)."
    ),
    delays=("R10",),
    sources=(Flow.CD,),
    false_positives=(
        "Rendez-vous pris hors de l'outil.",
        "Renouvellement déjà signé, en attente de validation.",
    ),
    sentence="Contrat se terminant le {fin_contrat.le}, sans rendez-vous prévu.",
    remarks={
        "contrat_en_attente": (
            "Un contrat commençant le {contrat_en_attente.le} est en attente de validation."
        ),
    },
    judge=_judge,
    family=Family.CONTRACT,
    weight=1,
    optional=True,
    awaits=True,
)
