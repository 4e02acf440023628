"""R14: oriented, and no référent: an institutional break, whose reader is the head of the service.

Measured at `as_of`.
"""

import polars as pl

from gateway.rules.rule import Evidence, Family, Flow, Moment, Rule, Verdict


def _judge(moment: Moment) -> Verdict:
    alone_since = pl.max_horizontal("DECISION", "FIN_REFERENT")
    days = moment.days_since(alone_since, Flow.CD)
    threshold = pl.lit(moment.thresholds["R14"], pl.Int64)
    alone = pl.col("ORIENTATION").is_not_null() & ~pl.col("REFERENT_ACTIF")
    return Verdict(
        triggered=alone & (days >= threshold),
        since=pl.when(alone).then(alone_since),
        days=days,
        threshold=threshold,
        evidence=(
            Evidence("orientation", pl.col("ORIENTATION"), Flow.CD),
            Evidence("date_decision", pl.col("DECISION"), Flow.CD),
            Evidence("fin_referent", pl.col("FIN_REFERENT"), Flow.CD, threshold),
        ),
    )


RULE = Rule(
    id="R14",
    name="Sans référent",
    definition=(
        "La personne est orientée et aucun référent n'est désigné, ou la dernière désignation est terminée."
    ),
    legal_source="Code de l'action sociale et des familles, art. L262-27 et L262-30.",
    delays=("R14",),
    sources=(Flow.CD,),
    false_positives=("Changement de référent en cours.", "Désignation non saisie."),
    sentence="Sans référent depuis le {depuis}, soit {jours} (seuil : {seuil}).",
    judge=_judge,
    family=Family.ORGANISATION,
    weight=2,
)
