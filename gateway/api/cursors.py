"""Pages of a list: an opaque cursor, signed, that only its own client and list can go on with.

    page = page_of(call)
    rows = … strictly after page.after, at most page.limit + 1
    return {"elements": …, "suite": page.next(last) if more else None}

1. A cursor holds where the page ended, nothing more; it is no secret, and cannot be made up.
2. It is bound to the client, the operation and the filters: elsewhere it is `requete-invalide`.
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.api.call import Call
from gateway.api.problems import Problem

SIZE: Final = 16
DEFAULT: Final = 50
MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked: at most `limit` elements after `after`, empty for the first page."""

    limit: int
    after: tuple[str | int, ...]
    key: bytes
    about: bytes

    def next(self, *after: str | int) -> str:
        """The cursor of the page that starts after this element."""
        body = json.dumps(after, separators=(",", ":"), ensure_ascii=False).encode()
        return _text(_sign(self.key, self.about, body) + body)


def page_of(call: Call) -> Page:
    """The page this call asks for. Raises `Problem`."""
    query = call.request.query
    filters = sorted((k, v) for k, v in query.items() if k not in {"curseur", "limite"})
    route = call.request.match_info.route.resource
    about = json.dumps([call.client.id, route.canonical if route else "", filters]).encode()
    key = hmac.digest(call.counter.key.reveal().encode(), b"passerelle/api/curseur", "sha256")
    said = query.get("limite", str(DEFAULT))
    if not said.isdecimal() or not 1 <= int(said[:4]) <= MOST:
        raise Problem(400, "requete-invalide", f"limite est un nombre de 1 à {MOST}.")
    return Page(int(said[:4]), _after(query.get("curseur", ""), key, about), key, about)


def _after(cursor: str, key: bytes, about: bytes) -> tuple[str | int, ...]:
    if not cursor:
        return ()
    try:
        held = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        held = b""
    mark, body = held[:SIZE], held[SIZE:]
    if not hmac.compare_digest(mark, _sign(key, about, body)):
        raise Problem(
            400,
            "requete-invalide",
            "Ce curseur n'est pas de cette liste : reprenez à la première page.",
        )
    read: Sequence[str | int] = json.loads(body)
    return tuple(read)


def _sign(key: bytes, about: bytes, body: bytes) -> bytes:
    return hmac.digest(key, len(about).to_bytes(8, "big") + about + body, "sha256")[:SIZE]


def _text(held: bytes) -> str:
    return urlsafe_b64encode(held).decode().rstrip("=")
