"""R21: a new entrant without a first appointment. Measured at `as_of`.

1. The clock starts with the present period of duties, while the right is open and payable (state 2): a
   suspended right is not an entry, as WebRSA counts new entrants.
2. By the first delay an appointment must be planned; by the second one must have been attended. A first
   appointment missed or excused is not a first appointment held.
3. After `R21.ENTREE` days nobody is a new entrant any more: R01, R12 and R15 speak then.
"""

import polars as pl

from gateway.rules.rule import Evidence, Family, Flow, Moment, Reason, Rule, Verdict

PAYABLE = "2"  # ETATDOSRSA: open, neither the right nor the payment is suspended


def _judge(moment: Moment) -> Verdict:
    entry = pl.col("SOUMIS_DEPUIS")
    days = moment.days_since(entry, Flow.CD)
    planned = (pl.col("DERNIER_RDV") >= entry).fill_null(value=False)
    attended = (pl.col("DERNIER_RDV_VENU") >= entry).fill_null(value=False)
    threshold = (
        pl.when(planned)
        .then(pl.lit(moment.thresholds["R21.RETARD"], pl.Int64))
        .otherwise(pl.lit(moment.thresholds["R21"], pl.Int64))
    )
    payable = (pl.col("ETAT_DROIT") == PAYABLE).fill_null(value=False)
    new = payable & (days <= moment.thresholds["R21.ENTREE"])
    return Verdict(
        triggered=new & ~attended & (days >= threshold),
        since=pl.when(new & ~attended).then(entry),
        days=days,
        threshold=threshold,
        reason=pl.when(payable & entry.is_null()).then(pl.lit(Reason.ENTRY_UNKNOWN.value)),
        evidence=(
            Evidence("entree", entry, Flow.CD, threshold),
            Evidence("etat_du_droit", pl.col("ETAT_DROIT"), Flow.CNAF),
            Evidence("dernier_rdv", pl.col("DERNIER_RDV"), Flow.CD),
        ),
    )


RULE = Rule(
    id="R21",
    name="Nouvel entrant sans premier rendez-vous",
    definition=(
        "La personne vient d'entrer dans les droits et devoirs, son droit est ouvert et payé, et aucun "
        "premier rendez-vous n'est prévu, ou n'a eu lieu dans le délai."
    ),
    legal_source=(
        "Code de l'action sociale et des familles, art. L262-29 (orientation) ; délais de la stratégie "
        "nationale de lutte contre la pauvreté (premier rendez-vous sous 15 jours, orientation sous 31)."
    ),
    delays=("R21", "R21.RETARD", "R21.ENTREE"),
    sources=(Flow.CD, Flow.CNAF),
    false_positives=(
        "Premier rendez-vous tenu en réunion d'information collective, non saisi.",
        "Entrée dite avec retard : la date de réception n'est pas celle du droit.",
    ),
    sentence=(
        "Entrée dans les droits et devoirs le {depuis}, sans premier rendez-vous depuis {jours} "
        "(seuil : {seuil})."
    ),
    judge=_judge,
    family=Family.CONTACT,
    weight=2,
    optional=True,
)
