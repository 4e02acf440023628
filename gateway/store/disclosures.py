"""Who looked at whom, and why: written before anything is shown.

1. The entry is about a crossing; who was looked at is there as a commitment under a key derived from the
   master: whoever holds the key can answer "who looked at me?", nobody else can guess a person.
2. Once the person is erased, their random id is nowhere: the commitment says nothing any more.
3. The motive is kept beside, with the salt of its own commitment, and stays erasable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select

from gateway.ledger.entry import Act, Entry, commit, new_salt
from gateway.ledger.log import append
from gateway.pseudonym import Domain, Master, derive_key
from gateway.store.database import one_writer
from gateway.store.tables import DISCLOSURE

CONSULTATION = Domain(recipient="passerelle", purpose="consultation-personne", epoch="1")
EXPLANATION, LIST, LINK = "explication", "liste", "rapprochement"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What somebody asks to be shown: of one crossing (or one question), about these people (their commitments)."""

    what: str
    about: str
    departement: str
    people: Sequence[str]


def committed(master: Master, crossing: str, person: str) -> str:
    """The commitment to one person (a pseudonym or random id) in one crossing."""
    return commit(derive_key(master, CONSULTATION).reveal(), f"{crossing}\n{person}")


def disclose(engine: Engine, asked: Disclosure, *, by: str, motive: str) -> int:
    """Write that `by` is shown this, and why; give the entry's index."""
    at, salt = datetime.now(UTC), new_salt()
    facts: dict[str, str | int] = {
        "what": asked.what,
        "departement": asked.departement,
        "people": len(asked.people),
        "motive": commit(salt, motive),
    }
    if len(asked.people) == 1:
        facts["person"] = asked.people[0]
    entry = Entry(Act.PERSON_DISCLOSED, at, asked.about, actor=by, facts=facts)
    with one_writer(engine) as connection:
        index = append(connection, entry)
        row = {"disclosed_at": at, "disclosed_to": by, "motive": motive, "salt": salt.hex()}
        connection.execute(insert(DISCLOSURE).values(ledger_index=index, **row))
        return index


def motive_of(connection: Connection, index: int) -> Row[Any] | None:
    """The row of an entry, with its motive and salt (hex), while it is kept."""
    return connection.execute(select(DISCLOSURE).where(DISCLOSURE.c.ledger_index == index)).first()
