"""R13b: silence on both sides, R12 and R13 together: what neither side can see alone.

One of them not triggered is enough for no; else not evaluable if one of them is. It has no date of
its own: it began when the second side fell silent, and its days and delay are those of that side.
"""

import polars as pl

from gateway.rules import r12, r13
from gateway.rules.rule import Evidence, Family, Flow, Moment, Result, Rule, Verdict, read


def _judge(_moment: Moment) -> Verdict:
    cd, pe = r12.RULE, r13.RULE
    no_one_denies = (read(cd, "RESULTAT") != Result.NOT_TRIGGERED.value) & (
        read(pe, "RESULTAT") != Result.NOT_TRIGGERED.value
    )
    cd_since, pe_since = read(cd, "DEPUIS"), read(pe, "DEPUIS")
    both = cd_since.is_not_null() & pe_since.is_not_null()
    cd_last = cd_since > pe_since

    def of_last(name: str) -> pl.Expr:
        return pl.when(both & cd_last).then(read(cd, name)).when(both).then(read(pe, name))

    return Verdict(
        triggered=no_one_denies,
        since=of_last("DEPUIS"),
        days=of_last("JOURS"),
        threshold=of_last("SEUIL"),
        reason=pl.when(no_one_denies).then(pl.coalesce(read(cd, "MOTIF"), read(pe, "MOTIF"))),
        evidence=(
            Evidence("orientation", pl.col("ORIENTATION"), Flow.CD),
            Evidence("dernier_contact_cd", cd_since, Flow.CD, read(cd, "SEUIL")),
            Evidence("modalite", pl.col("MODALITE"), Flow.PE),
            Evidence("dernier_entretien_pe", pe_since, Flow.PE, read(pe, "SEUIL")),
        ),
    )


RULE = Rule(
    id="R13b",
    name="Double silence",
    definition=(
        "Ni le département ni Pôle emploi n'a eu de contact récent avec la personne, que chacun "
        "peut croire suivie par l'autre."
    ),
    legal_source=(
        "Code de l'action sociale et des familles, art. R262-116-1, 2° (coordination de "
        "l'accompagnement) ; délais de R12 et de R13."
    ),
    delays=(*r12.RULE.delays, *r13.RULE.delays),
    sources=(Flow.CD, Flow.PE),
    false_positives=("Contacts non saisis des deux côtés.",),
    sentence=(
        "Aucun contact connu du département depuis le {dernier_contact_cd.le}, soit "
        "{dernier_contact_cd.jours} (seuil : {dernier_contact_cd.seuil}), ni entretien à Pôle "
        "emploi depuis le {dernier_entretien_pe.le}, soit {dernier_entretien_pe.jours} au "
        "{dernier_entretien_pe.au} (seuil : {dernier_entretien_pe.seuil})."
    ),
    judge=_judge,
    family=Family.CONTACT,
    weight=5,
    reads=(r12.RULE.id, r13.RULE.id),
)
