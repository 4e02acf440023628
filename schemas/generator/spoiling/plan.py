"""Which record is spoiled in which way: exactly as many as asked, decided before a line is written.

1. A rate is that of the records of the file, rounded. A record is spoiled once.
2. What is remembered of a record is four bytes: the kinds it can bear. The kind with the fewest records
   to spare draws its own first.
3. More than the file can bear is refused (`TooMany`), never done in part.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from random import Random

from schemas.generator.spoiling.kinds import Kind, Record


class TooMany(ValueError):
    """A rate asks for more defects of one kind than the file has records to bear them."""

    def __init__(self, flow: str, kind: str) -> None:
        super().__init__(f"{flow}: {kind}")
        self.flow, self.kind = flow, kind


class Plan:
    """Gives each record its kind, in the order of the file."""

    def __init__(
        self,
        flow: str,
        kinds: Sequence[Kind],
        rates: Mapping[str, float],
        clean: Iterable[Record],
        rng: Random,
    ) -> None:
        kinds = [kind for kind in kinds if rates.get(kind.name, 0) > 0]
        borne = array(
            "I",
            (sum(kind.fits(record) << bit for bit, kind in enumerate(kinds)) for record in clean),
        )
        needed = [round(rates[kind.name] * len(borne)) for kind in kinds]
        spare = [sum(mask >> bit & 1 for mask in borne) - needed[bit] for bit in range(len(kinds))]
        self._chosen: dict[int, Kind] = {}
        self._at = 0
        for bit in sorted(range(len(kinds)), key=lambda each: spare[each]):
            able = [n for n, mask in enumerate(borne) if mask >> bit & 1 and n not in self._chosen]
            if needed[bit] > len(able):
                raise TooMany(flow, kinds[bit].name)
            self._chosen |= dict.fromkeys(rng.sample(able, needed[bit]), kinds[bit])

    def next(self) -> Kind | None:
        """Say how to spoil the next record of the file, if at all."""
        self._at += 1
        return self._chosen.get(self._at - 1)
