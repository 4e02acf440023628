"""Keys that turn, keys that are published, tokens bound to a certificate, networks behind a proxy."""

import json
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from aiohttp import ClientError, web
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.api.published_keys import AGAIN, PublishedKeys
from gateway.store.api_client_resumes import ask_resume
from gateway.store.api_clients import State, decide_state
from gateway.store.approvals import decide
from gateway.store.deeds import DEEDS
from tests.world.api import Caller, Served, free_port, jwk_of, served
from tests.world.certificates import Authority


async def test_a_client_with_a_certificate_calls_with_it_and_no_other(api: Served) -> None:
    caller = api.enrol("pe-si", certificate="pe")
    token = await caller.token()
    assert (await caller.call("GET", "/v1/releases", token=token)).status == 200
    for name in ("", "autre"):
        stranger = replace(caller, tls=api.tls(name))
        refused = await stranger.call("GET", "/v1/releases", token=token)
        assert (refused.status, refused.code) == (401, "jeton-refuse")
        assert (await stranger.ask_token()).status == 401
    api.forgive()
    assert (await caller.ask_token()).status == 200


async def test_a_token_of_before_the_certificate_is_worth_nothing(api: Served) -> None:
    caller = api.enrol("pe-si")
    unbound = api.guard.mint.issue("pe-si", 2, frozenset({"releases:read"}), "")
    api.change(replace(api.client("pe-si"), certificate=api.authority.digest("pe")))
    bearer = replace(caller, tls=api.tls("pe"))
    assert (await bearer.call("GET", "/v1/releases", token=unbound)).status == 401
    assert (await bearer.call("GET", "/v1/releases")).status == 200


async def test_a_certificate_of_another_authority_does_not_connect(
    api: Served, tmp_path: Path
) -> None:
    stranger = Authority(tmp_path / "autre")
    context = api.tls()
    stranger.certify("pe")
    context.load_cert_chain(tmp_path / "autre" / "pe.crt", tmp_path / "autre" / "pe.key")
    with pytest.raises(ClientError):
        await api.ask("GET", "/v1/health", tls=context)


async def test_old_tls_does_not_connect(api: Served) -> None:
    context = api.tls()
    with pytest.warns(DeprecationWarning):
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ClientError):
        await api.ask("GET", "/v1/health", tls=context)


async def test_keys_turn_old_and_new_together_for_a_while(api: Served) -> None:
    caller = api.enrol("pe-si")
    key = ec.generate_private_key(ec.SECP256R1())
    renewed = Caller(api, "pe-si", key, "pe-si-2")
    assert (await renewed.ask_token()).status == 401
    first, second = jwk_of(caller.key, caller.kid), jwk_of(key, "pe-si-2")
    api.change(replace(api.client("pe-si"), keys=(first, second)))
    assert [(await each.ask_token()).status for each in (caller, renewed)] == [200, 200]
    api.change(replace(api.client("pe-si"), keys=(second,)))
    assert [(await each.ask_token()).status for each in (caller, renewed)] == [401, 200]


async def test_a_suspended_client_is_refused_within_two_seconds_and_opened_again(
    api: Served,
) -> None:
    caller = api.enrol("pe-si")
    token = await caller.token()
    decide_state(api.engine, "pe-si", State.SUSPENDED, by="anne", motive="essai")
    started, status = time.monotonic(), 200
    while status == 200 and time.monotonic() - started < 10:
        status = (await caller.call("GET", "/v1/releases", token=token)).status
    assert status == 401
    assert time.monotonic() - started < 2.5
    asked = ask_resume(api.engine, "pe-si", by="anne", motive="essai")
    decide(api.engine, asked.id, by="bruno", agrees=True, then=DEEDS[asked.matter])
    api.guard.roster.refresh()
    assert (await caller.call("GET", "/v1/releases")).status == 200


@dataclass
class Publisher:
    """A client's own https server, which publishes its keys."""

    port: int = field(default_factory=free_port)
    keys: list[dict[str, str]] = field(default_factory=list)
    asked: int = 0
    status: int = 200
    body: bytes | None = None

    @property
    def address(self) -> str:
        return f"https://localhost:{self.port}/jwks.json"

    async def give(self, _request: web.Request) -> web.Response:
        self.asked += 1
        body = self.body if self.body is not None else json.dumps({"keys": self.keys}).encode()
        headers = {"Location": self.address} if self.status == 302 else {}
        return web.Response(body=body, status=self.status, headers=headers)


@asynccontextmanager
async def publishing(api: Served) -> AsyncIterator[Publisher]:
    publisher = Publisher()
    app = web.Application()
    app.router.add_get("/jwks.json", publisher.give)
    runner = web.AppRunner(app)
    await runner.setup()
    context = api.authority.server_context()
    await web.TCPSite(runner, "127.0.0.1", publisher.port, ssl_context=context).start()
    yield publisher
    await runner.cleanup()


@pytest.fixture
async def trusting(tmp_path: Path) -> AsyncIterator[Served]:
    """The API, trusting the authority of the test for what clients publish."""
    async with served(tmp_path) as here:
        here.guard.keys.tls = here.tls()
        yield here


def old(keys: PublishedKeys) -> None:
    for fetched in keys.held.values():
        fetched.tried_at -= AGAIN + 1


async def test_published_keys_are_fetched_kept_and_fetched_again_for_a_new_name(
    trusting: Served,
) -> None:
    api = trusting
    async with publishing(api) as there:
        caller = api.enrol("pe-si")
        api.change(replace(api.client("pe-si"), keys=(), jwks_uri=there.address))
        there.keys = [jwk_of(caller.key, caller.kid)]
        assert [(await caller.ask_token()).status for _ in range(3)] == [200] * 3
        assert there.asked == 1
        renewed = replace(caller, key=ec.generate_private_key(ec.SECP256R1()), kid="neuf")
        there.keys = [jwk_of(renewed.key, "neuf")]
        assert (await renewed.ask_token()).status == 401
        assert there.asked == 1  # at most once a minute
        old(api.guard.keys)
        assert [(await each.ask_token()).status for each in (renewed, caller)] == [200, 401]
        assert there.asked == 2


@pytest.mark.parametrize("wrong", ["500", "302", "large", "private", "unknown authority"])
async def test_what_is_not_a_key_set_gives_no_token(trusting: Served, wrong: str) -> None:
    api = trusting
    async with publishing(api) as there:
        caller = api.enrol("pe-si")
        api.change(replace(api.client("pe-si"), keys=(), jwks_uri=there.address))
        there.keys = [jwk_of(caller.key, caller.kid)]
        if wrong.isdecimal():
            there.status = int(wrong)
        elif wrong == "large":
            there.body = b" " * 70_000 + json.dumps({"keys": there.keys}).encode()
        elif wrong == "private":
            there.keys = [there.keys[0] | {"d": "c2VjcmV0"}]
        else:
            api.guard.keys.tls = None
        assert (await caller.ask_token()).status == 401


async def test_behind_a_proxy_of_this_machine_the_address_is_what_it_saw(api: Served) -> None:
    main = api.counter.settings.main
    proxied = replace_settings(api, allow_http=True)
    assert main.api.allow_http is False
    caller = proxied.enrol("pe-si", networks=("192.0.2.0/24",))
    seen = {"X-Forwarded-For": "203.0.113.9, 192.0.2.7"}
    token = api.guard.mint.issue("pe-si", 1, frozenset({"releases:read"}), "")
    inside = await caller.call("GET", "/v1/releases", token=token, headers=seen)
    lying = {"X-Forwarded-For": "192.0.2.7, 203.0.113.9"}
    outside = await caller.call("GET", "/v1/releases", token=token, headers=lying)
    assert (inside.status, outside.status) == (200, 403)


def replace_settings(api: Served, *, allow_http: bool) -> Served:
    import msgspec

    settings = api.counter.settings
    place = msgspec.structs.replace(settings.main.api, allow_http=allow_http)
    main = msgspec.structs.replace(settings.main, api=place)
    api.guard.counter = replace(api.counter, settings=msgspec.structs.replace(settings, main=main))
    return api
