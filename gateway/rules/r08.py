"""R08: registered, and no personal project (PPAE) signed nor notified. Measured at Pôle emploi's reference date."""

import polars as pl

from gateway.rules.codes import REGISTERED
from gateway.rules.rule import Evidence, Family, Flow, Moment, Rule, Verdict


def _judge(moment: Moment) -> Verdict:
    entered = pl.col("PE_DEPUIS")
    days = moment.days_since(entered, Flow.PE)
    threshold = pl.lit(moment.thresholds["R08"], pl.Int64)
    waits = (pl.col("PE_ETAT") == REGISTERED) & pl.col("PPAE").is_null()
    return Verdict(
        triggered=waits & (days >= threshold),
        since=pl.when(waits).then(entered),
        days=days,
        threshold=threshold,
        evidence=(
            Evidence("inscription_pe", entered, Flow.PE, threshold),
            Evidence("ppae", pl.col("PPAE"), Flow.PE),
        ),
    )


RULE = Rule(
    id="R08",
    name="Inscrit à Pôle emploi sans projet personnalisé (PPAE)",
    definition=(
        "La personne est inscrite à Pôle emploi, et ni la signature ni la notification d'un projet personnalisé "
        "d'accès à l'emploi n'est connue."
    ),
    legal_source=(
        "Code du travail, art. R5411-14 (à l'inscription ou dans les 15 jours), plus un cycle de fichier."
    ),
    delays=("R08",),
    sources=(Flow.PE,),
    false_positives=(
        "Dates du projet non transmises par Pôle emploi.",
        "Projet signé lors d'une inscription plus ancienne.",
    ),
    sentence=(
        "Inscrit à Pôle emploi le {depuis}, sans projet personnalisé {jours} après, au {au} (seuil : {seuil})."
    ),
    judge=_judge,
    family=Family.CONTRACT,
    weight=2,
)
