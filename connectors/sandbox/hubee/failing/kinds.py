"""The catalogue of failures: a name, a French sentence, the routes it makes sense on, its default.

BEFORE: nothing was done. AFTER: it was done, and nobody is told. A lasting failure is what HubEE
would go on answering until somebody acts; the others go away after as many requests as ordered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase


class Fault(StrEnum):
    """Each way of failing."""

    ERROR_BEFORE = "error-before"
    ERROR_AFTER = "error-after"
    STORM = "storm"
    RESET_BEFORE = "reset-before"
    RESET_DURING = "reset-during"
    RESET_AFTER = "reset-after"
    SILENT_BEFORE = "silent-before"
    SILENT_AFTER = "silent-after"
    HTML = "html"
    HTML_503 = "html-503"
    HTML_504 = "html-504"
    NOT_JSON = "not-json"
    OAUTH_BODY = "oauth-body"
    OBJECT_BODY = "object-body"
    TEXT_BODY = "text-body"
    EMPTY_BODY = "empty-body"
    TOKEN_REFUSED = "token-refused"  # noqa: S105 - the name of a fault
    TOKEN_ENDED = "token-ended"  # noqa: S105 - the name of a fault
    CLIENT_REFUSED = "client-refused"
    NO_EXPIRY = "no-expiry"
    REFUSED = "refused"
    FORBIDDEN = "forbidden"
    MISSING = "missing"
    TOO_LARGE = "too-large"
    THROTTLED = "throttled"
    THROTTLED_WAIT = "throttled-wait"
    EVENT_LIMIT = "event-limit"
    SLOW_BODY = "slow-body"
    TRUNCATED = "truncated"
    SHORT_CHUNKED = "short-chunked"
    ALTERED = "altered"
    GZIP = "gzip"
    WRONG_DIGEST = "wrong-digest"
    NO_DIGEST = "no-digest"
    PREFIXED_DIGEST = "prefixed-digest"
    WRONG_SIZE = "wrong-size"
    NULLS = "nulls"
    UNKNOWN_FIELDS = "unknown-fields"
    UNKNOWN_STATUS = "unknown-status"
    UNKNOWN_ACTION = "unknown-action"
    NO_DETAILS = "no-details"
    Z_DATES = "z-dates"
    DUPLICATES = "duplicates"
    REVERSED = "reversed"
    SHUFFLED = "shuffled"
    POISON_FORBIDDEN = "poison-forbidden"
    POISON_MISSING = "poison-missing"
    POISON_NOWHERE = "poison-nowhere"
    STARVING = "starving"
    PURGED = "purged"
    VIRUS = "virus"
    FILE_REJECTED = "file-rejected"
    FILE_PENDING = "file-pending"
    HOSTILE_NAMES = "hostile-names"
    HOMONYMS = "homonyms"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a failure is: its sentence, patterns of route names, and how long it lasts by default."""

    says: str
    on: tuple[str, ...]
    times: int = 1
    lasting: bool = False


ANYWHERE, API, TOKEN = ("*",), ("*.*",), ("token",)
WRITES = ("*.create", "*.move", "*.post", "*.upload", "*.delete", "*.amend", "*.migrate", "*.told")
BY_ID: tuple[str, ...] = ("case.*", "event.*", "queue.delete", "folder.[rmdu]*")
BY_ID += tuple(f"{thing}.[ra]*" for thing in ("subscription", "organisation", "process"))
READS, FILES, QUEUE = ("*.read",), ("*.download",), ("queue.read",)
WITH_BODY = (*READS, *FILES, *TOKEN)
LISTING = ("case.read", "event.read")


def _lasting(says: str, on: tuple[str, ...]) -> Kind:
    return Kind(says, on, lasting=True)


FAULTS: Mapping[Fault, Kind] = {
    Fault.ERROR_BEFORE: Kind("500 (ou `status`) avant tout effet", ANYWHERE),
    Fault.ERROR_AFTER: Kind("500 (ou `status`) alors que l'écriture a pris effet", WRITES),
    Fault.STORM: Kind("cinq 500 de suite (ou `times`), sans effet", ANYWHERE, times=5),
    Fault.RESET_BEFORE: Kind("connexion coupée (RST) avant tout effet", ANYWHERE),
    Fault.RESET_DURING: Kind("connexion coupée (RST) au milieu d'un envoi", ("*.upload",)),
    Fault.RESET_AFTER: Kind("connexion coupée (RST) après que l'écriture a pris effet", WRITES),
    Fault.SILENT_BEFORE: Kind("silence de `delay` secondes, sans effet si l'on renonce", ANYWHERE),
    Fault.SILENT_AFTER: Kind("effet immédiat, puis silence de `delay` secondes", WRITES),
    Fault.HTML: Kind("502 en HTML, sans effet", ANYWHERE),
    Fault.HTML_503: Kind("503 en HTML, sans effet", ANYWHERE),
    Fault.HTML_504: Kind("504 en HTML, sans effet", ANYWHERE),
    Fault.NOT_JSON: Kind("200 avec une page HTML à la place du JSON", (*READS, *TOKEN)),
    Fault.OAUTH_BODY: Kind("500 (ou `status`) en enveloppe OAuth", ANYWHERE),
    Fault.OBJECT_BODY: Kind("500 (ou `status`) où `errors` est un objet", ANYWHERE),
    Fault.TEXT_BODY: Kind("500 (ou `status`) en texte brut", ANYWHERE),
    Fault.EMPTY_BODY: Kind("500 (ou `status`) sans corps", ANYWHERE),
    Fault.TOKEN_REFUSED: Kind("401, code 900901, le jeton restant bon", API),
    Fault.TOKEN_ENDED: Kind("tous les jetons finissent, d'où un 401, code 900901", API),
    Fault.CLIENT_REFUSED: Kind("401 invalid_client à la demande de jeton", TOKEN),
    Fault.NO_EXPIRY: _lasting("jeton rendu sans `expires_in`", TOKEN),
    Fault.REFUSED: Kind("400 « Bad request »", API),
    Fault.FORBIDDEN: Kind("403 « Unauthorized user »", API),
    Fault.MISSING: Kind("404 sur un objet désigné par son identifiant", BY_ID),
    Fault.TOO_LARGE: Kind("413 à l'envoi", ("*.upload", "event.post", "folder.create")),
    Fault.THROTTLED: Kind("429, code 900800, sans Retry-After", ANYWHERE),
    Fault.THROTTLED_WAIT: Kind("429, code 900800, avec Retry-After (`retry_after`)", ANYWHERE),
    Fault.EVENT_LIMIT: _lasting(
        "400 (ou `status`) : le dossier a trop d'événements", ("event.post",)
    ),
    Fault.SLOW_BODY: Kind("corps au goutte-à-goutte (`size` octets par `delay`)", WITH_BODY),
    Fault.TRUNCATED: Kind("corps coupé avant son Content-Length (après `size` octets)", WITH_BODY),
    Fault.SHORT_CHUNKED: Kind("corps par morceaux, trop court et bien terminé", WITH_BODY),
    Fault.ALTERED: Kind("corps entier dont un octet est changé, sous la bonne empreinte", FILES),
    Fault.GZIP: _lasting("réponses en Content-Encoding: gzip", WITH_BODY),
    Fault.WRONG_DIGEST: Kind("empreinte d'un autre contenu", FILES),
    Fault.NO_DIGEST: Kind("sans en-tête digest", FILES),
    Fault.PREFIXED_DIGEST: Kind("empreinte préfixée SHA-256=, comme en RFC 3230", FILES),
    Fault.WRONG_SIZE: _lasting("taille annoncée autre que celle des octets", LISTING),
    Fault.NULLS: _lasting("tous les champs facultatifs à null, hors identifiants", READS),
    Fault.UNKNOWN_FIELDS: _lasting("des champs inconnus dans chaque objet", READS),
    Fault.UNKNOWN_STATUS: _lasting("des statuts inconnus", READS),
    Fault.UNKNOWN_ACTION: _lasting("des actions inconnues", ("queue.read", *LISTING)),
    Fault.NO_DETAILS: _lasting("eventStatus et eventActionType absents", QUEUE),
    Fault.Z_DATES: _lasting("dates en Z et non en +00:00", READS),
    Fault.DUPLICATES: _lasting("chaque notification deux fois", QUEUE),
    Fault.REVERSED: _lasting("les notifications, la plus récente d'abord", QUEUE),
    Fault.SHUFFLED: _lasting("les notifications, dans le désordre", QUEUE),
    Fault.POISON_FORBIDDEN: _lasting(
        "une notification (ou `count`) dont le dossier est 403", QUEUE
    ),
    Fault.POISON_MISSING: _lasting("une notification (ou `count`) dont le dossier est 404", QUEUE),
    Fault.POISON_NOWHERE: _lasting("une notification (ou `count`) sans dossier", QUEUE),
    Fault.STARVING: _lasting("25 notifications (ou `count`) empoisonnées devant les bonnes", QUEUE),
    Fault.PURGED: _lasting("pièces DELETED, et 404 à leur lecture", (*LISTING, *FILES)),
    Fault.VIRUS: _lasting("pièces CORRUPTED, et 404 à leur lecture", (*LISTING, *FILES)),
    Fault.FILE_REJECTED: _lasting("pièces REJECTED, et 404 à leur lecture", (*LISTING, *FILES)),
    Fault.FILE_PENDING: _lasting("pièces PENDING, et 404 à leur lecture", (*LISTING, *FILES)),
    Fault.HOSTILE_NAMES: _lasting("noms de fichier hostiles", LISTING),
    Fault.HOMONYMS: _lasting("noms de fichier tous identiques", LISTING),
}


def applies(fault: Fault, route: str) -> bool:
    """Say whether this failure makes sense on this route."""
    return any(fnmatchcase(route, pattern) for pattern in FAULTS[fault].on)
