"""SFTP against our own sandbox, and what the sandbox itself promises to who integrates against it."""

import asyncio
import io
import socket
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from connectors.errors import Denied, Unreachable
from connectors.sandbox.sftp import PartnerAccess, SftpSandbox
from connectors.sftp import SftpOutlet, SftpSource
from connectors.sftp_settings import SftpSettings
from tests.connectors.place import NAME, fetched, only, sent
from tests.connectors.sftp_agreed import AgreedContract
from tests.connectors.sftp_contract import SftpOutletContract, SftpPlace, SftpSourceContract
from tests.connectors.sftp_cuts import CutsContract
from tests.world.relay import relayed
from tests.world.shelves import Shelves


@asynccontextmanager
async def sandbox_place(tmp_path: Path) -> AsyncIterator[SftpPlace]:
    async with SftpSandbox(tmp_path / "sandbox") as sandbox:
        settings = replace(
            sandbox.add_partner("cnaf").settings(),
            connect_seconds=5,
            answer_seconds=10,
            resume_seconds=0.01,
        )
        yield SftpPlace(Shelves(sandbox.folder("cnaf", "depot").parent), settings, sandbox.cut)


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[SftpSandbox]:
    async with SftpSandbox(tmp_path / "sandbox") as sandbox:
        yield sandbox


@asynccontextmanager
async def entered(access: PartnerAccess) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """A client that has the key and no good intention."""
    async with asyncssh.connect(
        access.host,
        access.port,
        username=access.username,
        client_keys=[str(access.client_key_path)],
        known_hosts=([asyncssh.import_public_key(access.host_key)], [], []),
        config=None,
        agent_path=None,
    ) as connection:
        yield connection


class TestSandboxSource(SftpSourceContract):
    opened = staticmethod(sandbox_place)


class TestSandboxOutlet(SftpOutletContract):
    opened = staticmethod(sandbox_place)


class TestSandboxAgreed(AgreedContract):
    opened = staticmethod(sandbox_place)


class TestSandboxCuts(CutsContract):
    opened = staticmethod(sandbox_place)


async def test_a_deposit_is_collected(sandbox: SftpSandbox) -> None:
    source = SftpSource(sandbox.add_partner("pole_emploi").settings())
    await sandbox.deposit("pole_emploi", NAME, b"body")
    assert await fetched(source, await only(source)) == b"body"


async def test_depositing_again_does_nothing_even_once_archived(sandbox: SftpSandbox) -> None:
    source = SftpSource(sandbox.add_partner("cnaf").settings())
    await sandbox.deposit("cnaf", NAME, b"body")
    await sandbox.deposit("cnaf", NAME, b"other")
    arrival = await only(source)
    assert await fetched(source, arrival) == b"body"
    await source.settle(arrival)
    await sandbox.deposit("cnaf", NAME, b"other")
    assert list(await source.arrivals()) == []


async def test_partners_do_not_see_each_other(sandbox: SftpSandbox) -> None:
    cnaf, other = sandbox.add_partner("cnaf"), sandbox.add_partner("cd08")
    await sandbox.deposit("cnaf", NAME, b"body")
    assert list(await SftpSource(other.settings()).arrivals()) == []
    with pytest.raises(Denied):
        await SftpSource(replace(cnaf.settings(), client_key_path=other.client_key_path)).arrivals()


async def test_pins_accounts_and_port_survive_a_restart(tmp_path: Path) -> None:
    sandbox = SftpSandbox(tmp_path)
    await sandbox.start()
    before = sandbox.add_partner("cnaf")
    await sandbox.stop()
    with pytest.raises(Unreachable):
        await SftpSource(before.settings()).arrivals()
    await sandbox.start()
    assert sandbox.add_partner("cnaf") == before
    assert list(await SftpSource(before.settings()).arrivals()) == []
    await sandbox.stop()
    await sandbox.stop()


async def test_private_keys_are_readable_by_their_owner_only(sandbox: SftpSandbox) -> None:
    access = sandbox.add_partner("cnaf")
    for path in (access.client_key_path, access.client_key_path.with_name("host")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_an_account_has_no_shell_and_no_command(sandbox: SftpSandbox) -> None:
    async with entered(sandbox.add_partner("cnaf")) as connection:
        for command in (None, "id"):
            with pytest.raises(asyncssh.ChannelOpenError):
                await connection.run(command)


async def test_an_account_cannot_tunnel(sandbox: SftpSandbox) -> None:
    async with entered(sandbox.add_partner("cnaf")) as connection:
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.open_connection("127.0.0.1", sandbox.port)
        with pytest.raises(asyncssh.ChannelListenError):
            await connection.forward_remote_port("127.0.0.1", 0, "127.0.0.1", 9)


@pytest.mark.parametrize("path", ["/etc/hostname", "../../../../etc/hostname", "../../keys/host"])
async def test_an_account_sees_nothing_above_its_root(sandbox: SftpSandbox, path: str) -> None:
    async with (
        entered(sandbox.add_partner("cnaf")) as connection,
        connection.start_sftp_client() as sftp,
    ):
        with pytest.raises(asyncssh.SFTPNoSuchFile):
            await sftp.open(path, "rb")


async def test_a_link_made_by_an_account_does_not_lead_out(sandbox: SftpSandbox) -> None:
    access = sandbox.add_partner("cnaf")
    async with entered(access) as connection, connection.start_sftp_client() as sftp:
        await sftp.symlink("../../../keys/host", "depot/out")
        with pytest.raises(asyncssh.SFTPNoSuchFile):
            await sftp.open("depot/out", "rb")


@pytest.mark.parametrize("name", ["", "..", "a/b", "a b", "-x"])
async def test_a_partner_name_is_one_plain_word(sandbox: SftpSandbox, name: str) -> None:
    with pytest.raises(ValueError, match="sandbox partner"):
        sandbox.add_partner(name)


async def test_partners_are_added_to_a_running_sandbox_only(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="not started"):
        SftpSandbox(tmp_path).add_partner("cnaf")


@pytest.fixture
def mute_port() -> Iterator[int]:
    """A port that accepts and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


async def test_a_server_that_never_speaks_is_unreachable_in_time(
    sandbox: SftpSandbox, mute_port: int
) -> None:
    settings = replace(sandbox.add_partner("cnaf").settings(), port=mute_port, connect_seconds=0.2)
    async with asyncio.timeout(5):
        with pytest.raises(Unreachable, match="no answer in time"):
            await SftpSource(settings).arrivals()
        with pytest.raises(Unreachable):
            await sent(SftpOutlet(settings), io.BytesIO(b"x"))


def settings_with(tmp_path: Path, *host_keys: str) -> SftpSettings:
    return SftpSettings(
        partner="cnaf",
        host="sftp.example",
        username="u",
        client_key_path=tmp_path,
        host_keys=host_keys,
    )


@pytest.mark.parametrize(
    "pin",
    [
        "",
        "ssh-ed25519",
        "ssh-ed25519 AAAA",
        "ssh-ed25519 ***",
        "ssh-dss AAAA",
        "* ssh-ed25519 AAAA",
    ],
)
def test_a_pin_that_is_not_a_key_of_the_policy_is_refused(tmp_path: Path, pin: str) -> None:
    with pytest.raises(ValueError, match="pinned host key"):
        settings_with(tmp_path, pin)


async def test_without_a_pin_nobody_is_spoken_to(sandbox: SftpSandbox, tmp_path: Path) -> None:
    settings = sandbox.add_partner("cnaf").settings()
    async with relayed(settings.port) as relay:
        unpinned = SftpSource(replace(settings, host_keys=(), port=relay.port))
        with pytest.raises(Denied, match="no host key is pinned"):
            await unpinned.arrivals()
        assert relay.connections == 0


async def test_limits_of_zero_are_refused(sandbox: SftpSandbox) -> None:
    settings = sandbox.add_partner("cnaf").settings()
    with pytest.raises(ValueError, match="above zero"):
        replace(settings, connect_seconds=0)
    with pytest.raises(ValueError, match="above zero"):
        replace(settings, answer_seconds=0)
    with pytest.raises(ValueError, match="above zero"):
        replace(settings, max_listed=0)


async def test_the_path_of_our_key_does_not_show(sandbox: SftpSandbox) -> None:
    access = sandbox.add_partner("cnaf")
    assert str(access.client_key_path) not in repr(access.settings())
