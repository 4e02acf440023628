"""A liar that does not lie: the whole contract holds on the server whose lies the others test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.connectors.place import MEBIBYTE
from tests.connectors.sftp_contract import SftpOutletContract, SftpPlace, SftpSourceContract
from tests.world.sftp_liar import liar


@asynccontextmanager
async def honest_place(tmp_path: Path) -> AsyncIterator[SftpPlace]:
    async with liar(tmp_path) as honest:
        yield honest.place


class TestHonestLiarSource(SftpSourceContract):
    large = 5 * MEBIBYTE
    opened = staticmethod(honest_place)


class TestHonestLiarOutlet(SftpOutletContract):
    large = 5 * MEBIBYTE
    opened = staticmethod(honest_place)
