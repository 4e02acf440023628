"""R15: oriented, and nothing has happened since, on either side. Measured at Pôle emploi's reference date.

Anything counts: an appointment of any status but cancelled, planned ones too; a contract, even awaiting
validation, that covers the orientation; any date at Pôle emploi, the day of the decision included.
"""

import polars as pl

from gateway.rules.rule import Evidence, Family, Flow, Moment, Rule, Verdict


def _judge(moment: Moment) -> Verdict:
    decided = pl.col("DECISION")
    days = moment.days_since(decided, Flow.PE)
    threshold = pl.lit(moment.thresholds["R15"], pl.Int64)
    told = (
        pl.col("RDV_DEPUIS_DECISION").fill_null(value=False)
        | pl.col("COUVERT").fill_null(value=False)
        | pl.col("ATTENTE_COUVRE").fill_null(value=False)
        | (pl.col("DERNIER_ACTE_PE") >= decided).fill_null(value=False)
    )
    silent = decided.is_not_null() & ~told
    return Verdict(
        triggered=silent & (days >= threshold),
        since=pl.when(silent).then(decided),
        days=days,
        threshold=threshold,
        evidence=(
            Evidence("orientation", pl.col("ORIENTATION"), Flow.CD),
            Evidence("date_decision", decided, Flow.CD, threshold),
            Evidence("dernier_acte_pe", pl.col("DERNIER_ACTE_PE"), Flow.PE),
        ),
    )


RULE = Rule(
    id="R15",
    name="Orientation restée sans suite",
    definition=(
        "Depuis la décision d'orientation, aucun rendez-vous, aucun contrat et aucune date à Pôle emploi ne "
        "sont connus."
    ),
    legal_source=(
        "Code de l'action sociale et des familles, art. L262-34 à L262-36 ; délai : moyenne constatée (53 jours, "
        "enquête OARSA 2019) plus un mois."
    ),
    delays=("R15",),
    sources=(Flow.CD, Flow.PE),
    false_positives=("Premier rendez-vous non saisi.",),
    sentence=(
        "Orientation décidée le {depuis}, sans rendez-vous, contrat ni suite connue à Pôle emploi {jours} après, "
        "au {au} (seuil : {seuil})."
    ),
    judge=_judge,
    family=Family.CONTRACT,
    weight=3,
)
