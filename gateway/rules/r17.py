"""R17: each side may think that the other follows the person. For two organisms to check together.

1. Oriented to Pôle emploi, which says it delegated the person or names nobody; or followed by the
   département while registered in category 1, 2 or 3 and followed by nobody at Pôle emploi.
2. The same in two files of Pôle emploi in a row, and the orientation was already decided at the first:
   a change on its way is no disagreement.
3. "Accompagnement global" (GLO) is followed by both on purpose.
4. What France Travail's own interface says of the organism is in no file we receive: not compared. Nor
   are the names of structures, which no common table maps.
"""

import polars as pl

from gateway.rules.codes import EMPLOYMENT, FOLLOWED_BY_CD, REGISTERED
from gateway.rules.rule import Evidence, Family, Flow, Moment, Reason, Rule, Verdict
from gateway.rules.situation.followers import DELEGATED, NOBODY

SHARED, SEEKING = "GLO", ("1", "2", "3")


def _disagrees(follower: pl.Expr, category: pl.Expr) -> pl.Expr:
    track = pl.col("ORIENTATION")
    left = (track == EMPLOYMENT) & follower.is_in([DELEGATED, NOBODY])
    ignored = track.is_in(FOLLOWED_BY_CD) & (follower == NOBODY) & category.is_in(SEEKING)
    return (left | ignored).fill_null(value=False)


def _judge(moment: Moment) -> Verdict:
    registered = (pl.col("PE_ETAT") == REGISTERED).fill_null(value=False)
    concerned = (
        registered & pl.col("ORIENTATION").is_not_null() & pl.col("MODALITE").ne_missing(SHARED)
    )
    then, now = pl.col("AVANT_SUIVI_PE"), pl.col("SUIVI_PE")
    settled = pl.col("DECISION") <= pl.col("AVANT_PE")
    twice = _disagrees(now, pl.col("CATEGORIE")) & _disagrees(then, pl.col("AVANT_CATEGORIE"))
    both = concerned & settled & twice
    since = pl.max_horizontal("DECISION", "PE_DEPUIS")
    threshold = pl.lit(moment.thresholds["R17"], pl.Int64)
    days = moment.days_since(since, Flow.PE)
    told = now.is_not_null() & (then.is_not_null() | pl.col("AVANT_INSCRIT").is_null())
    return Verdict(
        triggered=both & (days >= threshold),
        since=pl.when(both).then(since),
        days=days,
        threshold=threshold,
        reason=pl.when(concerned & pl.col("AVANT_PE").is_null())
        .then(pl.lit(Reason.NO_FILE_BEFORE.value))
        .when(concerned & ~told)
        .then(pl.lit(Reason.NOT_TRANSMITTED.value)),
        evidence=(
            Evidence("orientation", pl.col("ORIENTATION"), Flow.CD),
            Evidence("date_decision", pl.col("DECISION"), Flow.CD),
            Evidence("inscription_pe", pl.when(registered).then(pl.col("PE_DEPUIS")), Flow.PE),
            Evidence("suivi_pe", pl.when(registered).then(now), Flow.PE),
            Evidence("suivi_pe_avant", pl.when(both).then(then), Flow.PE, earlier=True),
        ),
    )


RULE = Rule(
    id="R17",
    name="Accompagnement à vérifier entre structures",
    definition=(
        "Le département et Pôle emploi ne disent pas la même chose de qui accompagne la personne, dans "
        "deux fichiers successifs : à vérifier entre structures. Rien n'est demandé à la personne."
    ),
    legal_source=(
        "Code de l'action sociale et des familles, art. R262-116-1, 2° (coordination) et R262-116-2, B "
        "(organisme du référent unique)."
    ),
    delays=("R17",),
    sources=(Flow.CD, Flow.PE),
    false_positives=(
        "Accompagnement global : les deux suivent la personne, à dessein.",
        "Suivi délégué par Pôle emploi à une structure du département.",
        "Bloc du suivi non transmis par Pôle emploi pour cette personne.",
    ),
    sentence=(
        "À vérifier entre structures : orientation décidée le {date_decision.le} par le département, "
        "suivi différent selon Pôle emploi au {inscription_pe.au} et dans le fichier précédent."
    ),
    judge=_judge,
    family=Family.ORGANISATION,
    weight=2,
    optional=True,
    before=(Flow.PE,),
)
