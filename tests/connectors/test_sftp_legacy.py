"""Old algorithms: a closed list, to an end date, against an OpenSSH that offers nothing else."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from connectors.errors import Denied
from connectors.sftp import SftpSource
from connectors.sftp_settings import LEGACY, RGS, Policy, SftpSettings
from connectors.ssh_identity import offered_host_key
from tests.world.shelves import Shelves
from tests.world.sshd import openssh_server

OLD = """\
HostKeyAlgorithms ssh-rsa
PubkeyAcceptedAlgorithms +ssh-rsa
KexAlgorithms diffie-hellman-group14-sha1
Ciphers aes128-cbc
MACs hmac-sha1"""
TODAY = datetime.now(UTC).date()
BROKEN = (
    "dss",
    "arcfour",
    "3des",
    "md5",
    "none",
    "group1-",
    "blowfish",
    "cast128",
    "exchange",
    "umac-64",
)


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpSettings]:
    root = tmp_path_factory.mktemp("old")
    shelves = Shelves.made_under(root / "partner")
    shelves.put("a.csv", b"body")
    with openssh_server(root / "sshd", shelves.root, more=OLD, kind="rsa") as server:
        yield SftpSettings(
            partner="pe",
            host="127.0.0.1",
            port=server.port,
            username=server.username,
            client_key_path=server.client_key_path,
            host_keys=(server.host_key,),
            stable_seconds=0,
            policy=Policy.LEGACY,
            legacy_until=TODAY,
        )


@pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")  # cryptography will drop it
async def test_a_server_of_old_algorithms_only_is_spoken_to_by_agreement(old: SftpSettings) -> None:
    assert [a.name for a in await SftpSource(old).arrivals()] == ["a.csv"]
    usual = replace(old, policy=Policy.RGS, legacy_until=None)
    with pytest.raises(Denied, match="no algorithm or kind of host key in common"):
        await SftpSource(usual).arrivals()
    with pytest.raises(Denied, match="in common"):
        await offered_host_key(old.host, old.port)
    line, _ = await offered_host_key(old.host, old.port, policy=Policy.LEGACY)
    assert line.split() == old.host_keys[0].split()[:2]


async def test_past_its_date_nobody_is_spoken_to(old: SftpSettings) -> None:
    over = replace(old, legacy_until=TODAY - timedelta(days=1), port=1)
    with pytest.raises(Denied, match="has ended"):
        await SftpSource(over).arrivals()


@pytest.mark.parametrize(
    ("policy", "until"),
    [
        (Policy.LEGACY, None),
        (Policy.RGS, TODAY),
        (Policy.LEGACY, TODAY + timedelta(days=367)),
    ],
)
def test_old_algorithms_have_an_end_within_the_year(
    old: SftpSettings, policy: Policy, until: date | None
) -> None:
    with pytest.raises(ValueError, match="old algorithms"):
        replace(old, policy=policy, legacy_until=until)


def test_the_old_list_adds_nothing_that_is_broken() -> None:
    names = [*LEGACY.kex, *LEGACY.encryption, *LEGACY.mac, *LEGACY.all_signatures]
    assert not [name for name in names for part in BROKEN if part in name]
    assert (LEGACY.kex[: len(RGS.kex)], LEGACY.encryption[: len(RGS.encryption)]) == (
        RGS.kex,
        RGS.encryption,
    )
    sha1 = {name for name in names if name.endswith(("sha1", "ssh-rsa"))}
    assert sha1 == {"diffie-hellman-group14-sha1", "hmac-sha1", "ssh-rsa"}
    assert not [n for n in (*RGS.kex, *RGS.mac, *RGS.all_signatures) if n in sha1]
