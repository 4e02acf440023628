"""R16: a social track that nobody looked at again. Département's facts only, measured at `as_of`.

A signal for whoever runs the service: nothing the person did or did not do. Whether there is a contract
plays no part: the law asks for the review either way.
"""

import polars as pl

from gateway.rules.rule import Evidence, Family, Flow, Moment, Rule, Verdict

SOCIAL = "SOCIAL"


def _judge(moment: Moment) -> Verdict:
    social = pl.col("ORIENTATION") == SOCIAL
    looked = pl.max_horizontal("DECISION", "DERNIER_EXAMEN")
    days = moment.days_since(looked, Flow.CD)
    threshold = pl.lit(moment.thresholds["R16"], pl.Int64)
    late = pl.lit(moment.thresholds["R16.RETARD"], pl.Int64)
    return Verdict(
        triggered=social & (days >= threshold),
        since=pl.when(social).then(looked),
        days=days,
        threshold=threshold,
        evidence=(
            Evidence("orientation", pl.col("ORIENTATION"), Flow.CD),
            Evidence("date_decision", pl.col("DECISION"), Flow.CD),
            Evidence("dernier_examen", pl.col("DERNIER_EXAMEN"), Flow.CD, threshold),
            Evidence("retard", pl.when(social & (days >= late)).then(looked), Flow.CD, late),
        ),
    )


RULE = Rule(
    id="R16",
    name="Parcours social sans réexamen",
    definition=(
        "La personne est en parcours social depuis plus longtemps que la loi ne le prévoit sans "
        "réorientation ni examen de sa situation par l'équipe pluridisciplinaire. Signal adressé au "
        "service : rien n'est reproché à la personne."
    ),
    legal_source=(
        "Code de l'action sociale et des familles, art. L262-31 (réexamen à six mois, douze au plus ; "
        "douze mois depuis la loi n° 2023-1196)."
    ),
    delays=("R16", "R16.RETARD"),
    sources=(Flow.CD,),
    false_positives=(
        "Décision de maintien prise et non saisie.",
        "Examen par l'équipe pluridisciplinaire tenu hors de l'outil.",
    ),
    sentence=(
        "Parcours social sans décision ni examen depuis le {depuis}, soit {jours} (seuil : {seuil})."
    ),
    remarks={"retard": "Le délai le plus long est dépassé ({retard.seuil})."},
    judge=_judge,
    family=Family.ORGANISATION,
    weight=1,
    optional=True,
)
