"""R06: left Pôle emploi's list for a reason that is not known to be good. Measured at its reference date."""

import polars as pl

from gateway.rules.codes import CEASED, REMOVED
from gateway.rules.rule import Evidence, Family, Flow, Moment, Rule, Verdict


def _judge(moment: Moment) -> Verdict:
    exit_ = pl.col("PE_DEPUIS")
    days = moment.days_since(exit_, Flow.PE)
    threshold = pl.lit(moment.thresholds["R06"], pl.Int64)
    benign = pl.col("PE_MOTIF").is_in(moment.thresholds.harmless_exits).fill_null(value=False)
    out = pl.col("PE_ETAT").is_in((CEASED, REMOVED)) & ~benign
    return Verdict(
        triggered=out & (days >= threshold),
        since=pl.when(out).then(exit_),
        days=days,
        threshold=threshold,
        evidence=(
            Evidence("etat_pe", pl.col("PE_ETAT"), Flow.PE),
            Evidence("sortie_pe", exit_, Flow.PE, threshold),
            Evidence("motif_sortie", pl.col("PE_MOTIF"), Flow.PE),
            Evidence("orientation", pl.col("ORIENTATION"), Flow.CD),
        ),
    )


RULE = Rule(
    id="R06",
    name="Sortie de liste sans motif positif connu",
    definition=(
        "La personne est sortie de la liste de Pôle emploi, pour un motif qui n'est pas dans la table des "
        "sorties sans rupture, et n'y est pas revenue."
    ),
    legal_source=(
        "Code de l'action sociale et des familles, art. L262-37, 3° ; délai et table des motifs : sélection "
        "des radiés pratiquée par les départements (70 jours)."
    ),
    delays=("R06",),
    sources=(Flow.CD, Flow.PE),
    false_positives=(
        "Table des motifs incomplète.",
        "Déménagement dans un autre département.",
    ),
    sentence=(
        "Sorti de la liste de Pôle emploi le {depuis}, sans motif positif connu ni retour {jours} après, "
        "au {au} (seuil : {seuil})."
    ),
    judge=_judge,
    family=Family.EXIT,
    weight=3,
)
