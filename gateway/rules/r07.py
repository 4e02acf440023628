"""R07: oriented to a social track, notified, and no contract covers the orientation. Measured at `as_of`."""

import polars as pl

from gateway.rules.codes import EMPLOYMENT, FOLLOWED_BY_CD
from gateway.rules.rule import Evidence, Family, Flow, Moment, Rule, Verdict

TRACKS = (*FOLLOWED_BY_CD, EMPLOYMENT)  # employment only where the law says one contract for all


def _judge(moment: Moment) -> Verdict:
    notified = pl.coalesce("NOTIFICATION", "DECISION")
    days = moment.days_since(notified, Flow.CD)
    given = {track: moment.thresholds.delays.get(f"R07.{track}") for track in TRACKS}
    delays = {track: days for track, days in given.items() if days is not None}
    threshold = pl.col("ORIENTATION").replace_strict(delays, default=None, return_dtype=pl.Int64)
    bare = threshold.is_not_null() & ~pl.col("COUVERT")
    return Verdict(
        triggered=bare & (days >= threshold),
        since=pl.when(bare).then(notified),
        days=days,
        threshold=threshold,
        evidence=(
            Evidence("orientation", pl.col("ORIENTATION"), Flow.CD),
            Evidence("date_decision", pl.col("DECISION"), Flow.CD),
            Evidence("date_notification", pl.col("NOTIFICATION"), Flow.CD),
            Evidence("contrat_en_attente", pl.col("CONTRAT_EN_ATTENTE"), Flow.CD),
        ),
    )


RULE = Rule(
    id="R07",
    name="Pas de premier contrat",
    definition=(
        "L'orientation sociale ou socioprofessionnelle a été notifiée et aucun contrat validé ne la couvre."
    ),
    legal_source=(
        "Code de l'action sociale et des familles, art. L262-35 (un mois) et L262-36 (deux mois), plus 30 jours "
        "de tolérance ; délai moyen constaté : 53 jours (enquête OARSA 2019)."
    ),
    delays=tuple(f"R07.{track}" for track in FOLLOWED_BY_CD),
    sources=(Flow.CD,),
    false_positives=(
        "Contrat signé, en attente de validation.",
        "Contrat saisi en retard.",
    ),
    sentence=(
        "Orientation notifiée ou décidée le {depuis}, sans contrat validé {jours} après (seuil : {seuil})."
    ),
    remarks={
        "contrat_en_attente": (
            "Un contrat commençant le {contrat_en_attente.le} est en attente de validation."
        ),
    },
    judge=_judge,
    family=Family.CONTRACT,
    weight=3,
    awaits=True,
)
