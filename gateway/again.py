"""What a replay is made of: the passport of its original, and the bytes it left in the vault.

The name is read again under today's contract; the place where the original waited is not asked.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Engine

from gateway.delivery import Collected
from gateway.doors.lookout import DAY
from gateway.errors import Broken
from gateway.stages.collect import held_already
from gateway.store.deliveries import Passport
from gateway.store.replays import Origin, Replay, find_replay, origin
from schemas.contract import Contract

# What may be the beginning of a file's name at a partner's: not the words we show instead of a name.
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")


@dataclass(frozen=True, slots=True)
class Again:
    """A replay, ready to walk. `shown` is the name its acknowledgements bear."""

    passport: Passport
    held: Collected
    shown: str


def read_again(engine: Engine, replay: str, contract_of: Callable[[str], Contract]) -> Again:
    """What was asked for, from the record."""
    with engine.begin() as connection:
        asked = find_replay(connection, replay)
        if asked is None:
            raise Broken("rejeu", "LookupError")
        start = origin(connection, asked)
    row = start.row
    passport = _passport(asked, start, contract_of(row.flow))
    name = row.name if _PLAIN.fullmatch(row.name) else row.id
    held = held_already(asked.id, row.digest, row.size)
    return Again(passport, held, f"{name}.REJEU{asked.rank}")


def _passport(asked: Replay, start: Origin, contract: Contract) -> Passport:
    row = start.row
    stated = (contract.parse_name(row.name) if start.is_well_named else None) or {}
    return Passport(
        delivery=asked.id,
        flow=row.flow,
        partner=row.partner,
        departement=row.departement,
        name=row.name,
        reference_date=date.fromisoformat(stated[DAY]) if DAY in stated else start.spoke_of,
        stated_departement=stated.get("departement", ""),
        is_well_named=start.is_well_named,
        sent_at=start.sent_at,
        sequence=row.sequence,
        environment=stated.get("environment", ""),
        is_test=row.is_test,
        replay_of=row.id,
        waives=start.waives,
    )
