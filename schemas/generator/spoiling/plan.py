"""Which record is spoiled in which way: exactly as many as asked, drawn in one pass.

1. A rate is that of the records of the file, rounded half up.
2. Each record in turn is taken for a kind with the chance that kind still needs it; a kind that needs
   every record left takes it. A record is spoiled once.
3. More than the file can bear is refused (`TooMany`), never done in part.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from random import Random

from schemas.generator.spoiling.kinds import Kind, Record


class TooMany(ValueError):
    """A rate asks for more defects of one kind than the file has records to bear them."""

    def __init__(self, flow: str, kind: str) -> None:
        super().__init__(f"{flow}: {kind}")
        self.flow, self.kind = flow, kind


class Plan:
    """Chooses, record after record, in the order of the file."""

    def __init__(
        self,
        flow: str,
        kinds: Sequence[Kind],
        rates: Mapping[str, float],
        clean: Iterable[Record],
        rng: Random,
    ) -> None:
        self._flow, self._rng = flow, rng
        self._kinds = [kind for kind in kinds if rates.get(kind.name, 0) > 0]
        self._left: Counter[str] = Counter()
        total = 0
        for record in clean:
            total += 1
            self._left.update(kind.name for kind in self._kinds if kind.fits(record))
        self._needed = {k.name: int(rates[k.name] * total + 0.5) for k in self._kinds}
        for name, needed in self._needed.items():
            if needed > self._left[name]:
                raise TooMany(flow, name)
        if sum(self._needed.values()) > total:
            raise TooMany(flow, "+".join(sorted(self._needed)))

    def choose(self, record: Record) -> Kind | None:
        """Say how to spoil the next record of the file, if at all."""
        fitting = [kind for kind in self._kinds if kind.fits(record)]
        pressing = sorted(fitting, key=self._pressure, reverse=True)
        chosen = next((k for k in pressing if self._rng.random() < self._pressure(k)), None)
        self._left.subtract(kind.name for kind in fitting)
        if chosen is not None:
            self._needed[chosen.name] -= 1
        return chosen

    def check_done(self) -> None:
        """Raise `TooMany` when kinds quarrelled over too few records."""
        for name, needed in self._needed.items():
            if needed:
                raise TooMany(self._flow, name)

    def _pressure(self, kind: Kind) -> float:
        return self._needed[kind.name] / max(self._left[kind.name], 1)
