"""Who may enter `/_sandbox/`, in order: a loopback name, then the token; then the table of routes.

A page of another site may point its own name at 127.0.0.1: the Host header gives it away. Every
refusal is one French sentence, and carries nothing of what was sent.
"""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from connectors.sandbox.hubee.admin import acting, loading, looking
from connectors.sandbox.hubee.admin.asking import DESK, SAID, Desk, Wrong, desk_of, refusal, said
from connectors.sandbox.hubee.answers import Problem
from connectors.sandbox.hubee.faults import Inapplicable

PREFIX = "/_sandbox"
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
Served = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class AdminDoor:
    """One route, what it does in a French sentence, and the body it accepts by example."""

    method: str
    path: str
    says: str
    route: Served
    example: object = None


async def index(_request: web.Request) -> web.Response:
    """`GET /_sandbox/`."""
    doors = [
        {"method": d.method, "path": PREFIX + d.path, "description": d.says, "example": d.example}
        for d in DOORS
    ]
    return said(
        {
            "description": "Administration du bac à sable HubEE (boucle locale seulement)",
            "authorization": "Bearer <jeton d'administration>",
            "routes": doors,
        }
    )


_FILE = {"name": "RSABEI.xml", "content": "PHhtbC8+", "fate": "received"}
_LOAD = {"demarche": "RSABEI-RSABAI", "copies": 1, "files": [_FILE]}
DOORS = (
    AdminDoor("GET", "/", "Cette liste", index),
    AdminDoor("GET", "/state", "Dossiers, événements, pièces, notifications, heure", looking.state),
    AdminDoor("GET", "/credentials", "Tous les accès : OSL, SI, ADMIN, DATAPASS", looking.access),
    AdminDoor("GET", "/requests", "Requêtes reçues, depuis ?since=n", looking.requests),
    AdminDoor("DELETE", "/requests", "Oublie les requêtes reçues", acting.forget_requests),
    AdminDoor("GET", "/clock", "L'heure du bac à sable", looking.clock),
    AdminDoor("POST", "/clock", "Avance l'heure", acting.advance, {"days": 1, "hours": 0}),
    AdminDoor("GET", "/faults", "Pannes commandées et non encore servies", looking.faults),
    AdminDoor("GET", "/faults/catalogue", "Toutes les pannes, leurs routes", looking.catalogue),
    AdminDoor(
        "POST",
        "/faults",
        "Commande une panne sur une route, ou sur toutes (*)",
        acting.order,
        {"fault": "error-before", "route": "case.read", "times": 2, "process": "RSAFIM"},
    ),
    AdminDoor("DELETE", "/faults", "Annule toutes les pannes", acting.clear_faults),
    AdminDoor("DELETE", "/faults/{number}", "Annule une panne", acting.clear_fault),
    AdminDoor(
        "POST",
        "/load",
        "Publie comme un OSL : JSON (contenu en base64), ou multipart (champ load, puis les fichiers)",
        loading.load,
        _LOAD,
    ),
    AdminDoor(
        "POST",
        "/cases/{caseId}/deposit",
        "Dépose des pièces sur un dossier et, par défaut, le rouvre (ATTACH_DEPOSIT)",
        loading.deposit,
        {"message": "Complément", "reopen": True, "files": [_FILE]},
    ),
    AdminDoor(
        "POST",
        "/cases/{caseId}/message",
        "Écrit au destinataire d'un dossier (SENDING_MESSAGE)",
        loading.message,
        {"message": "Bonjour", "status": None},
    ),
    AdminDoor(
        "POST",
        "/subscriptions",
        "Abonne une organisation à une démarche et rend son accès",
        acting.subscribe,
        {"demarche": "RSAFIM", "siret": "22000000000015", "branch": "00000"},
    ),
    AdminDoor(
        "POST", "/purge", "Purge un dossier, ou joue la purge du jour", acting.purge, {"case": None}
    ),
    AdminDoor("POST", "/tokens/end", "Met fin à tous les jetons", acting.end_tokens),
    AdminDoor("POST", "/reset", "Vide tout, sauf les accès", acting.reset),
    AdminDoor("POST", "/stop", "Arrête le bac à sable", acting.stop),
)


def is_loopback(host: str) -> bool:
    """Say whether a Host header names this machine, and nothing else."""
    name, colon, port = host.rpartition(":")
    if not colon or not port.isdigit():
        name = host
    return name.lower() in LOOPBACK_NAMES


def _check_may_enter(request: web.Request) -> None:
    if not is_loopback(request.headers.get("Host", "")):
        raise Wrong(403, "cette porte ne s'ouvre que par 127.0.0.1 ou localhost")
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    expected = desk_of(request).token
    if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode()):
        raise Wrong(401, "jeton d'administration absent ou inconnu")


@web.middleware
async def guarded(request: web.Request, handler: Served) -> web.StreamResponse:
    """Let in who may come, and turn what goes wrong into a sentence."""
    try:
        _check_may_enter(request)
        return await handler(request)
    except Wrong as wrong:
        return refusal(wrong.status, str(wrong))
    except Inapplicable:
        return refusal(
            400, "cette panne n'a pas de sens sur cette route : /_sandbox/faults/catalogue"
        )
    except (Problem, web.HTTPException) as refused:
        return refusal(refused.status, SAID.get(refused.status, "demande refusée"))


def admin_application(desk: Desk) -> web.Application:
    """Return the application to serve under `PREFIX`."""
    app = web.Application(middlewares=[guarded])
    app[DESK] = desk
    for door in DOORS:
        app.router.add_route(door.method, door.path, door.route)
    return app
