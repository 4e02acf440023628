"""R11: unexcused absences with no appointment kept in between. Measured at `as_of`.

An appointment whose status nobody updated may have been kept: the rule does not answer. Its delay is how
far back absences count; how many it takes is a choice of its own: one alone would be half the population.
"""

import polars as pl

from gateway.rules.rule import Evidence, Family, Flow, Moment, Reason, Rule, Verdict


def _judge(moment: Moment) -> Verdict:
    first = pl.col("PREMIERE_ABSENCE")
    unclear = pl.col("RDV_SANS_STATUT").fill_null(value=False)
    return Verdict(
        triggered=pl.col("ABSENCES") >= moment.thresholds.absences,
        since=first,
        days=moment.days_since(first, Flow.CD),
        threshold=pl.lit(moment.thresholds["R11"], pl.Int64),
        reason=pl.when(unclear).then(pl.lit(Reason.STATUS_UNKNOWN.value)),
        evidence=(
            Evidence("absences", pl.col("ABSENCES"), Flow.CD),
            Evidence("premiere_absence", first, Flow.CD),
        ),
    )


RULE = Rule(
    id="R11",
    name="Absences répétées non excusées",
    definition=(
        "La personne a manqué, sans excuse et sans rendez-vous honoré entre-temps, deux rendez-vous du "
        "département dans les six derniers mois."
    ),
    legal_source=(
        "Code de l'action sociale et des familles, art. L262-37 ; usage des départements : deux absences "
        "consécutives (50 % des rendez-vous ne sont pas honorés, une seule ne dit rien)."
    ),
    delays=("R11",),
    sources=(Flow.CD,),
    false_positives=(
        "Présence non saisie.",
        "Excuse reçue après le rendez-vous.",
        "Convocation jamais arrivée.",
    ),
    sentence=(
        "{absences.valeur} absences non excusées depuis le {depuis}, sans rendez-vous honoré depuis "
        "(absences comptées sur {seuil})."
    ),
    judge=_judge,
    family=Family.CONTACT,
    weight=3,
)
