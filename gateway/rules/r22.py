"""R22: the ban on registering again is about to end, or just has, and nothing is planned.

1. A help with timing, measured at `as_of`: the end of the ban is known from the day of the radiation, so
   that one need not wait for the next file. The file must be fresh all the same.
2. The length is only in the label of the motive. A label that says none is *not evaluable*: Pôle emploi's
   scale of durations has changed too often to be guessed.
3. It speaks of the same event as R04: same family, so that they count once.
"""

import polars as pl

from gateway.rules.codes import REMOVED
from gateway.rules.rule import Evidence, Family, Flow, Moment, Reason, Rule, Verdict


def _judge(moment: Moment) -> Verdict:
    removed = (pl.col("PE_ETAT") == REMOVED).fill_null(value=False)
    around = moment.thresholds["R22"]
    end = pl.when(removed).then(pl.col("FIN_INTERDICTION"))
    near = end.dt.offset_by(f"-{around}d")
    days = moment.days_since(near, Flow.CD)
    ends_now = days.is_between(0, 2 * around)
    return Verdict(
        triggered=ends_now & pl.col("RDV_PREVU").is_null(),
        since=pl.when(ends_now).then(near),
        days=days,
        threshold=pl.lit(0, pl.Int64),
        reason=pl.when(removed & end.is_null()).then(pl.lit(Reason.NOT_TRANSMITTED.value)),
        evidence=(
            Evidence("date_radiation", pl.when(removed).then(pl.col("PE_DEPUIS")), Flow.PE),
            Evidence("fin_interdiction", end, Flow.PE, pl.lit(around, pl.Int64)),
        ),
    )


RULE = Rule(
    id="R22",
    name="Interdiction de réinscription arrivant à terme",
    definition=(
        "La personne a été radiée de la liste, elle pourra bientôt s'y réinscrire ou le peut depuis peu, "
        "et aucun rendez-vous n'est prévu : un bon moment pour reprendre contact."
    ),
    legal_source=(
        "Code du travail, art. R5412-5 (durées de radiation) ; code de l'action sociale et des familles, "
        "art. R262-112 (transmission de la durée)."
    ),
    delays=("R22",),
    sources=(Flow.PE,),
    false_positives=(
        "Durée mal comprise dans le libellé du motif.",
        "Recours ou annulation de la radiation en cours.",
        "Rendez-vous pris hors de l'outil.",
    ),
    sentence=(
        "Radiation du {date_radiation.le} : réinscription possible à partir du {fin_interdiction.le}, "
        "sans rendez-vous prévu."
    ),
    judge=_judge,
    family=Family.EXIT,
    weight=1,
    optional=True,
)
