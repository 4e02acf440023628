"""What a connector test stands on: places a test may fill, watch and break, and a few gestures."""

import asyncio
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from connectors.contract import Arrival, Milestone, Notice, Outlet, Piece, Receipt, Source
from connectors.sink import FileSink

MEBIBYTE = 1 << 20
NAME = "CONTACTS_P_CNAF_CD08_20261121_000147_V2.csv.gpg"
RECEIVED = Notice(
    Milestone.RECEIVED, "Votre fichier est reçu.", files={"ART.json": b'{"etape":"reception"}'}
)
REFUSED = Notice(
    Milestone.REFUSED, "Votre fichier est refusé.", "GW-201", {"ARL.json": b'{"code":"GW-201"}'}
)


class SourcePlace(Protocol):
    """A partner's place with one source on it, and what a test may do to it."""

    @property
    def source(self) -> Source: ...

    @property
    def secrets(self) -> Sequence[str]:
        """Strings that no repr and no message may hold."""
        ...

    async def put(self, name: str, body: bytes) -> None:
        """Make a finished file wait; under a name already waiting, replace it."""
        ...

    async def lose(self, name: str) -> None:
        """The sender takes the waiting file back."""
        ...

    def told(self) -> Sequence[str]:
        """One fingerprint per acknowledgement the sender can see; writing one again changes it."""
        ...

    def cut(self) -> None:
        """Stop answering, at once and in the middle of whatever goes on. Twice is once."""
        ...


class OutletPlace(Protocol):
    """A recipient's place with one outlet on it."""

    @property
    def outlet(self) -> Outlet: ...

    @property
    def secrets(self) -> Sequence[str]: ...

    def visible(self) -> Mapping[str, bytes]:
        """What stands under final names."""
        ...

    def leftovers(self) -> Sequence[str]:
        """Everything else that lies there, temporaries above all."""
        ...

    def cut(self) -> None: ...


class Watched(io.BytesIO):
    """A stream that lets something happen as bytes pass."""

    def __init__(self, body: bytes, happens: Callable[[], None]) -> None:
        super().__init__(body)
        self._happens = happens

    def write(self, chunk: Any) -> int:
        self._happens()
        return super().write(chunk)

    def read(self, size: int | None = -1) -> bytes:
        self._happens()
        return super().read(size)


def cancel_this_task() -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()


async def fetched(source: Source, arrival: Arrival, limit: int = 64 * MEBIBYTE) -> bytes:
    into = io.BytesIO()
    await source.fetch(arrival, FileSink(into), limit=limit)
    return into.getvalue()


async def only(source: Source) -> Arrival:
    (arrival,) = await source.arrivals()
    return arrival


async def sent(outlet: Outlet, body: io.BytesIO, name: str = NAME) -> Receipt:
    """One piece prepared, then delivered."""
    pieces = [Piece(name, body)]
    return await outlet.deliver(pieces, await outlet.prepare(pieces))


async def told_and_settled(source: Source, arrival: Arrival) -> None:
    """The last two gestures on an arrival, in the order the gateway makes them."""
    await source.acknowledge(arrival, [RECEIVED, REFUSED])
    await source.settle(arrival)


async def attempt(source: Source, arrival: Arrival, verb: str) -> object:
    match verb:
        case "arrivals":
            return await source.arrivals()
        case "fetch":
            return await fetched(source, arrival)
        case "acknowledge":
            await source.acknowledge(arrival, [RECEIVED])
        case _:
            await source.settle(arrival)
    return None
