"""Who lives what: every scenario once per two hundred people, ordinary lives for the others.

An ordinary life triggers none of R09, R13 and R13b, at any threshold, with or without Pôle emploi.
"""

from collections.abc import Iterator
from random import Random

from schemas.generator.catalogue import SCENARIOS
from schemas.generator.scenarios import (
    Expected,
    Link,
    Scenario,
    Story,
    appointment,
    contract,
    oriented,
)

BLOCK = 200
_UNKNOWN, _KNOWN = Expected(), Expected(match=Link.SAME.value)


def cast(rng: Random, people: int) -> Iterator[Scenario]:
    """Give each person a scenario; the first two hundred people see them all."""
    ordinary = BLOCK - len(SCENARIOS)
    for first in range(0, people, BLOCK):
        block = [*SCENARIOS, *(_ordinary(rng) for _ in range(ordinary))]
        rng.shuffle(block)
        yield from block[: people - first]


def _ordinary(rng: Random) -> Scenario:
    decided = rng.randint(60, 500)
    pe = _followed(rng) if rng.random() < 0.45 else None
    expected = _KNOWN if pe else _UNKNOWN
    kind = rng.random()
    if kind < 0.15:
        return Scenario(expected, (), pe)
    if kind < 0.55:
        return Scenario(expected, oriented(decided, "EMPLOI"), pe)
    track = rng.choice(("SOCIAL", "SOCIAL", "SOCIOPRO"))
    start = rng.randint(20, min(decided, 110))
    running = contract(start, start - rng.choice((183, 365)))
    seen = appointment(rng.randint(3, start))
    return Scenario(expected, oriented(decided, track) + running + seen, pe)


def _followed(rng: Random) -> Story:
    """Register somebody seen lately; a few have left the list since."""
    modality = rng.choice(("GUI", "GUI", "SUI", "SUI", "REN", "GLO", "APR", ""))
    registered = rng.randint(90, 400)
    seen = rng.randint(2, 85)
    left = rng.randint(1, 80) if rng.random() < 0.08 else None
    struck = rng.random() < 0.4
    return Story(
        seen,
        modality,
        registered,
        ceased=None if struck else left,
        struck=left if struck else None,
    )
