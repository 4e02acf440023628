"""What a hub may do to a connection, and what a file that lies looks like."""

import asyncio
import gzip
import io
import ssl
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import Corrupt, Denied, TooLarge, Unreachable
from connectors.hubee import HubeeSource
from connectors.hubee.answers import TimedOut, asked_wait
from connectors.hubee.wire import Wire, trust
from connectors.sink import FileSink
from tests.world.hubee_liar import CASE, FILE, arrival, liar

BODY = b"MATRICULE;NOM\n" * 1000
DIGEST = b64encode(sha256(BODY).digest()).decode()


async def fetched(source: HubeeSource, size: int | None = None, limit: int = 1 << 20) -> bytes:
    into = io.BytesIO()
    async with source:
        try:
            await source.fetch(arrival(size), FileSink(into), limit=limit)
        finally:
            assert len(into.getvalue()) <= limit
    return into.getvalue()


async def whole(_: web.Request) -> web.Response:
    return web.Response(body=BODY, headers={"digest": DIGEST})


async def compressed(_: web.Request) -> web.Response:
    headers = {"digest": DIGEST, "Content-Encoding": "gzip"}
    return web.Response(body=gzip.compress(BODY), headers=headers)


async def test_a_compressed_answer_is_measured_by_its_content() -> None:
    async with liar(compressed) as hub:
        assert await fetched(hub.source(), len(BODY)) == BODY
        with pytest.raises(Corrupt):
            await fetched(hub.source(), len(gzip.compress(BODY)))


async def test_a_compressed_answer_is_stopped_at_the_limit_of_its_content() -> None:
    async def bomb(_: web.Request) -> web.Response:
        body = gzip.compress(bytes(50 << 20))
        return web.Response(body=body, headers={"Content-Encoding": "gzip"})

    async with liar(bomb) as hub:
        with pytest.raises(TooLarge):
            await fetched(hub.source(), limit=1000)
        assert hub.asked["file"] == 1


async def test_a_file_is_asked_for_uncompressed() -> None:
    async def checked(request: web.Request) -> web.Response:
        assert request.headers["Accept-Encoding"] == "identity"
        return await whole(request)

    async with liar(checked) as hub:
        assert await fetched(hub.source(), len(BODY)) == BODY


def cut_short(times: int) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    left = iter(range(times))

    async def answer(request: web.Request) -> web.StreamResponse:
        if next(left, None) is None:
            return await whole(request)
        stream = web.StreamResponse(headers={"Content-Length": str(len(BODY)), "digest": DIGEST})
        await stream.prepare(request)
        await stream.write(BODY[:100])
        assert request.transport is not None
        request.transport.close()
        return stream

    return answer


async def test_a_connection_that_breaks_is_started_again_from_the_first_byte() -> None:
    async with liar(cut_short(2)) as hub:
        assert await fetched(hub.source(), len(BODY)) == BODY
        assert hub.asked["file"] == 3


async def test_a_connection_that_always_breaks_is_given_up() -> None:
    async with liar(cut_short(9)) as hub:
        with pytest.raises(Unreachable):
            await fetched(hub.source(), len(BODY))
        assert hub.asked["file"] == 3


async def test_a_truncated_body_that_does_not_say_so_is_tried_once_more_then_corrupt() -> None:
    async def short(_: web.Request) -> web.Response:
        return web.Response(body=BODY[:-1])

    async with liar(short) as hub:
        with pytest.raises(Corrupt):
            await fetched(hub.source(), len(BODY))
        assert hub.asked["file"] == 2


@pytest.mark.parametrize("header", ["not base64!", "c2hvcnQ="])
async def test_a_digest_that_is_none_is_corrupt(header: str) -> None:
    async def odd(_: web.Request) -> web.Response:
        return web.Response(body=BODY, headers={"digest": header})

    async with liar(odd) as hub:
        with pytest.raises(Corrupt):
            await fetched(hub.source())


def dripping(pause: float) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse(headers={"digest": DIGEST})
        await stream.prepare(request)
        for start in range(0, len(BODY), 1000):
            await stream.write(BODY[start : start + 1000])
            await asyncio.sleep(pause)
        return stream

    return answer


async def test_a_slow_file_may_last_longer_than_any_silence_allowed() -> None:
    async with liar(dripping(0.03)) as hub:
        source = hub.source(read_timeout=0.2, connect_timeout=0.2, binary_timeout=1)
        assert await fetched(source, len(BODY)) == BODY


async def test_a_file_that_stops_coming_is_given_up() -> None:
    async with liar(dripping(5)) as hub:
        started = time.monotonic()
        with pytest.raises(TimedOut):
            await fetched(hub.source(read_timeout=0.1, attempts=1), len(BODY))
        assert time.monotonic() - started < 2


async def test_what_the_sink_raises_is_its_own() -> None:
    class Full(FileSink):
        async def write(self, _: bytes) -> None:
            raise BrokenPipeError

    async with liar(whole) as hub, hub.source() as source:
        with pytest.raises(BrokenPipeError):
            await source.fetch(arrival(), Full(io.BytesIO()), limit=1 << 20)
        assert hub.asked["file"] == 1


def throttled(header: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    refused = iter([web.Response(status=429, headers={"Retry-After": header})])

    async def answer(request: web.Request) -> web.StreamResponse:
        return next(refused, None) or await whole(request)

    return answer


async def test_a_hub_that_says_how_long_to_wait_is_obeyed() -> None:
    async with liar(throttled("1")) as hub:
        started = time.monotonic()
        assert await fetched(hub.source()) == BODY
        assert time.monotonic() - started >= 1


async def test_a_hub_that_asks_for_an_hour_is_left_alone_at_once() -> None:
    async with liar(throttled("3600")) as hub:
        with pytest.raises(Unreachable):
            await fetched(hub.source())
        assert hub.asked["file"] == 1


async def test_no_request_waits_longer_than_the_limit() -> None:
    async with liar(throttled("3600")) as hub, Wire(hub.settings()) as wire:
        with pytest.raises(Unreachable):
            await wire.get(f"/cases/{CASE}/attachments/{FILE}")
        assert hub.asked["file"] == 1


def test_the_wait_asked_for_is_read_in_both_forms() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert asked_wait("7") == 7
    assert 95 < (asked_wait(later) or 0) <= 100


@given(st.text() | st.none())
def test_a_wait_that_says_nothing_is_none_and_no_wait_is_negative(header: str | None) -> None:
    wait = asked_wait(header)
    assert wait is None or wait >= 0


async def test_refusals_at_the_same_moment_renew_the_token_once() -> None:
    async with liar(whole) as hub, hub.source() as source:
        hub.good = lambda token: token == "t2"
        fetches = [source.fetch(arrival(), FileSink(io.BytesIO()), limit=1 << 20) for _ in range(8)]
        await asyncio.gather(*fetches)
        assert hub.asked["token"] == 2


async def test_a_token_is_renewed_before_its_life_ends() -> None:
    async with liar(whole) as hub, hub.source() as source:
        hub.token["expires_in"] = 0.5
        for _ in range(2):
            await source.fetch(arrival(), FileSink(io.BytesIO()), limit=1 << 20)
        assert hub.asked["token"] == 1
        await asyncio.sleep(0.46)
        await source.fetch(arrival(), FileSink(io.BytesIO()), limit=1 << 20)
        assert hub.asked["token"] == 2


async def test_a_token_refused_twice_is_denied_and_replayed_once() -> None:
    async with liar(whole) as hub:
        hub.good = lambda _: False
        with pytest.raises(Denied):
            await fetched(hub.source())
        assert (hub.asked["token"], hub.asked["file"]) == (2, 2)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_refused_credential_is_not_tried_again_at_once(status: int) -> None:
    async with liar(whole) as hub, hub.source() as source:
        hub.status = status
        for _ in range(3):
            with pytest.raises(Denied):
                await source.arrivals()
        assert hub.asked["token"] == 1


def an_authority(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that signs itself, and a server that shows it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    bundle, both = folder / "ca.pem", folder / "server.pem"
    pem = made.public_bytes(serialization.Encoding.PEM)
    bundle.write_bytes(pem)
    form = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    both.write_bytes(secret + pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(both)
    return bundle, server


async def test_an_authority_of_the_bundle_is_trusted_and_no_other(tmp_path: Path) -> None:
    bundle, tls = an_authority(tmp_path)
    async with liar(whole, tls) as hub:
        assert await fetched(hub.source(ca_bundle=bundle)) == BODY
        with pytest.raises(Unreachable):
            await fetched(hub.source())


def test_the_bundle_adds_to_the_authorities_of_the_system(tmp_path: Path) -> None:
    bundle, _ = an_authority(tmp_path)
    alone = ssl.create_default_context()
    both = trust(str(bundle))
    assert both.cert_store_stats()["x509_ca"] == alone.cert_store_stats()["x509_ca"] + 1
    assert (both.verify_mode, both.check_hostname) == (ssl.CERT_REQUIRED, True)


async def test_a_bundle_that_cannot_be_read_is_denied(tmp_path: Path) -> None:
    async with liar(whole) as hub:
        with pytest.raises(Denied, match="ca_bundle"):
            await fetched(hub.source(ca_bundle=tmp_path / "absent.pem"))
