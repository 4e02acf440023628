"""Where a webhook may point, and who sees it: its own client alone."""

import pytest
from sqlalchemy import Engine

from gateway.errors import Misconfigured, NotAuthorised
from gateway.store.registrations import check_url, is_public, listed, remove, resume
from gateway.store.webhooks import KEPT, PostState, forget_posts
from tests.gateway.test_webhooks import SECOND, posts
from tests.world.hooked import NOON, enrol, happen, hook
from tests.world.receiver import CLIENT


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
     "224.0.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
     "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "ff02::1"],
)  # fmt: skip
def test_no_address_that_is_not_of_the_internet(address: str) -> None:
    assert not is_public(address)
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(Misconfigured):
        check_url(f"https://{host}/", to_private=False)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_an_address_of_the_internet_is_called(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    ["http://hooks.example.org/", "https://", "https://u:p@hooks.example.org/", "https://h/#a", "ftp://h/",
     "https://hooks.example.org/" + "x" * 500, "https://hooks.example.org/\n", "https://h:99999/",
     "https://localhost/", "https://hooks.example.org/ a"],
)  # fmt: skip
def test_an_address_is_https_and_plain(engine: Engine, url: str) -> None:
    enrol(engine)
    with pytest.raises(Misconfigured):
        hook(engine, url)
    with engine.begin() as connection:
        assert listed(connection) == []


def test_a_client_sees_and_removes_its_own_alone(engine: Engine) -> None:
    enrol(engine)
    enrol(engine, "other", siret="00000000000099")
    ours, theirs = (
        hook(engine, "https://hooks.example.org/", client=one).webhook.id
        for one in (CLIENT, "other")
    )
    with engine.begin() as connection:
        assert [one.id for one in listed(connection, CLIENT)] == [ours]
    refusals = []
    for unknown in (theirs, "hook-none"):
        with pytest.raises(NotAuthorised) as refused:
            remove(engine, unknown, by=CLIENT, client=CLIENT)
        refusals.append(str(refused.value).replace(unknown, ""))
    assert refusals[0] == refusals[1]
    remove(engine, ours, by=CLIENT, client=CLIENT)
    assert happen(engine) == 0
    assert {one.state for one in posts(engine, ours)} == {PostState.GIVEN_UP}
    with pytest.raises(NotAuthorised):
        resume(engine, ours, by="alice")
    with pytest.raises(NotAuthorised, match="aucun client"):
        hook(engine, "https://hooks.example.org/", client="nobody")


def test_what_ended_long_ago_is_forgotten_and_nothing_else(engine: Engine) -> None:
    enrol(engine)
    gone = hook(engine, "https://hooks.example.org/").webhook.id
    remove(engine, gone, by="alice", now=NOON)
    hook(engine, "https://hooks.example.org/")
    assert forget_posts(engine, NOON + KEPT) == 0
    assert forget_posts(engine, NOON + KEPT + SECOND) == 1
