"""`python -m benchmarks.api_server ours|bare FOLDER BYTES`: serve over TLS until the standard input closes.

`ours` is the API whole, with its checks, its log of calls and its ledger; `bare` is aiohttp alone, with the
same TLS, the same bytes and no check at all. Says where it is (`Stand`, JSON) on one line.
"""

import asyncio
import os
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec
from aiohttp import web

from gateway.api.door import CIPHERS
from tests.world.certificates import Authority
from tests.world.counter import open_counter

BLOCK: Final = 256 << 10
SMALL, READING, LARGE = "/v1/schemas/cd-retours", "/v1/releases/{}", "/v1/releases/{}/file"


class Stand(msgspec.Struct, frozen=True):
    """Where it listens, what to say to it, and the three things to ask: small, read in its database, large."""

    url: str
    authority: str
    headers: dict[str, str]
    small: str
    reading: str
    large: str


def context_in(folder: Path) -> tuple[ssl.SSLContext, str]:
    """TLS as the door speaks it, and the authority to believe."""
    authority = Authority(folder / "tls")
    certificate = authority.certify("localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    return context, str(authority.folder / "ca.crt")


def write_noise(path: Path, size: int) -> None:
    with path.open("wb") as out:
        for start in range(0, size, 1 << 20):
            out.write(os.urandom(min(1 << 20, size - start)))


@asynccontextmanager
async def ours(folder: Path, size: int) -> AsyncIterator[Stand]:
    context, authority = context_in(folder)
    async with open_counter(folder, copies=1_000_000, tls=context) as here:
        here.habilitate()
        release = here.leave("A", b"x")
        write_noise(here.counter.pickup("cd") / "A.csv.gpg", size)
        here.change(release, sealed_size=size)
        yield Stand(
            here.url,
            authority,
            here.headers("cd"),
            SMALL,
            READING.format(release),
            LARGE.format(release),
        )


@asynccontextmanager
async def bare(folder: Path, size: int) -> AsyncIterator[Stand]:
    context, authority = context_in(folder)
    body, path = (folder / "petit.json").read_bytes(), folder / "gros"
    write_noise(path, size)

    async def small(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    async def large(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = size
        await response.prepare(request)
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                await response.write(block)
        await response.write_eof()
        return response

    app = web.Application()
    app.add_routes([web.get("/petit", small), web.get("/gros", large)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    host, port = runner.addresses[0][:2]
    yield Stand(f"https://{host}:{port}", authority, {}, "/petit", "/petit", "/gros")
    await runner.cleanup()


async def main(kind: str, folder: Path, size: int) -> None:
    async with {"ours": ours, "bare": bare}[kind](folder, size) as stand:
        print(msgspec.json.encode(stand).decode(), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
