"""What is answered when the answer is no: `application/problem+json` (RFC 9457), in French.

1. Every code is declared here with its status and its title; `/v1/problemes/<code>` explains it.
2. A detail says what to do. It never holds a value of the request, nor anything of a person.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

KIND: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Known:
    """One code: its status, its title, and what to do about it."""

    status: int
    title: str
    advice: str


PROBLEMS: Final[Mapping[str, Known]] = {
    "requete-invalide": Known(
        400, "Requête invalide", "Comparez la requête à la description de l'opération."
    ),
    "motif-manquant": Known(
        400,
        "Motif manquant ou refusé",
        "Dites pourquoi vous appelez dans l'en-tête Passerelle-Motif : 3 à 200 caractères, sans identifiant.",
    ),
    "jeton-refuse": Known(
        401, "Jeton absent ou refusé", "Demandez un jeton à /v1/token et présentez-le en Bearer."
    ),
    "assertion-refusee": Known(
        401,
        "Assertion refusée",
        "Vérifiez clé (kid), algorithme, iss, sub, aud, exp et jti de l'assertion.",
    ),
    "portee-insuffisante": Known(
        403,
        "Portée insuffisante",
        "Faites ajouter la portée à votre client, puis reprenez un jeton.",
    ),
    "reseau-refuse": Known(
        403, "Adresse refusée", "Appelez depuis un réseau déclaré pour votre client."
    ),
    "verrouille": Known(
        403,
        "Accès verrouillé",
        "Trop d'échecs de suite : attendez la fin du verrou ou demandez sa levée.",
    ),
    "signature-refusee": Known(
        403, "Signature refusée", "Signez le corps tel qu'il est envoyé, avec le secret convenu."
    ),
    "droit-insuffisant": Known(
        403,
        "Droit insuffisant",
        "Aucune habilitation en vigueur ne l'ouvre : voyez vos habilitations.",
    ),
    "inconnu": Known(
        404, "Objet inconnu", "Cet objet n'existe pas, ou n'est pas à votre organisme."
    ),
    "methode-refusee": Known(405, "Méthode refusée", "L'en-tête Allow dit les méthodes possibles."),
    "conflit": Known(409, "Conflit", "L'état de l'objet ne le permet pas, ou plus."),
    "en-cours": Known(
        409,
        "Même demande en cours",
        "Une demande de même Idempotency-Key n'est pas finie : attendez, puis répétez-la.",
    ),
    "retire": Known(
        410, "Objet retiré", "Ce qui attendait a été repris et ne peut plus être remis."
    ),
    "condition-fausse": Known(412, "Condition fausse", "L'objet a changé : relisez son ETag."),
    "trop-gros": Known(413, "Corps trop gros", "Envoyez au plus la taille annoncée."),
    "type-refuse": Known(
        415, "Type de contenu refusé", "Envoyez le type que la description annonce."
    ),
    "plage-refusee": Known(416, "Plage refusée", "Demandez une plage d'octets du fichier."),
    "cle-reprise": Known(
        422,
        "Idempotency-Key déjà prise",
        "Cette clé a servi à une autre demande : tirez-en une nouvelle.",
    ),
    "contenu-refuse": Known(422, "Contenu refusé", "Corrigez le contenu ; le détail dit quoi."),
    "trop-de-requetes": Known(
        429, "Trop de requêtes", "Attendez le nombre de secondes de Retry-After."
    ),
    "plafond-atteint": Known(
        429,
        "Plafond du jour atteint",
        "Le plafond de l'habilitation est atteint : reprenez demain.",
    ),
    "incident": Known(
        500, "Incident", "Donnez la valeur de Passerelle-Request à votre interlocuteur."
    ),
    "indisponible": Known(503, "Indisponible", "Rien n'est perdu : réessayez plus tard."),
}


class Problem(Exception):
    """A refusal: its status, a code declared here, what to do. `why`: a stable word for our log alone."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
        *,
        why: str = "",
    ) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code, self.detail, self.why = status, code, detail, why or code
        self.headers = dict(headers or {})

    @property
    def title(self) -> str:
        """What its code is called."""
        return PROBLEMS[self.code].title


def told(code: str, headers: Mapping[str, str] | None = None, *, why: str = "") -> Problem:
    """A refusal whose detail is the advice of its code."""
    known = PROBLEMS[code]
    return Problem(known.status, code, known.advice, headers, why=why)


def unknown() -> Problem:
    """What is answered of an object that does not exist, and of one that is another organisation's."""
    return told("inconnu")


def body_of(problem: Problem, request_id: str) -> str:
    """A problem as it is written."""
    body = {
        "type": f"/v1/problemes/{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": f"urn:passerelle:requete:{request_id}",
    }
    return json.dumps(body, ensure_ascii=False)


def answer(problem: Problem, request_id: str) -> web.Response:
    """A problem as it is sent."""
    return web.Response(
        body=body_of(problem, request_id).encode(),
        status=problem.status,
        headers={**problem.headers, "Content-Type": KIND},
    )
