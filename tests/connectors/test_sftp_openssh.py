"""SFTP against OpenSSH, the server most partners run."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from connectors.sftp_settings import SftpSettings
from tests.connectors.sftp_agreed import AgreedContract
from tests.connectors.sftp_contract import SftpOutletContract, SftpPlace, SftpSourceContract
from tests.connectors.sftp_cuts import CutsContract
from tests.world.shelves import Shelves
from tests.world.sshd import openssh_server


@asynccontextmanager
async def openssh_place(tmp_path: Path) -> AsyncIterator[SftpPlace]:
    shelves = Shelves.made_under(tmp_path / "partner")
    with openssh_server(tmp_path / "sshd", shelves.root) as server:
        settings = SftpSettings(
            partner="cnaf",
            host="127.0.0.1",
            port=server.port,
            username=server.username,
            client_key_path=server.client_key_path,
            host_keys=(server.host_key,),
            stable_seconds=0,
            connect_seconds=5,
            answer_seconds=10,
            resume_seconds=0.01,
        )
        yield SftpPlace(shelves, settings, server.cut)


class TestOpensshSource(SftpSourceContract):
    opened = staticmethod(openssh_place)


class TestOpensshOutlet(SftpOutletContract):
    opened = staticmethod(openssh_place)


class TestOpensshAgreed(AgreedContract):
    opened = staticmethod(openssh_place)


class TestOpensshCuts(CutsContract):
    opened = staticmethod(openssh_place)
