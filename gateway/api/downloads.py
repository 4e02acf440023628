"""A release leaves by the API: whole or in part, only while it may, and never without an entry.

1. Before the first byte: the client stands, the habilitation is in force, nothing was taken back, the
   ceiling of the day is not reached, and an entry says which bytes leave. No ledger, no byte.
2. While it leaves, the same is asked again at least each second (`gateway.api.streaming`); stopped, an
   entry says why, and where.
3. Its strong tag is the digest of the file: what was cut is resumed by ranges of the very same bytes.
4. Its last byte sent, it is collected: an entry, once.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from stat import S_ISREG
from typing import BinaryIO, Final

from aiohttp import hdrs, web

from gateway.api.call import Call, Operation
from gateway.api.problems import Problem
from gateway.api.ranges import Span, Unsatisfiable, digest_header, is_known, span_of
from gateway.api.standing import EXPIRED, check_leaves, own_pickup
from gateway.api.streaming import Stopped, Watch, cut, pour, watching
from gateway.errors import NotAuthorised
from gateway.settings import Partner
from gateway.store.pickups import (
    CopiesSpent,
    Pickup,
    give_back,
    mark_collected,
    note_fetch,
    note_stopped,
)

log = logging.getLogger(__name__)

READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
UNKNOWN_REASON: Final = "le droit n'a pu être vérifié"


@dataclass(frozen=True, slots=True)
class _Leaving:
    """One release, its opened file and its recipient."""

    call: Call
    partner: Partner
    pickup: Pickup
    file: BinaryIO

    @property
    def tag(self) -> str:
        """Its strong tag."""
        return f'"{self.pickup.file_sha256}"'

    @property
    def headers(self) -> dict[str, str]:
        """What is said of the file, whichever part is asked for."""
        return {
            hdrs.ETAG: self.tag,
            hdrs.ACCEPT_RANGES: "bytes",
            hdrs.CONTENT_TYPE: "application/octet-stream",
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="{self.pickup.file}"',
            hdrs.CACHE_CONTROL: "private, no-store",
            "Repr-Digest": digest_header(self.pickup.file_sha256),
        }

    def facts(self, span: Span) -> Mapping[str, str | int]:
        """What entries say of this download beside the release."""
        call = self.call
        told = {"client": call.client.id, "call": call.id}
        return {**told, "first": span.first, "last": span.last}


async def download(call: Call) -> web.StreamResponse:
    """Send a release, or a range of it. Raises `Problem`, `NotAuthorised`."""
    request, counter = call.request, call.counter
    partner, known = await asyncio.to_thread(
        own_pickup, counter, call.client, request.match_info["id"]
    )
    call.trace.subject, call.trace.departement = known.id, known.departement
    pickup = await asyncio.to_thread(_allowed, call, partner, known.id)
    with await asyncio.to_thread(_opened, call, pickup) as file:
        leaving = _Leaving(call, partner, pickup, file)
        if is_known(request.headers.get(hdrs.IF_NONE_MATCH), leaving.tag):
            return web.Response(status=304, headers={hdrs.ETAG: leaving.tag})
        span = _span(leaving)
        response = _response(leaving, span)
        await asyncio.to_thread(_note, leaving, span)
        return await _send(leaving, span, response)


def _allowed(call: Call, partner: Partner, release: str) -> Pickup:
    """The release, if it may leave; the door writes down what is refused."""
    try:
        return check_leaves(call.counter, call.client, partner, release)
    except NotAuthorised as refused:
        raise Problem(403, "droit-insuffisant", f"{refused}") from refused


def _opened(call: Call, pickup: Pickup) -> BinaryIO:
    """The file that waits, if it is the one that was left there."""
    path = call.counter.pickup(pickup.recipient) / pickup.file
    try:
        file = os.fdopen(os.open(path, READ), "rb", buffering=0)
    except OSError:
        raise Problem(410, "retire", EXPIRED) from None
    stat = os.fstat(file.fileno())
    if not S_ISREG(stat.st_mode) or stat.st_size != pickup.file_size:
        file.close()
        log.error("the pick-up of %s does not hold the release it was given", pickup.recipient)
        raise Problem(503, "indisponible", "Ce fichier doit être vérifié par nos soins.")
    return file


def _span(leaving: _Leaving) -> Span:
    headers, size = leaving.call.request.headers, leaving.pickup.file_size
    try:
        return span_of(
            headers.get(hdrs.RANGE), size, if_range=headers.get(hdrs.IF_RANGE), tag=leaving.tag
        )
    except Unsatisfiable:
        raise Problem(
            416,
            "plage-refusee",
            f"Le fichier a {size} octets, comptés de 0.",
            {hdrs.CONTENT_RANGE: f"bytes */{size}"},
        ) from None


def _response(leaving: _Leaving, span: Span) -> web.StreamResponse:
    part = span.length != span.size
    headers = leaving.headers
    if part:
        headers[hdrs.CONTENT_RANGE] = span.content_range
    response = web.StreamResponse(status=206 if part else 200, headers=headers)
    response.content_length = span.length
    return response


def _note(leaving: _Leaving, span: Span) -> None:
    pickup, copies = (
        leaving.pickup,
        leaving.partner.api.copies_per_day if leaving.partner.api else 0,
    )
    try:
        note_fetch(
            leaving.call.counter.engine,
            pickup,
            span.length,
            ceiling=copies * pickup.file_size,
            facts=leaving.facts(span),
        )
    except CopiesSpent:
        raise Problem(
            429,
            "plafond-atteint",
            f"Cette publication a déjà été téléchargée {copies} fois aujourd'hui : reprenez demain.",
        ) from None
    except NotAuthorised as refused:
        raise Problem(403, "droit-insuffisant", f"{refused}") from refused


async def _send(leaving: _Leaving, span: Span, response: web.StreamResponse) -> web.StreamResponse:
    """The bytes themselves; from here on an answer has begun, and a failure can only be a cut."""
    call, day = leaving.call, datetime.now(UTC).date()
    look = partial(check_leaves, call.counter, call.client, leaving.partner, leaving.pickup.id)
    is_whole = False
    async with watching(call.request, look) as watch:
        try:
            await response.prepare(call.request)
            await pour(response, leaving.file, span, watch)
            await response.write_eof()
            is_whole = True
        except (Stopped, ConnectionError):
            cut(call.request)
        finally:
            call.trace.bytes = watch.sent
            if not is_whole:
                cut(call.request)
    if is_whole and span.ends:
        call.trace.rows = leaving.pickup.rows
    await _written(partial(_close, leaving, span, watch, day, is_whole=is_whole))
    return response


def _close(leaving: _Leaving, span: Span, watch: Watch, day: date, *, is_whole: bool) -> None:
    engine, pickup, facts = leaving.call.counter.engine, leaving.pickup, leaving.facts(span)
    if is_whole and span.ends:
        mark_collected(engine, pickup, facts)
    if not is_whole:
        give_back(engine, pickup.id, day, span.length - watch.sent)
    if not is_whole and watch.why is not None and not isinstance(watch.why, TimeoutError):
        note_stopped(engine, pickup, _reason(watch.why), {**facts, "sent": watch.sent})


def _reason(why: BaseException) -> str:
    """Ours are told as they are; another error could quote anything."""
    match why:
        case NotAuthorised():
            return str(why)
        case Problem():
            return why.detail
        case _:
            return f"{UNKNOWN_REASON} ({type(why).__name__})"


async def _written(write: Callable[[], None]) -> None:
    """The answer has left already: what fails here is ours to see, and must not become a second answer."""
    task = asyncio.create_task(asyncio.to_thread(write))
    await asyncio.wait([task])
    if (failed := task.exception()) is not None:
        log.error("the end of a download is not written: %s", type(failed).__name__)


DOWNLOADS: Final[Mapping[str, Operation]] = {"downloadRelease": download}
