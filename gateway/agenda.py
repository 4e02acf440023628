"""What is due: the replays asked for, the crossings and releases that accepted files call for.

1. A crossing is due per département whose CD sent journeys, as of the date of its last file.
2. A release is due per habilitation in force and département, once all that its product stands on is there.
3. A replay is due until its verdict is of record.
4. The key of each says what it stands on (partitions, rules, habilitation version): the same inputs
   are the same key, so asking again starts nothing; a corrected file is another key.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy import Engine

from gateway.habilitation import Habilitation
from gateway.passage import crossing
from gateway.passage.grounds import standing
from gateway.products import PRODUCTS
from gateway.products.product import Ground
from gateway.store.replays import waiting_replays


@dataclass(frozen=True, slots=True)
class Due:
    """A walk to start, under its key, one at a time per `partition`."""

    walk: str
    key: str
    arguments: tuple[str, ...]
    partition: str


def replays(engine: Engine) -> Iterator[Due]:
    """The replays that operators asked for, oldest first."""
    with engine.begin() as connection:
        waiting = waiting_replays(connection)
    for replay, departement in waiting:
        yield Due("rejeu", f"rejeu:{replay}", (replay,), departement)


def crossings(
    house: crossing.Crossing, departements: Sequence[str], as_of: date | None = None
) -> Iterator[Due]:
    """The crossing of each département whose journeys are known, as of its last file unless told."""
    for departement in departements:
        found = crossing.inputs(house, departement, as_of)
        if found is not None:
            day = (as_of or found.cd.reference_date).isoformat()
            key = f"croisement:{departement}@{day}:{found.digest}"
            yield Due("croisement", key, (departement, day, key), departement)


def releases(engine: Engine, habilitations: Sequence[Habilitation], on: date) -> Iterator[Due]:
    """The release of each habilitation in force, for each of its départements."""
    for habilitation in habilitations:
        if not habilitation.is_open(on):
            continue
        for departement in habilitation.departements:
            fed = _fed(engine, habilitation, departement)
            if fed is not None:
                period, digest = fed[0].isoformat(), fed[1]
                stamp = f"{habilitation.id}@v{habilitation.version}:{departement}"
                key = f"publication:{stamp}:{period}:{digest}"
                yield Due(
                    "publication", key, (habilitation.id, departement, period, key), departement
                )


def _fed(engine: Engine, habilitation: Habilitation, departement: str) -> tuple[date, str] | None:
    """Period and digest of what the product stands on and heeds; None while some of the first is not there.

    By what was found, not by which crossing found it: the same signals are the same release.
    """
    product = PRODUCTS.get(habilitation.product or "")
    # A product nobody knows is refused by the release, which writes it.
    grounds, heeded = (product.stands_on, product.heeds) if product else ((Ground.SIGNALS,), ())
    with engine.begin() as connection:
        needed = [standing(connection, ground, departement) for ground in grounds]
        others = [standing(connection, ground, departement) for ground in heeded]
    found = [one for one in needed if one is not None]
    if len(found) < len(needed):
        return None
    digests = [one.digest for one in (*found, *others) if one is not None]
    alone = digests[0] if len(digests) == 1 else sha256("\n".join(digests).encode()).hexdigest()
    return found[0].day, alone[:16]
