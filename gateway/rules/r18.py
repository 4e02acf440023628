"""R18: the right is suspended because nobody could reach the person. CNAF's facts, measured at `as_of`.

Its gate is wider than the others': a payment suspended for absence from the household puts the person out
of the population, and is just what this rule is for.
"""

import polars as pl

from gateway.rules.codes import SUSPENDED
from gateway.rules.rule import Evidence, Family, Flow, Gate, Moment, Reason, Rule, Verdict


def _judge(moment: Moment) -> Verdict:
    since = pl.col("PERTE_CONTACT_DEPUIS")
    days = moment.days_since(since, Flow.CNAF)
    threshold = pl.lit(moment.thresholds["R18"], pl.Int64)
    lost = pl.col("ETAT_DROIT").is_in(SUSPENDED) & pl.col("PERTE_CONTACT").fill_null(value=False)
    undated = pl.lit(Reason.DATE_ABSENT.value)
    return Verdict(
        triggered=lost & (days >= threshold),
        since=pl.when(lost).then(since),
        days=days,
        threshold=threshold,
        reason=pl.when(lost & since.is_null()).then(undated),
        evidence=(
            Evidence("etat_droit", pl.col("ETAT_DROIT"), Flow.CNAF),
            Evidence("motif_suspension", pl.col("PERTE_CONTACT_MOTIF"), Flow.CNAF),
            Evidence("suspendu_depuis", since, Flow.CNAF, threshold),
        ),
    )


RULE = Rule(
    id="R18",
    name="Droit suspendu pour motif de perte de contact",
    definition=(
        "Le droit ou le versement est suspendu pour un motif qui dit que la personne n'a pas répondu : déclaration "
        "non fournie, courrier non distribué, adresse inconnue, absence du foyer, action non engagée."
    ),
    legal_source=(
        "Code de l'action sociale et des familles, art. R262-40, 2° ; le droit est clos après quatre mois sans "
        "versement."
    ),
    delays=("R18",),
    sources=(Flow.CNAF,),
    false_positives=(
        "Déclaration simplement en retard.",
        "Situation régularisée le mois suivant.",
    ),
    sentence=(
        "Droit ou versement du RSA suspendu depuis le {depuis}, soit {jours}, pour un motif de perte de contact "
        "(seuil : {seuil})."
    ),
    judge=_judge,
    family=Family.RIGHTS,
    weight=3,
    gate=Gate.SUSPENDED,
)
