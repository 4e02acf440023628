"""DataPass calls us: closed while no secret is set, as if it were not there. What it may do is `authorising.datapass`.

Its signature covers the body as it came: the body is given to it raw, and nothing of it is said back.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Final

from aiohttp import web

from gateway.api.call import Counter, OpenOperation
from gateway.api.problems import Problem, unknown
from gateway.api.steps import GIVEN, GUARD
from gateway.authorising.datapass import receive
from gateway.keyring import read_private
from gateway.secret import Secret

# The status of a call that is not heard → the code it is answered with.
CODES: Final[Mapping[int, str]] = {
    400: "requete-invalide",
    401: "signature-refusee",
    413: "trop-gros",
    422: "contenu-refuse",
}


async def _receive(request: web.Request, counter: Counter) -> web.Response:
    written = counter.settings.main.api.datapass_secret_file
    if not written:
        raise unknown()
    raw = request[GIVEN].raw
    secret = Secret(await asyncio.to_thread(read_private, counter.settings.path(written)))
    hearing = partial(receive, counter.engine, Secret(secret.reveal().strip()), request.headers)
    status, told = await asyncio.to_thread(hearing, raw, datetime.now(UTC))
    if status in CODES:
        if status == 401:  # noqa: PLR2004 - whoever tries to be DataPass is locked out like anybody
            guard = request.app[GUARD]
            await guard.fail(guard.name_of(guard.address_of(request)))
        code = CODES[status]
        raise Problem(403 if status == 401 else status, code, f"{told['detail']}.")  # noqa: PLR2004
    return web.json_response(told, status=status)


DATAPASS: Final[Mapping[str, OpenOperation]] = {"receiveDatapass": _receive}
