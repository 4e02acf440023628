"""What a replay is made of: the passport of its original, and the bytes it left in the vault.

The name is read again under today's contract; the place where the original waited is not asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine

from gateway.delivery import Collected
from gateway.doors.lookout import DAY
from gateway.errors import Broken
from gateway.stages.collect import held_already
from gateway.store.deliveries import Passport
from gateway.store.replays import Origin, Replay, find_replay, origin
from schemas.contract import Contract


@dataclass(frozen=True, slots=True)
class Again:
    """A replay, ready to walk."""

    passport: Passport
    held: Collected


def read_again(engine: Engine, replay: str, contract_of: Callable[[str, str], Contract]) -> Again:
    """What was asked for, from the record."""
    with engine.begin() as connection:
        asked = find_replay(connection, replay)
        if asked is None:
            raise Broken("rejeu", "LookupError")
        start = origin(connection, asked)
    row = start.row
    passport = _passport(asked, start, contract_of(row.flow, row.name))
    return Again(passport, held_already(asked.id, row.digest, row.size))


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
