"""R06b: registered in Pôle emploi's file of the month before, gone from the last one without an exit.

Measured at the reference date of the last file. Both files were accepted, so both had good totals, and
they are of two months in a row: a file that did not come never makes anybody disappear.
"""

import polars as pl

from gateway.rules.codes import UNLINKED
from gateway.rules.rule import Evidence, Family, Flow, Moment, Reason, Rule, Verdict


def _judge(moment: Moment) -> Verdict:
    seen, here = pl.col("AVANT_PE"), pl.lit(moment.pe_reference, pl.Date)
    # A dossier with an exit is there: R03 to R06 speak of it. A doubtful link is silenced by S7.
    gone = pl.col("AVANT_INSCRIT").fill_null(value=False) & (pl.col("GRADE") == UNLINKED)
    threshold = pl.lit(moment.thresholds["R06b"], pl.Int64)
    days = moment.days_since(here, Flow.PE)
    return Verdict(
        triggered=gone & (days >= threshold),
        since=pl.when(gone).then(here),
        days=days,
        threshold=threshold,
        reason=pl.when(seen.is_null()).then(pl.lit(Reason.NO_FILE_BEFORE.value)),
        evidence=(
            Evidence("derniere_presence_pe", pl.when(gone).then(seen), Flow.PE, earlier=True),
            Evidence("premiere_absence_pe", pl.when(gone).then(here), Flow.PE),
        ),
    )


RULE = Rule(
    id="R06b",
    name="Disparition du flux de Pôle emploi",
    definition=(
        "La personne était inscrite dans le fichier de Pôle emploi du mois précédent, elle n'est plus "
        "dans le dernier, sans cessation ni radiation, et reste bénéficiaire active du RSA dans le "
        "département."
    ),
    legal_source=(
        "Code de l'action sociale et des familles, art. R262-116-1, 2° (coordination de "
        "l'accompagnement) ; contrôle de qualité de deux fichiers mensuels successifs."
    ),
    delays=("R06b",),
    sources=(Flow.PE,),
    false_positives=(
        "Déménagement hors du département, pas encore connu de la CNAF.",
        "Fin du RSA connue de Pôle emploi avant nous.",
        "Correction du NIR ou de l'identité, qui défait le rapprochement.",
    ),
    sentence=(
        "Inscrite dans le fichier de Pôle emploi du {derniere_presence_pe.le}, la personne n'est plus "
        "dans celui du {premiere_absence_pe.le}, sans cessation ni radiation."
    ),
    judge=_judge,
    family=Family.EXIT,
    weight=2,
    optional=True,
    before=(Flow.PE,),
)
