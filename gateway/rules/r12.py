"""R12: no contact known to the département. Its facts only, measured at `as_of`; R13b reads it."""

import polars as pl

from gateway.rules.codes import FOLLOWED_BY_CD
from gateway.rules.rule import Evidence, Family, Flow, Moment, Rule, Verdict


def _judge(moment: Moment) -> Verdict:
    contact = pl.col("DERNIER_CONTACT_CD")
    days = moment.days_since(contact, Flow.CD)
    threshold = pl.lit(moment.thresholds["R12"], pl.Int64)
    followed = pl.col("ORIENTATION").is_in(FOLLOWED_BY_CD)
    return Verdict(
        triggered=followed & (days >= threshold),
        since=pl.when(followed).then(contact),
        days=days,
        threshold=threshold,
        evidence=(
            Evidence("orientation", pl.col("ORIENTATION"), Flow.CD),
            Evidence("dernier_contact_cd", contact, Flow.CD, threshold),
        ),
    )


RULE = Rule(
    id="R12",
    name="Aucun contact avec le département",
    definition=(
        "La personne, orientée vers un parcours social ou socioprofessionnel, n'a eu ni décision "
        "d'orientation, ni rendez-vous honoré, ni contrat commencé depuis longtemps."
    ),
    legal_source=(
        "Usage, entre la déclaration trimestrielle de ressources et le réexamen à six mois du "
        "contrat ; délai à ajuster avec chaque département."
    ),
    delays=("R12",),
    sources=(Flow.CD,),
    false_positives=(
        "Contact non saisi (téléphone, partenaire).",
        "Rendez-vous honoré dont la présence n'a pas été saisie.",
    ),
    sentence=(
        "Aucun contact connu du département depuis le {depuis}, soit {jours} (seuil : {seuil})."
    ),
    judge=_judge,
    family=Family.CONTACT,
    weight=2,
)
