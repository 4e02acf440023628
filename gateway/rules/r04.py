"""R04: removed from Pôle emploi's list after the present orientation. At once, as soon as the file says so."""

import polars as pl

from gateway.rules.codes import REMOVED
from gateway.rules.rule import Evidence, Family, Flow, Moment, Rule, Verdict


def _judge(moment: Moment) -> Verdict:
    removed = pl.col("PE_DEPUIS")
    days = moment.days_since(removed, Flow.PE)
    threshold = pl.lit(moment.thresholds["R04"], pl.Int64)
    since_decision = (pl.col("PE_ETAT") == REMOVED) & (removed > pl.col("DECISION"))
    return Verdict(
        triggered=since_decision & (days >= threshold),
        since=pl.when(since_decision).then(removed),
        days=days,
        threshold=threshold,
        evidence=(
            Evidence("radiation_pe", removed, Flow.PE, threshold),
            Evidence("motif_radiation", pl.col("PE_MOTIF"), Flow.PE),
            Evidence("orientation", pl.col("ORIENTATION"), Flow.CD),
            Evidence("date_decision", pl.col("DECISION"), Flow.CD),
        ),
    )


RULE = Rule(
    id="R04",
    name="Radiation de la liste",
    definition=(
        "Le dernier événement connu de Pôle emploi est une radiation, postérieure à l'orientation en cours."
    ),
    legal_source=(
        "Code de l'action sociale et des familles, art. L262-37, 3° ; code du travail, art. L5412-1 et R5412-5."
    ),
    delays=("R04",),
    sources=(Flow.CD, Flow.PE),
    false_positives=(
        "Recours ou annulation de la radiation en cours.",
        "Homonyme.",
        "Radiation plus ancienne que ce que le fichier en dit.",
    ),
    sentence="Radié de la liste de Pôle emploi le {depuis}, {jours} avant le {au}.",
    judge=_judge,
    family=Family.EXIT,
    weight=5,
)
