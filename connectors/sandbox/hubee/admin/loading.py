"""Publishing through `/_sandbox/`: as JSON with small files, or as a form with files of any size.

A file of a form goes to disk as it comes, and is removed once published: never whole in memory.
"""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import msgspec
from aiohttp import BodyPartReader, web

from connectors.sandbox.hubee.admin.asking import Wrong, body_of, desk_of, said, shaped
from connectors.sandbox.hubee.admin.demarches import announced
from connectors.sandbox.hubee.admin.shapes import DepositAsked, FileAsked, LoadAsked, MessageAsked
from connectors.sandbox.hubee.publishing import LONGEST_NUMBER, Fate, FileToLoad

CHUNK = 1 << 18
LARGEST_FORM_FIELD = 1 << 20
Asked = TypeVar("Asked", LoadAsked, DepositAsked)


@asynccontextmanager
async def _received(
    request: web.Request, shape: type[Asked]
) -> AsyncIterator[tuple[Asked, list[tuple[FileAsked, bytes | Path]]]]:
    """Give what is asked and its files; what went to disk is removed on leaving."""
    if not request.content_type.startswith("multipart/"):
        asked = await body_of(request, shape)
        yield asked, [(file, file.content or b"") for file in asked.files]
        return
    folder = desk_of(request).sandbox.folder / "incoming"
    folder.mkdir(mode=0o700, exist_ok=True)
    stored: list[tuple[str, Path]] = []
    try:
        raw = await _parts(request, folder, stored)
        asked = shaped(raw, shape)
        yield asked, _paired(asked.files, stored)
    finally:
        for _, place in stored:
            place.unlink(missing_ok=True)


async def _parts(request: web.Request, folder: Path, stored: list[tuple[str, Path]]) -> bytes:
    raw = b""
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise Wrong(400, "formulaire à plusieurs niveaux")
        if part.name == "load":
            while chunk := await part.read_chunk(CHUNK):
                raw += chunk
                if len(raw) > LARGEST_FORM_FIELD:
                    raise Wrong(413, "champ load trop grand")
            continue
        place = folder / secrets.token_hex(16)
        stored.append((part.filename or "", place))
        with place.open("xb") as out:
            while chunk := await part.read_chunk(CHUNK):
                out.write(chunk)
    return raw


def _paired(
    files: Sequence[FileAsked], stored: Sequence[tuple[str, Path]]
) -> list[tuple[FileAsked, bytes | Path]]:
    """Join what was said of the files and the files, in order; a file nothing is said of is let in."""
    places, paired = list(stored), list[tuple[FileAsked, bytes | Path]]()
    for said_of in files:
        if said_of.content is not None or not places:
            paired.append((said_of, said_of.content or b""))
            continue
        name, place = places.pop(0)
        paired.append((msgspec.structs.replace(said_of, name=said_of.name or name), place))
    return paired + [(FileAsked(name=name or None), place) for name, place in places]


def _loaded(demarche: str, files: Sequence[tuple[FileAsked, bytes | Path]]) -> list[FileToLoad]:
    loaded = []
    for asked, body in files:
        kind, mime = announced(demarche, asked.name or "")
        file = FileToLoad(
            name=asked.name or kind,
            type=asked.type or kind,
            mime=asked.mime or mime,
            body=body,
            fate=asked.fate,
        )
        if not file.size and asked.fate is not Fate.PENDING:
            raise Wrong(400, "fichier vide : HubEE n'en prend pas")
        loaded.append(file)
    return loaded


async def load(request: web.Request) -> web.Response:
    """`POST /_sandbox/load`."""
    desk = desk_of(request)
    async with _received(request, LoadAsked) as (asked, files):
        to = [(r.siret, r.branch) for r in asked.recipients] or [desk.home]
        for siret, branch in to:
            desk.sandbox.subscribe(siret, branch, asked.demarche)
        loaded, folders = _loaded(asked.demarche, files), []
        for number in _numbers(asked):
            cases = await desk.sandbox.load(asked.demarche, to, loaded, number)
            folders.append({"number": number, "cases": cases})
    return said({"folders": folders}, 201)


def _numbers(asked: LoadAsked) -> list[str]:
    """One number per copy: the one given, then the same with a rank; or drawn."""
    root = asked.number or f"CNAF-{asked.demarche[:6]}-{secrets.token_hex(4)}"
    numbers = [root, *(f"{root}-{rank}" for rank in range(2, asked.copies + 1))]
    if len(numbers[-1]) > LONGEST_NUMBER:
        raise Wrong(400, f"un numéro de télédossier tient en {LONGEST_NUMBER} caractères")
    return numbers


async def deposit(request: web.Request) -> web.Response:
    """`POST /_sandbox/cases/{caseId}/deposit`."""
    sandbox, case_id = desk_of(request).sandbox, request.match_info["caseId"]
    case = sandbox.state().cases.get(case_id)
    async with _received(request, DepositAsked) as (asked, files):
        if case is None:
            raise Wrong(404, "dossier inconnu")
        if not files or any(f.fate not in {Fate.RECEIVED, Fate.DELETED} for f, _ in files):
            raise Wrong(400, "un dépôt porte des fichiers, tous reçus (ou purgés depuis)")
        loaded = _loaded(case.process_code, files)
        event = await sandbox.deposit(case_id, loaded, asked.message, reopen=asked.reopen)
    return said({"event": event}, 201)


async def message(request: web.Request) -> web.Response:
    """`POST /_sandbox/cases/{caseId}/message`."""
    asked = await body_of(request, MessageAsked)
    event = desk_of(request).sandbox.write(
        request.match_info["caseId"], asked.message, asked.status
    )
    return said({"event": event}, 201)
