"""A stretch of network between a client and a server on loopback, that a test may cut, slow and count."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Relay:
    """Carries bytes both ways. `cut_after`: bytes each next connection carries before it is dropped."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._live: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.connections = 0
        self.up, self.down = 0, 0
        self.last_up = 0
        self.cut_after: list[int] = []
        self.is_held = False
        self.delay = 0.0  # seconds before each 32 KiB

    @property
    def alive(self) -> int:
        return len(self._live) // 2

    async def is_empty(self) -> bool:
        """Whether everybody has hung up; the news takes a moment to come."""
        for _ in range(200):
            if not self.alive:
                return True
            await asyncio.sleep(0.01)
        return False

    def cut(self) -> None:
        for writer in list(self._live):
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.last_up = 0
        left = [self.cut_after.pop(0)] if self.cut_after else []
        there, onward = await asyncio.open_connection("127.0.0.1", self._port)
        self._live |= {writer, onward}
        ways = [
            asyncio.create_task(self._carry(reader, onward, left, down=False)),
            asyncio.create_task(self._carry(there, writer, left, down=True)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            writer.transport.abort()
            await self._heard_out(there, onward)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for one in (writer, onward):
                one.transport.abort()
            self._live -= {writer, onward}

    async def _heard_out(self, there: asyncio.StreamReader, onward: asyncio.StreamWriter) -> None:
        """What the server had received, it works on: a reset would take it back."""
        with suppress(OSError, TimeoutError, RuntimeError):
            onward.write_eof()
            async with asyncio.timeout(1):
                while not there.at_eof():
                    await asyncio.sleep(0.01)

    async def _carry(
        self, reader: asyncio.StreamReader, to: asyncio.StreamWriter, left: list[int], *, down: bool
    ) -> None:
        with suppress(OSError):
            while chunk := await reader.read(32 << 10):
                await asyncio.sleep(self.delay)
                while self.is_held:
                    await asyncio.sleep(0.01)
                self.up, self.down = (
                    self.up + len(chunk) * (not down),
                    self.down + len(chunk) * down,
                )
                self.last_up += len(chunk) * (not down)
                if left:
                    left[0] -= len(chunk)
                if left and left[0] < 0:
                    break
                if not to.is_closing():
                    to.write(chunk)
                    await to.drain()


@asynccontextmanager
async def relayed(port: int) -> AsyncIterator[Relay]:
    """A relay to a server that listens on `port`."""
    relay = Relay(port)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def carry() -> None:
            with suppress(OSError):
                await relay.serve(reader, writer)

        task = asyncio.get_running_loop().create_task(carry())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        relay.cut()
        await asyncio.gather(*tasks, return_exceptions=True)
