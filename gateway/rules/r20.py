"""R20: invited, and no answer. Measured at `as_of`.

`cd-parcours` 1.0.0 has no fact for an invitation, and an appointment that was never planned leaves no
trace in it: while no file carries one, nobody's answer is known, and nothing may pass for "no risk".
Any appointment on the day of the last invitation or after is an answer, planned or not.
"""

import polars as pl

from gateway.rules.rule import Evidence, Family, Flow, Moment, Reason, Rule, Verdict


def _judge(moment: Moment) -> Verdict:
    sent = pl.col("INVITATION")
    days = moment.days_since(sent, Flow.CD)
    threshold = pl.lit(moment.thresholds["R20"], pl.Int64)
    answered = (pl.col("DERNIER_RDV") >= sent).fill_null(value=False)
    waits = sent.is_not_null() & ~answered
    return Verdict(
        triggered=waits & (days >= threshold),
        since=pl.when(waits).then(sent),
        days=days,
        threshold=threshold,
        reason=pl.when(~pl.col("INVITATIONS_DITES")).then(pl.lit(Reason.NOT_TRANSMITTED.value)),
        evidence=(Evidence("invitation", sent, Flow.CD, threshold),),
    )


RULE = Rule(
    id="R20",
    name="Invitation sans réponse",
    definition=(
        "La personne a été invitée à prendre rendez-vous et n'en a pris aucun depuis la dernière "
        "invitation. Le contrat cd-parcours 1.0.0 ne transmet pas les invitations : la règle n'est pas "
        "évaluable tant qu'aucun fichier n'en porte."
    ),
    legal_source=(
        "Code de l'action sociale et des familles, art. L262-29 (orientation) ; délai : dix jours après "
        "la dernière relance, réglage par défaut du logiciel rdv-insertion."
    ),
    delays=("R20",),
    sources=(Flow.CD,),
    false_positives=(
        "Coordonnées fausses ou périmées : l'invitation n'est jamais arrivée.",
        "Personne qui refuse d'être jointe par ce moyen.",
        "Rendez-vous pris hors de l'outil.",
    ),
    sentence="Invitation du {depuis} sans réponse depuis {jours} (seuil : {seuil}).",
    judge=_judge,
    family=Family.CONTACT,
    weight=1,
    optional=True,
)
