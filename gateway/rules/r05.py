"""R05: removed for longer than two months and no new orientation since. Measured at Pôle emploi's reference date.

The duration written in the label of a removal is not used: it is a text.
"""

import polars as pl

from gateway.rules.codes import REMOVED
from gateway.rules.rule import Evidence, Family, Flow, Moment, Rule, Verdict


def _judge(moment: Moment) -> Verdict:
    removed = pl.col("PE_DEPUIS")
    days = moment.days_since(removed, Flow.PE)
    threshold = pl.lit(moment.thresholds["R05"], pl.Int64)
    reoriented = (pl.col("DECISION") > removed).fill_null(value=False)
    left_so = (pl.col("PE_ETAT") == REMOVED) & ~reoriented
    return Verdict(
        triggered=left_so & (days >= threshold),
        since=pl.when(left_so).then(removed),
        days=days,
        threshold=threshold,
        evidence=(
            Evidence("radiation_pe", removed, Flow.PE, threshold),
            Evidence("motif_radiation", pl.col("PE_MOTIF"), Flow.PE),
            Evidence("date_decision", pl.col("DECISION"), Flow.CD),
        ),
    )


RULE = Rule(
    id="R05",
    name="Radiation longue sans réorientation",
    definition=(
        "La personne est radiée de la liste de Pôle emploi depuis plus de deux mois et aucune décision "
        "d'orientation n'a été prise depuis."
    ),
    legal_source=("Code de l'action sociale et des familles, art. L262-30 et D262-73 (deux mois)."),
    delays=("R05",),
    sources=(Flow.CD, Flow.PE),
    false_positives=("Réorientation décidée, non saisie.",),
    sentence=(
        "Radié de la liste de Pôle emploi le {depuis}, sans nouvelle orientation {jours} après, au {au} "
        "(seuil : {seuil})."
    ),
    judge=_judge,
    family=Family.EXIT,
    weight=3,
)
