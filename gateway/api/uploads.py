"""A file sent by the API: left, whole, in the folder where the reception looks; from there it is any file.

1. Its name follows a convention its sender agreed to, and is never more than one name in one folder.
2. It comes as it is, never above the size agreed for its flow, and is compared with the digest announced:
   until then it is a hidden temporary, which goes with the request that brought it.
3. Flushed, then shown under its name, and its entry written with it. The same bytes again is once.
4. What waits is answered by the key it is listed under: the same finds its verdict later.
"""

import asyncio
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Final

from aiohttp import hdrs, web

from connectors.depot import PART
from connectors.disk import CREATE, MODE, digest_of, sync_folders, write_all
from connectors.folder import waiting_key
from gateway.api.answers import moment
from gateway.api.call import Call, Operation
from gateway.api.entering import is_name, line_of
from gateway.api.problems import Problem
from gateway.api.ranges import announced
from gateway.ledger.entry import Act, Entry
from gateway.settings import FlowLine, Partner
from gateway.store.partner_states import State, standing_of
from gateway.store.sent import already_sent
from gateway.store.uploads import keep_upload

NAME: Final = "Passerelle-Fichier"
BLOCK: Final = 256 << 10
PATIENCE: Final = 60.0  # seconds without a byte
FORGOTTEN: Final = 86_400  # seconds after which a temporary is nobody's any more


@dataclass(frozen=True, slots=True)
class _Coming:
    """One file on its way, and what its sender says of it."""

    call: Call
    partner: Partner
    line: FlowLine
    name: str
    sha256: str
    folder: Path

    @property
    def final(self) -> Path:
        """Where it will be seen."""
        return self.folder / self.name


async def upload(call: Call) -> web.StreamResponse:
    """Take one file. Raises `Problem`."""
    coming = await asyncio.to_thread(_expected, call)
    part = coming.folder / f".{coming.name}.{token_hex(4)}{PART}"
    try:
        size, digest = await _taken(call.request, part, coming.line.max_bytes)
        if digest != coming.sha256:
            raise Problem(
                422, "contenu-refuse", "L'empreinte annoncée n'est pas celle du corps reçu."
            )
        call.trace.departement, call.trace.bytes = coming.line.departement, size
        return await asyncio.to_thread(_left, coming, part, size)
    finally:
        with suppress(OSError):
            part.unlink()


def _expected(call: Call) -> _Coming:
    """What is announced, if it may come. Raises `Problem`."""
    headers, partner = call.request.headers, call.counter.partner(call.client)
    if partner is None or partner.api is None:
        raise Problem(403, "droit-insuffisant", "Votre organisme ne dépose pas par l'API.")
    with call.counter.engine.begin() as connection:
        if standing_of(connection, partner.alias).state is State.OFFBOARDED:
            raise Problem(403, "droit-insuffisant", "Votre organisme n'échange plus par ici.")
    if headers.get(hdrs.CONTENT_ENCODING, "identity") != "identity":
        raise Problem(415, "type-refuse", "Envoyez les octets tels quels, sans Content-Encoding.")
    digest = announced(headers.get("Repr-Digest") or headers.get("Content-Digest"))
    if digest is None:
        raise Problem(
            400, "requete-invalide", "Annoncez l'empreinte : Repr-Digest, sha-256=:base64:"
        )
    name = headers.get(NAME, "")
    line = line_of(partner, call.counter.registry, name) if is_name(name) else None
    if line is None:
        raise Problem(
            422,
            "contenu-refuse",
            f"{NAME} : un nom de la convention d'un de vos flux, pour son département.",
        )
    if (call.request.content_length or 0) > line.max_bytes:
        raise _too_large(line.max_bytes)
    folder = call.counter.deposit(partner.alias) / "depot"
    _sweep(folder)
    return _Coming(call, partner, line, name, digest, folder)


async def _taken(request: web.Request, part: Path, limit: int) -> tuple[int, str]:
    """Every byte of the body, flushed under a name nobody looks at; give size and digest."""
    size, digest = 0, sha256()
    with os.fdopen(os.open(part, CREATE, MODE), "wb", buffering=0) as file:
        while block := await _next(request):
            size += len(block)
            if size > limit:
                raise _too_large(limit)
            digest.update(block)
            await asyncio.to_thread(write_all, file.fileno(), block)
        await asyncio.to_thread(os.fsync, file.fileno())
    return size, digest.hexdigest()


async def _next(request: web.Request) -> bytes:
    """What came since, up to a block; a body that stops coming, or ends too soon, is no file."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await request.content.read(BLOCK)
    except (TimeoutError, web.PayloadAccessError, ConnectionError, OSError):
        raise Problem(400, "requete-invalide", "Le corps n'est pas venu en entier.") from None


def _left(coming: _Coming, part: Path, size: int) -> web.Response:
    """Shown and written, or known already. Raises `Problem`."""
    call, at = coming.call, datetime.now(UTC)
    with call.counter.engine.begin() as connection:
        known = already_sent(connection, coming.partner.alias, coming.sha256)
    if known is not None:
        return _answer(coming, known.id, size, at, status=200)
    key = waiting_key(coming.name.encode(), part.lstat())
    call.trace.subject = key
    is_new = keep_upload(
        call.counter.engine,
        _entry(coming, key, size, at),
        show=lambda: _shown(part, coming),
        hide=lambda: coming.final.unlink(missing_ok=True),
    )
    if not is_new:
        key = waiting_key(coming.name.encode(), coming.final.lstat())
    return _answer(coming, key, size, at, status=201 if is_new else 200)


def _shown(part: Path, coming: _Coming) -> bool:
    """Under its name from here on; False when these very bytes wait there. Raises `Problem`."""
    try:
        os.link(part, coming.final, follow_symlinks=False)
    except FileExistsError:
        if digest_of(coming.final) == coming.sha256:
            return False
        raise Problem(
            409, "conflit", "Un autre contenu attend déjà sous ce nom : attendez son verdict."
        ) from None
    sync_folders(coming.folder)
    return True


def _entry(coming: _Coming, key: str, size: int, at: datetime) -> Entry:
    facts: dict[str, str | int] = {
        "partner": coming.partner.alias,
        "flow": coming.line.flow,
        "departement": coming.line.departement,
        "received_sha256": coming.sha256,
        "received_bytes": size,
        "client": coming.call.client.id,
        "call": coming.call.id,
    }
    return Entry(Act.DELIVERY_UPLOADED, at, key, facts=facts)


def _answer(coming: _Coming, key: str, size: int, at: datetime, *, status: int) -> web.Response:
    body = {
        "id": key,
        "flux": coming.line.flow,
        "departement": coming.line.departement,
        "nom": coming.name,
        "sha256": coming.sha256,
        "octets": size,
        "depose_le": moment(at),
    }
    return web.json_response(body, status=status, headers={hdrs.LOCATION: f"/v1/deliveries/{key}"})


def _too_large(limit: int) -> Problem:
    return Problem(413, "trop-gros", f"Ce flux accepte {limit} octets au plus.")


def _sweep(folder: Path) -> None:
    """Temporaries of a process that was killed."""
    for left in folder.glob(f".*{PART}"):
        with suppress(OSError):
            if time.time() - left.lstat().st_mtime > FORGOTTEN:
                left.unlink()


UPLOADS: Final[Mapping[str, Operation]] = {"uploadDelivery": upload}
