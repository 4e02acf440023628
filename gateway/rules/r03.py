"""R03: Pôle emploi ceased the registration for want of the monthly update. Measured at its reference date."""

import polars as pl

from gateway.rules.codes import CEASED, NO_UPDATE
from gateway.rules.rule import Evidence, Family, Flow, Moment, Rule, Verdict


def _judge(moment: Moment) -> Verdict:
    ceased = pl.col("PE_DEPUIS")
    days = moment.days_since(ceased, Flow.PE)
    threshold = pl.lit(moment.thresholds["R03"], pl.Int64)
    forgot = (pl.col("PE_ETAT") == CEASED) & pl.col("PE_MOTIF").is_in(NO_UPDATE)
    return Verdict(
        triggered=forgot & (days >= threshold),
        since=pl.when(forgot).then(ceased),
        days=days,
        threshold=threshold,
        evidence=(
            Evidence("cessation_pe", ceased, Flow.PE, threshold),
            Evidence("motif_cessation", pl.col("PE_MOTIF"), Flow.PE),
            Evidence("orientation", pl.col("ORIENTATION"), Flow.CD),
        ),
    )


RULE = Rule(
    id="R03",
    name="Cessation d'inscription par défaut d'actualisation",
    definition=(
        "Pôle emploi a cessé l'inscription parce que la personne n'a pas fait son actualisation (code 90), "
        "et elle ne s'est pas réinscrite."
    ),
    legal_source=(
        "Code du travail, art. R5411-17, 1° ; code de l'action sociale et des familles, art. R262-72 (un mois) "
        "et R262-112, 4°, b)."
    ),
    delays=("R03",),
    sources=(Flow.CD, Flow.PE),
    false_positives=(
        "Emploi repris sans en prévenir Pôle emploi.",
        "Maladie.",
        "Actualisation tardive, régularisée après l'arrêté du fichier.",
    ),
    sentence=(
        "Inscription à Pôle emploi cessée le {depuis} faute d'actualisation, sans réinscription {jours} après, "
        "au {au} (seuil : {seuil})."
    ),
    judge=_judge,
    family=Family.EXIT,
    weight=4,
)
