"""A place that fails in exactly the way a test asks, at every door."""

from collections.abc import Sequence

from connectors.contract import Arrival, Notice, Sink

BEGINNING = b"NIR;NOM\nSO"  # what a fetch writes before it fails


class Failing:
    """Raises `error` from `arrivals`, `fetch`, `acknowledge` and `settle`; remembers what was asked."""

    def __init__(self, error: Exception) -> None:
        self._error = error
        self.asked: list[str] = []

    async def arrivals(self) -> Sequence[Arrival]:
        self._fail("arrivals")
        return []

    async def fetch(self, arrival: Arrival, into: Sink, *, limit: int) -> None:
        await into.write(BEGINNING)
        self._fail(f"fetch {arrival.key} {limit}")

    async def acknowledge(self, arrival: Arrival, notices: Sequence[Notice]) -> Sequence[str]:
        self._fail(f"acknowledge {arrival.key} {len(notices)}")
        return []

    async def settle(self, arrival: Arrival) -> None:
        self._fail(f"settle {arrival.key}")

    def _fail(self, asked: str) -> None:
        self.asked.append(asked)
        raise self._error
