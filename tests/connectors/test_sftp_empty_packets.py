"""What asyncssh sends besides our requests: an empty packet before each, where a cipher chains blocks only.

asyncssh has no setting for it: this fails when a release of it changes how packets are sent.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest

from connectors.sftp import SftpSource
from connectors.sftp_settings import Policy, SftpSettings
from tests.connectors.test_sftp_legacy import OLD, TODAY
from tests.world.shelves import Shelves
from tests.world.sshd import openssh_server


@pytest.fixture
def packets(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    asyncssh.set_debug_level(3)
    caplog.set_level(logging.DEBUG, "asyncssh")
    yield caplog
    asyncssh.set_debug_level(1)


async def listed(tmp_path: Path, more: str, kind: str, policy: Policy) -> None:
    shelves = Shelves.made_under(tmp_path / "partner")
    shelves.put("a.csv", b"body")
    with openssh_server(tmp_path / "sshd", shelves.root, more=more, kind=kind) as server:
        settings = SftpSettings(
            partner="pe",
            host="127.0.0.1",
            port=server.port,
            username=server.username,
            client_key_path=server.client_key_path,
            host_keys=(server.host_key,),
            stable_seconds=0,
            policy=policy,
            legacy_until=TODAY if policy is Policy.LEGACY else None,
        )
        assert [arrival.name for arrival in await SftpSource(settings).arrivals()] == ["a.csv"]


def of_requests(packets: pytest.LogCaptureFixture) -> tuple[int, int]:
    """Packets of our requests, and empty ones since the first of them."""
    sent = [r.getMessage() for r in packets.records if "Sent MSG_" in r.getMessage()]
    first = next(i for i, line in enumerate(sent) if "MSG_CHANNEL_DATA" in line) + 1
    kinds = [kind for line in sent[first:] for kind in ("CHANNEL_DATA", "IGNORE") if kind in line]
    return kinds.count("CHANNEL_DATA"), kinds.count("IGNORE")


async def test_no_empty_packet_goes_with_a_request(
    tmp_path: Path, packets: pytest.LogCaptureFixture
) -> None:
    await listed(tmp_path, "", "ed25519", Policy.RGS)
    requests, empty = of_requests(packets)
    assert requests > 3
    assert empty == 0


@pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")  # cryptography will drop it
async def test_with_an_old_cipher_that_chains_blocks_they_stay(
    tmp_path: Path, packets: pytest.LogCaptureFixture
) -> None:
    await listed(tmp_path, OLD, "rsa", Policy.LEGACY)
    requests, empty = of_requests(packets)
    assert requests > 3
    assert empty >= requests
