"""What would make a verdict change, said to whoever reads it: rule by rule, reason by reason."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from gateway.rules.rule import Family, Reason, Result, Rule
from gateway.rules.sentence import french_date, french_days

# What puts out a triggered signal; a rule without its own line is answered by its family.
ENDS: Mapping[str, str] = MappingProxyType(
    {
        "R01": "une décision d'orientation",
        "R02": "une inscription à Pôle emploi",
        "R03": "une nouvelle inscription à Pôle emploi",
        "R04": "une nouvelle inscription à Pôle emploi",
        "R05": "une nouvelle inscription à Pôle emploi, ou une nouvelle décision d'orientation",
        "R06": "une nouvelle inscription à Pôle emploi",
        "R07": "un contrat validé",
        "R08": "un projet personnalisé notifié ou signé",
        "R09": "un nouveau contrat validé",
        "R11": "un rendez-vous honoré",
        "R12": "un rendez-vous honoré, ou un contrat commencé",
        "R13": "un entretien à Pôle emploi",
        "R13b": "un contact avec le département, ou un entretien à Pôle emploi",
        "R14": "la désignation d'un référent",
        "R15": "un rendez-vous, un contrat, ou tout événement à Pôle emploi",
        "R18": "la reprise du droit ou du versement",
    }
)
BY_FAMILY: Mapping[Family, str] = MappingProxyType(
    {
        Family.EXIT: "une nouvelle inscription à Pôle emploi",
        Family.CONTRACT: "un contrat validé",
        Family.CONTACT: "un rendez-vous honoré ou un entretien",
        Family.RIGHTS: "la régularisation du droit",
        Family.ORGANISATION: "une décision du service",
    }
)
REASONS: Mapping[Reason, tuple[str, str]] = MappingProxyType(
    {
        Reason.DATE_ABSENT: ("la date n'est pas transmise", "que la source transmette la date"),
        Reason.DATE_EMPTY: ("la date est vide", "que la source remplisse la date"),
        Reason.DATE_UNUSABLE: (
            "la date est inexploitable",
            "que la source écrive la date en entier (AAAA-MM-JJ)",
        ),
        Reason.PE_NOT_RECEIVED: (
            "le fichier de Pôle emploi n'est pas reçu, est refusé ou est trop ancien",
            "un fichier de Pôle emploi accepté et récent",
        ),
        Reason.ENTRY_UNKNOWN: (
            "la date d'entrée dans les droits et devoirs est inconnue",
            "que le département transmette cette date",
        ),
        Reason.STATUS_UNKNOWN: (
            "un rendez-vous passé n'a pas d'issue saisie",
            "que l'issue du rendez-vous soit saisie",
        ),
        Reason.NOT_TRANSMITTED: (
            "la donnée n'est pas transmise",
            "que la source transmette la donnée",
        ),
        Reason.NO_FILE_BEFORE: (
            "le fichier précédent manque",
            "deux fichiers acceptés de suite",
        ),
    }
)


def why_not_evaluable(reason: str) -> str:
    """The reason, in words."""
    return REASONS[Reason(reason)][0]


def change_of(rule: Rule, verdict: Mapping[str, Any]) -> str:
    """One sentence on what would make this verdict another."""
    result = Result(verdict["RESULTAT"])
    if result is Result.NOT_EVALUABLE:
        return f"Il faut {REASONS[Reason(verdict['MOTIF'])][1]}."
    if result is Result.TRIGGERED:
        return f"S'éteint avec {ENDS.get(rule.id, BY_FAMILY[rule.family])}."
    if result is Result.SUPPRESSED:
        return "Se déclenche de nouveau quand ce qui la fait taire prend fin."
    return _not_triggered(verdict)


def _not_triggered(verdict: Mapping[str, Any]) -> str:
    since, days, limit = (verdict[name] for name in ("DEPUIS", "JOURS", "SEUIL"))
    if since is None or limit is None:
        return "Le délai ne court pas : la situation n'est pas celle de la règle."
    if days >= limit:
        return "Le délai est passé, mais une autre condition de la règle n'est pas remplie."
    day = french_date(since + timedelta(days=limit))
    return f"Se déclenche le {day}, dans {french_days(limit - days)}, si les autres conditions sont remplies."
