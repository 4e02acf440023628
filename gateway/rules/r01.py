"""R01: subject to duties for too long without any decision of orientation. Measured at `as_of`."""

import polars as pl

from gateway.rules.rule import Evidence, Family, Flow, Moment, Reason, Rule, Verdict


def _judge(moment: Moment) -> Verdict:
    since = pl.col("SOUMIS_DEPUIS")
    days = moment.days_since(since, Flow.CD)
    threshold = pl.lit(moment.thresholds["R01"], pl.Int64)
    waits = pl.col("ORIENTATION").is_null()
    unknown = pl.lit(Reason.ENTRY_UNKNOWN.value)
    return Verdict(
        triggered=waits & (days >= threshold),
        since=pl.when(waits).then(since),
        days=days,
        threshold=threshold,
        reason=pl.when(waits & since.is_null()).then(unknown),
        evidence=(
            Evidence("soumis_depuis", since, Flow.CD, threshold),
            Evidence("etat_droit", pl.col("ETAT_DROIT"), Flow.CNAF),
        ),
    )


RULE = Rule(
    id="R01",
    name="Entrée en droits et devoirs sans orientation",
    definition=(
        "La personne est soumise aux droits et devoirs depuis plus longtemps que le délai d'orientation "
        "et aucune décision d'orientation n'est connue."
    ),
    legal_source=(
        "Code de l'action sociale et des familles, art. R262-65-2 (deux mois) ; délai moyen constaté : "
        "95 jours (enquête OARSA 2019)."
    ),
    delays=("R01",),
    sources=(Flow.CD, Flow.CNAF),
    false_positives=(
        "Orientation décidée sur papier, non saisie.",
        "Droit interrompu puis repris sans que le département l'ait su.",
        "Date de réception différente de la date d'effet.",
    ),
    sentence=(
        "Soumis aux droits et devoirs depuis le {depuis}, soit {jours}, sans décision d'orientation "
        "(seuil : {seuil})."
    ),
    judge=_judge,
    family=Family.ORGANISATION,
    weight=3,
)
