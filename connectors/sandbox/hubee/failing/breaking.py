"""Failures of the connection and of the bytes: resets, silences, bodies cut, slow, gzipped or misnamed."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from aiohttp import web

from connectors.sandbox.hubee.failing.kinds import Fault
from connectors.sandbox.hubee.failing.scene import Act, Scene

WRONG_DIGEST = "A" * 43 + "="
SILENCE = 0.6  # seconds; a client with a shorter patience gives up
DRIP, DRIPS = 0.05, 8  # seconds between two drops, drops in a body
CHUNK = 1 << 18
OURS_TO_SAY = frozenset({"content-length", "transfer-encoding", "content-encoding"})


def reset(request: web.Request) -> web.Response:
    """Send a TCP reset: the client learns nothing else."""
    transport = request.transport
    if transport is not None:
        peer = transport.get_extra_info("socket")
        if peer is not None:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response(status=500)


def _is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


async def _reset_before(scene: Scene) -> web.StreamResponse:
    return reset(scene.request)


async def _reset_during(scene: Scene) -> web.StreamResponse:
    await scene.request.content.readany()
    return reset(scene.request)


async def _reset_after(scene: Scene) -> web.StreamResponse:
    await scene.go()
    return reset(scene.request)


async def _silent_before(scene: Scene) -> web.StreamResponse:
    await asyncio.sleep(SILENCE if scene.terms.delay is None else scene.terms.delay)
    return reset(scene.request) if _is_gone(scene.request) else await scene.go()


async def _silent_after(scene: Scene) -> web.StreamResponse:
    answer = await scene.go()
    await asyncio.sleep(SILENCE if scene.terms.delay is None else scene.terms.delay)
    return answer


def _body(scene: Scene, answer: web.StreamResponse) -> bytes | Path:
    if isinstance(answer, web.FileResponse):
        return scene.backstage.blob(scene.request.match_info["attachmentId"])
    content = answer.body if isinstance(answer, web.Response) else b""
    return content if isinstance(content, bytes) else b""


def _length(body: bytes | Path) -> int:
    return body.stat().st_size if isinstance(body, Path) else len(body)


async def _pieces(body: bytes | Path, most: int, size: int) -> AsyncIterator[bytes]:
    """Give the first `most` bytes, `size` at a time."""
    if isinstance(body, bytes):
        for start in range(0, most, size):
            yield body[start : min(start + size, most)]
        return
    with body.open("rb") as file:
        while most > 0 and (piece := file.read(min(size, most))):
            most -= len(piece)
            yield piece


def _again(answer: web.StreamResponse) -> web.StreamResponse:
    headers = {n: v for n, v in answer.headers.items() if n.lower() not in OURS_TO_SAY}
    return web.StreamResponse(status=answer.status, headers=headers)


async def _slow(scene: Scene) -> web.StreamResponse:
    answer = await scene.go()
    body = b"" if answer.prepared else _body(scene, answer)
    length = _length(body)
    if not length:
        return answer
    slow = _again(answer)
    slow.content_length = length
    await slow.prepare(scene.request)
    size = scene.terms.size or max(1, -(-length // DRIPS))
    async for piece in _pieces(body, length, size):
        await slow.write(piece)
        await asyncio.sleep(DRIP if scene.terms.delay is None else scene.terms.delay)
    return slow


async def _truncated(scene: Scene) -> web.StreamResponse:
    """Promise every byte, give fewer, hang up."""
    answer = await scene.go()
    body = b"" if answer.prepared else _body(scene, answer)
    length = _length(body)
    if not length:
        return answer
    cut = _again(answer)
    cut.content_length = length
    await cut.prepare(scene.request)
    most = length // 2 if scene.terms.size is None else min(scene.terms.size, length - 1)
    async for piece in _pieces(body, most, CHUNK):
        await cut.write(piece)
    if scene.request.transport is not None:
        scene.request.transport.close()
    return cut


async def _short(scene: Scene) -> web.StreamResponse:
    """Give fewer bytes than there are, and end as if that were all."""
    answer = await scene.go()
    body = b"" if answer.prepared else _body(scene, answer)
    length = _length(body)
    if not length:
        return answer
    short = _again(answer)
    short.enable_chunked_encoding()
    await short.prepare(scene.request)
    most = length // 2 if scene.terms.size is None else min(scene.terms.size, length - 1)
    async for piece in _pieces(body, most, CHUNK):
        await short.write(piece)
    await short.write_eof()
    return short


async def _altered(scene: Scene) -> web.StreamResponse:
    """Give as many bytes, the first of them another."""
    answer = await scene.go()
    body = b"" if answer.prepared else _body(scene, answer)
    length = _length(body)
    if not length:
        return answer
    altered = _again(answer)
    altered.content_length = length
    await altered.prepare(scene.request)
    flip = 1
    async for piece in _pieces(body, length, CHUNK):
        await altered.write(bytes([piece[0] ^ flip]) + piece[1:])
        flip = 0
    await altered.write_eof()
    return altered


async def _gzip(scene: Scene) -> web.StreamResponse:
    """Compress whatever the client says it accepts: HubEE's gateway does not ask."""
    answer = await scene.go()
    if not answer.prepared and answer.status != 204:  # noqa: PLR2004 - no content
        answer.enable_compression(web.ContentCoding.gzip)
    return answer


def _digest(change: str) -> Act:
    async def act(scene: Scene) -> web.StreamResponse:
        answer = await scene.go()
        digest = answer.headers.popall("digest", [""])[0]
        if digest and change:
            answer.headers["digest"] = change.format(digest)
        return answer

    return act


ACTS: Mapping[Fault, Act] = {
    Fault.RESET_BEFORE: _reset_before,
    Fault.RESET_DURING: _reset_during,
    Fault.RESET_AFTER: _reset_after,
    Fault.SILENT_BEFORE: _silent_before,
    Fault.SILENT_AFTER: _silent_after,
    Fault.SLOW_BODY: _slow,
    Fault.TRUNCATED: _truncated,
    Fault.SHORT_CHUNKED: _short,
    Fault.ALTERED: _altered,
    Fault.GZIP: _gzip,
    Fault.WRONG_DIGEST: _digest(WRONG_DIGEST),
    Fault.NO_DIGEST: _digest(""),
    Fault.PREFIXED_DIGEST: _digest("SHA-256={}"),
}
