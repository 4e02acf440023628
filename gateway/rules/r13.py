"""R13: no recent interview at Pôle emploi. Measured at the reference date of Pôle emploi's file."""

import polars as pl

from gateway.rules.codes import REGISTERED, USABLE
from gateway.rules.rule import Evidence, Family, Flow, Moment, Rule, Verdict

MODALITIES = ("GLO", "REN", "GUI", "SUI")


def _judge(moment: Moment) -> Verdict:
    interview = pl.col("DERNIER_ENTRETIEN")
    registered = (pl.col("PE_ETAT") == REGISTERED).fill_null(value=False)
    usable = (pl.col("ETAT_ENTRETIEN") == USABLE).fill_null(value=False)
    days = moment.days_since(interview, Flow.PE)
    threshold = pl.col("MODALITE").replace_strict(
        {code: moment.thresholds[f"R13.{code}"] for code in MODALITIES},
        default=moment.thresholds["R13"],
        return_dtype=pl.Int64,
    )
    return Verdict(
        triggered=registered & (days >= threshold),
        since=pl.when(registered).then(interview),
        days=days,
        threshold=threshold,
        reason=pl.when(registered & ~usable).then(pl.col("ETAT_ENTRETIEN")),
        evidence=(
            Evidence("inscription_pe", pl.when(registered).then(pl.col("PE_DEPUIS")), Flow.PE),
            Evidence("modalite", pl.col("MODALITE"), Flow.PE),
            Evidence("dernier_entretien_pe", interview, Flow.PE, threshold),
        ),
    )


RULE = Rule(
    id="R13",
    name="Aucun entretien Pôle emploi récent",
    definition=(
        "La personne est inscrite à Pôle emploi et son dernier entretien est plus ancien que ne le "
        "veut sa modalité de suivi."
    ),
    legal_source=(
        "Code de l'action sociale et des familles, art. R262-116-2, A, 2°, d) (parcours mis en "
        "œuvre par Pôle emploi) ; délais par modalité à ajuster avec chaque département."
    ),
    delays=("R13", *(f"R13.{code}" for code in MODALITIES)),
    sources=(Flow.PE,),
    false_positives=(
        "Date d'entretien non transmise ou tronquée par Pôle emploi.",
        "Suivi délégué : les entretiens ne sont pas saisis à Pôle emploi.",
        "Échanges par téléphone ou courriel, non comptés comme entretiens.",
    ),
    sentence=(
        "Dernier entretien à Pôle emploi le {depuis}, soit {jours} au {dernier_entretien_pe.au} "
        "(seuil : {seuil})."
    ),
    judge=_judge,
    family=Family.CONTACT,
    weight=3,
)
