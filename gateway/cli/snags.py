"""What a parked item means for an administrator, and what to do: the one table, in French."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.contract import Snag, Withholding


@dataclass(frozen=True, slots=True)
class Advice:
    """Why it waits, and what lets it go on."""

    why: str
    action: str


SNAGS: Mapping[Snag, Advice] = {
    Snag.UNDECLARED_KIND: Advice(
        "une pièce d'un type que les réglages ne connaissent pas",
        "déclarez ce type dans [hubee.demarches.types], ou dans ignored_types pour le laisser",
    ),
    Snag.NOT_UPLOADED: Advice(
        "une pièce annoncée et jamais déposée",
        "demandez à l'émetteur de compléter son dossier",
    ),
    Snag.NOT_OURS: Advice(
        "le lieu dit que ce dossier est à un autre abonnement ou à un autre organisme",
        "vérifiez l'identifiant de la démarche ; sinon signalez-le au support du lieu",
    ),
    Snag.GONE: Advice(
        "le dossier est annoncé et n'existe plus (effacé, peut-être avant d'être lu)",
        "demandez à l'émetteur de le renvoyer",
    ),
    Snag.REFUSED: Advice(
        "le lieu refuse notre demande pour ce dossier",
        "signalez-le au support du lieu, avec l'identifiant du dossier et l'heure",
    ),
    Snag.UNREADABLE: Advice(
        "le lieu répond autre chose que ce que son contrat prévoit",
        "signalez-le au support du lieu ; mettez Passerelle à jour si le contrat a changé",
    ),
    Snag.SILENT: Advice(
        "le lieu ne répond pas pour ce dossier seulement",
        "attendez : il est redemandé à chaque relève ; au-delà d'une heure, prévenez le support",
    ),
    Snag.UNKNOWN_ACTION: Advice(
        "un message d'un genre inconnu, laissé en place pour ne pas le perdre",
        "lisez-le sur le portail du lieu ; mettez Passerelle à jour",
    ),
}

WITHHOLDINGS: Mapping[Withholding, str] = {
    Withholding.VIRUS: "écarté par l'antivirus du lieu : il sera refusé (GW-103)",
    Withholding.REJECTED: "rejeté par le lieu, taille ou type : il sera refusé (GW-104)",
    Withholding.PURGED: "effacé avant d'être lu : il sera refusé (GW-105)",
    Withholding.MISDESCRIBED: "son manifeste ne le décrit pas : il sera refusé (GW-106)",
}

# What kept a place from answering, by kind of error.
SILENCES: Mapping[str, str] = {
    "Unreachable": "pas de réponse, ou une erreur de son côté",
    "Lost": "liaison coupée, ou pas de réponse à temps",
    "TimedOut": "pas de réponse à temps",
    "TimeoutError": "pas de réponse à temps",
    "Throttled": "il demande de ralentir",
    "Denied": "accès refusé : vérifiez identifiant et secret",
    "HostKeyChanged": "clé d'hôte changée : rien ne lui a été dit, comparez l'empreinte par un autre canal",
    "NotOurs": "accès refusé : ce compte n'a pas droit à ce qui est demandé",
    "Rejected": "demande refusée : vérifiez les réglages de ce lieu",
    "Missing": "introuvable : vérifiez l'adresse ou le dossier",
    "Unreadable": "réponse illisible : est-ce la bonne adresse ?",
}


def silence_of(kind: str) -> str:
    """A French reason for a kind of error; the kind itself when it is new to us."""
    return SILENCES.get(kind, kind)
