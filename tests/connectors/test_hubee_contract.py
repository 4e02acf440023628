"""HubEE keeps the promise every source keeps."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from connectors.hubee import HubeeSource
from tests.connectors.contract import RemoteSourceContract
from tests.connectors.place import SourcePlace
from tests.world.hubee import HubeeWorld, a_file, hubee_world


class HubeePlace:
    """The publisher replaces nothing at HubEE: a new file is a new case, the old one is emptied."""

    def __init__(self, world: HubeeWorld, source: HubeeSource, secrets: Sequence[str]) -> None:
        self._world, self.source, self.secrets = world, source, secrets
        self._cases: dict[str, str] = {}

    async def put(self, name: str, body: bytes) -> None:
        if name in self._cases:
            await self.lose(name)
        self._cases[name] = self._world.publish(a_file(body, name))

    async def lose(self, name: str) -> None:
        self._world.take_back(self._cases[name])

    def told(self) -> Sequence[str]:
        cases = self._world.sandbox.state().cases.values()
        return [f"{e.id} {e.new_status}" for c in cases for e in c.events]

    def cut(self) -> None:
        self._world.sandbox.cut()


class TestHubeeSource(RemoteSourceContract):
    def opened(self, tmp_path: Path) -> AbstractAsyncContextManager[SourcePlace]:
        return self._opened(tmp_path)

    @asynccontextmanager
    async def _opened(self, tmp_path: Path) -> AsyncIterator[SourcePlace]:
        async with hubee_world(tmp_path / "hub") as world:
            settings = world.settings()
            async with HubeeSource(settings) as source:
                yield HubeePlace(world, source, [settings.client_secret.reveal()])
