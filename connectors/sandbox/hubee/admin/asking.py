"""Reading what is asked at `/_sandbox/`, and answering it: JSON in, JSON out, French refusals."""

import asyncio
import json
import re
from dataclasses import asdict, dataclass, field
from typing import TypeVar

import msgspec
from aiohttp import web

from connectors.sandbox.hubee.sandbox import HubeeSandbox

Shape = TypeVar("Shape")
# A refusal of HubEE's own rules, told without repeating what was sent.
SAID = {
    400: "demande refusée par les règles de HubEE : vérifiez le destinataire, son abonnement, les fichiers",
    403: "refusé par HubEE : l'objet appartient à une autre organisation",
    404: "objet ou adresse inconnus : GET /_sandbox/ donne la liste des adresses",
    405: "méthode non admise à cette adresse : GET /_sandbox/ donne la liste",
    413: "corps trop grand : envoyez les fichiers en multipart",
}


class Wrong(Exception):
    """An HTTP status and a French sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True)
class Desk:
    """What the door gives access to. `home` is the SI (SIRET, branch) files are for by default."""

    sandbox: HubeeSandbox
    token: str
    home: tuple[str, str]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


DESK: web.AppKey[Desk] = web.AppKey("desk", Desk)


def desk_of(request: web.Request) -> Desk:
    """Return the desk behind this door."""
    return request.config_dict[DESK]


def refusal(status: int, sentence: str) -> web.Response:
    """Say no."""
    return said({"error": sentence}, status)


def said(content: object, status: int = 200) -> web.Response:
    """Answer in JSON."""
    raw = msgspec.json.encode(content)
    return web.Response(body=raw, status=status, content_type="application/json", charset="utf-8")


def shaped(raw: bytes, shape: type[Shape]) -> Shape:
    """Read a body; an empty one is an empty object."""
    try:
        return msgspec.json.decode(raw or b"{}", type=shape)
    except msgspec.DecodeError as error:
        found = re.search(r"`\$\.?([^`]*)`$", str(error)) or re.search(r"field `(\w+)`", str(error))
        where = f" (champ {found[1]})" if found and found[1] else ""
        raise Wrong(400, f"corps absent, illisible ou d'une autre forme{where}") from None


async def body_of(request: web.Request, shape: type[Shape]) -> Shape:
    """Read the body of a request."""
    return shaped(await request.read(), shape)


def number_of(request: web.Request, name: str) -> int:
    """Read a whole number of the query, 0 without one."""
    text = request.query.get(name, "0")
    if not (text.isascii() and text.isdigit()):
        raise Wrong(400, f"{name} doit être un nombre entier")
    return int(text)


def plain(record: object) -> dict[str, object]:
    """Return a dataclass as JSON."""
    return dict(json.loads(msgspec.json.encode(asdict(record))))  # type: ignore[call-overload] # a dataclass
