"""A receiver of webhooks as a client of the API would write one, over TLS, and the ways it may lie.

async with receiver() as place:
    place.lies.append(Lie.BREAKS)     # the next post only
"""

import asyncio
import datetime
import ipaddress
import socket
import ssl
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

NAME = "hooks.example.org"
CLIENT, SIRET = "cd-08-logiciel", "00000000000013"


class Lie(StrEnum):
    """What it does with one post."""

    BREAKS = "500"
    GONE = "410"
    PARTIAL = "206"
    SLOW = "answers after a minute"
    REDIRECTS = "redirects to another door of its own"
    ENDLESS = "answers 200 and never ends"
    CLOSES = "closes without a word"
    BABBLES = "answers what is not HTTP"


@dataclass
class Heard:
    """One post, raw."""

    body: bytes
    headers: dict[str, str]

    @property
    def id(self) -> str:
        return self.headers["Passerelle-Delivery"]


@dataclass
class Receiver:
    """Where it listens, what it heard, how it will lie, what it was asked that nobody should ask."""

    port: int
    trust: ssl.SSLContext
    certificate: Path
    heard: list[Heard] = field(default_factory=list)
    lies: list[Lie] = field(default_factory=list)
    poison: str = ""  # what is about this it never takes
    followed: int = 0
    written: int = 0

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.port}/hook"


class Names(AbstractResolver):
    """A name server that gives these addresses, one after the other, the last for ever."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = list(addresses)
        self.asked = 0

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - as the library asks
    ) -> list[ResolveResult]:
        self.asked += 1
        given = self._addresses.pop(0) if len(self._addresses) > 1 else self._addresses[0]
        kind = socket.AF_INET6 if ":" in given else socket.AF_INET
        return [
            ResolveResult(
                hostname=host,
                host=given,
                port=port,
                family=kind,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        return


def is_signed(post: Heard, secret: str) -> bool:
    """As DataPass says to verify, by another tool than ours: openssl."""
    said = subprocess.run(
        ["openssl", "dgst", "-sha256", "-hmac", secret, "-hex"],
        input=post.body,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return post.headers["X-Hub-Signature-256"] == f"sha256={said.split()[-1]}"


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    with tempfile.TemporaryDirectory() as folder:
        certificate = Path(folder) / "receiver.pem"
        server, client = _certificate(certificate)
        place = Receiver(0, client, certificate)
        app = web.Application()
        app.router.add_post("/hook", partial(_hear, place))
        app.router.add_route("*", "/elsewhere", partial(_follow, place))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server)
        await site.start()
        place.port = int(runner.addresses[0][1])
        try:
            yield place
        finally:
            await runner.cleanup()


async def _follow(place: Receiver, request: web.Request) -> web.Response:
    place.followed += 1
    return web.Response()


async def _hear(place: Receiver, request: web.Request) -> web.StreamResponse:
    place.heard.append(Heard(await request.read(), dict(request.headers)))
    if place.poison and place.poison.encode() in place.heard[-1].body:
        return web.Response(status=500)
    return await _lie(place, request, place.lies.pop(0)) if place.lies else web.Response(status=204)


async def _lie(place: Receiver, request: web.Request, lie: Lie) -> web.StreamResponse:
    match lie:
        case Lie.SLOW:
            await asyncio.sleep(60)
        case Lie.REDIRECTS:
            raise web.HTTPTemporaryRedirect(f"https://127.0.0.1:{place.port}/elsewhere")
        case Lie.ENDLESS:
            return await _flood(place, request)
        case Lie.CLOSES | Lie.BABBLES:
            if request.transport is not None:
                request.transport.write(b"RSET\0\r\n\r\n" if lie is Lie.BABBLES else b"")
                request.transport.close()
        case _:
            return web.Response(status=int(lie))
    return web.Response()


async def _flood(place: Receiver, request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    while place.written < 1 << 30:
        await answer.write(b"x" * (1 << 16))
        place.written += 1 << 16
    return answer


def _certificate(path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A certificate of its own, and a client that trusts it alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    alternatives = [x509.DNSName(NAME), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(
        cadata=certificate.public_bytes(Encoding.PEM).decode()
    )
