"""R19: a move in the middle of a journey, and nobody met since. The CNAF dates the move.

1. A journey is open when an orientation was decided on or before the day of the move; somebody who
   arrives from another département has one by nature, until this one decides its own.
2. Any appointment on or after that day counts, planned ones too; cancelled ones do not.
3. After the window, the move is no longer the reason of the silence: R12 speaks then.
"""

import polars as pl

from gateway.rules.rule import Evidence, Family, Flow, Moment, Reason, Rule, Verdict


def _judge(moment: Moment) -> Verdict:
    home, transfer = pl.col("EMMENAGEMENT"), pl.col("ARRIVEE")
    moved = pl.max_horizontal(home, transfer)
    decided = pl.col("DECISION")
    arrived = transfer.is_not_null() & (decided.is_null() | (decided < transfer))
    opened = (decided <= moved).fill_null(value=False) | arrived
    days = moment.days_since(moved, Flow.CNAF)
    threshold = pl.lit(moment.thresholds["R19"], pl.Int64)
    recent = days <= moment.thresholds["R19.FENETRE"]
    met = (pl.col("DERNIER_RDV") >= moved).fill_null(value=False)
    runs = opened & recent & ~met
    unknown = moved.is_null() & decided.is_not_null()
    return Verdict(
        triggered=runs & (days >= threshold),
        since=pl.when(runs).then(moved),
        days=days,
        threshold=threshold,
        reason=pl.when(unknown).then(pl.lit(Reason.DATE_ABSENT.value)),
        evidence=(
            Evidence("emmenagement", home, Flow.CNAF, threshold),
            Evidence("mutation", transfer, Flow.CNAF, threshold),
            Evidence("date_decision", decided, Flow.CD),
            Evidence("dernier_rdv", pl.col("DERNIER_RDV"), Flow.CD),
        ),
    )


RULE = Rule(
    id="R19",
    name="Déménagement en cours de parcours",
    definition=(
        "La personne a changé d'adresse, ou vient d'un autre département, au milieu d'un parcours, et "
        "n'a eu aucun rendez-vous depuis."
    ),
    legal_source=(
        "Code de l'action sociale et des familles, art. L262-40 (informations utiles à la conduite de "
        "l'insertion) ; fenêtre : alerte de changement d'adresse pratiquée par les départements "
        "(deux mois)."
    ),
    delays=("R19", "R19.FENETRE"),
    sources=(Flow.CNAF, Flow.CD),
    false_positives=(
        "Déménagement ordinaire, sans changement de référent.",
        "Rendez-vous pris hors de l'outil.",
    ),
    sentence="Emménagement le {depuis}, sans rendez-vous depuis {jours} (seuil : {seuil}).",
    judge=_judge,
    family=Family.RIGHTS,
    weight=1,
    optional=True,
)
