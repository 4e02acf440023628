"""The notices of a verdict, made once: what was said stays what is said.

1. Everything made for a delivery is written together, before anybody is told. Whoever comes second finds
   what the first wrote, and tells that.
2. Saying it again is an entry of the ledger, with its motive beside it, in one unit of work: the entry
   holds a commitment to the motive, which stays erasable.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, insert, select

from gateway.delivery import Verdict
from gateway.ledger.entry import Act, Entry, commit, new_salt
from gateway.ledger.log import append
from gateway.notices import Origin
from gateway.store.database import one_writer
from gateway.store.tables import ACKNOWLEDGEMENT, DELIVERY

# What is ours beside the files of the sender: the words in order, where to say them, each time again.
WORDS, ADDRESS, AGAIN = "AVIS.json", "ADRESSE.age", "RENVOI-"


@dataclass(frozen=True, slots=True)
class Again:
    """Once more, by whom and why."""

    at: str
    by: str
    motive: str
    ledger_index: int


def find_notices(connection: Connection, delivery: str) -> Mapping[str, bytes]:
    """Everything made for one delivery, by file; empty when nothing was."""
    rows = connection.execute(
        select(ACKNOWLEDGEMENT.c.file, ACKNOWLEDGEMENT.c.content)
        .where(ACKNOWLEDGEMENT.c.delivery == delivery)
        .order_by(ACKNOWLEDGEMENT.c.file)
    )
    return {row.file: bytes(row.content) for row in rows}


def keep_notices(
    engine: Engine, delivery: str, files: Mapping[str, bytes], at: datetime
) -> Mapping[str, bytes]:
    """Write what was made for a delivery, `WORDS` among it; give what is of record."""
    with one_writer(engine) as connection:
        known = find_notices(connection, delivery)
        if WORDS in known:
            return known
        for file, content in files.items():
            _insert(connection, delivery, file, content, at)
        return files


def note_again(engine: Engine, delivery: str, about: int, *, by: str, motive: str) -> int:
    """A sender was told again: the entry and its motive. Give the entry's index."""
    at, salt = datetime.now(UTC), new_salt()
    facts: Mapping[str, str | int] = {"about": about, "motive": commit(salt, motive)}
    with one_writer(engine) as connection:
        entry = Entry(Act.DELIVERY_TOLD_AGAIN, at, delivery, actor=by, facts=facts)
        index = append(connection, entry)
        said = {"le": at.isoformat(timespec="seconds"), "par": by, "motif": motive}
        body = json.dumps(said | {"sel": salt.hex()}, ensure_ascii=False).encode()
        _insert(connection, delivery, f"{AGAIN}{index}.json", body, at)
        return index


def said_again(files: Mapping[str, bytes]) -> Sequence[Again]:
    """The times a delivery was told again, oldest first."""
    found = []
    for file, content in files.items():
        if file.startswith(AGAIN):
            said = json.loads(content)
            index = int(file.removeprefix(AGAIN).removesuffix(".json"))
            found.append(Again(said["le"], said["par"], said["motif"], index))
    return sorted(found, key=lambda one: one.ledger_index)


def times_again(connection: Connection) -> Mapping[str, int]:
    """How many times each delivery was told again."""
    rows = connection.execute(
        select(ACKNOWLEDGEMENT.c.delivery).where(ACKNOWLEDGEMENT.c.file.startswith(AGAIN))
    )
    counted: dict[str, int] = {}
    for row in rows:
        counted[row.delivery] = counted.get(row.delivery, 0) + 1
    return counted


def origin_of(connection: Connection, delivery: str) -> Origin | None:
    """The first delivery accepted with the content this one repeats; None when nothing says so."""
    repeated = connection.execute(select(DELIVERY).where(DELIVERY.c.id == delivery)).first()
    if repeated is None or not repeated.plaintext:
        return None
    first = connection.execute(
        select(DELIVERY.c.id, DELIVERY.c.ledger_index)
        .where(
            DELIVERY.c.partner == repeated.partner,
            DELIVERY.c.flow == repeated.flow,
            DELIVERY.c.plaintext == repeated.plaintext,
            DELIVERY.c.verdict == Verdict.ACCEPTED,
            DELIVERY.c.id != delivery,
        )
        .order_by(DELIVERY.c.ledger_index)
        .limit(1)
    ).first()
    return None if first is None else Origin(first.id, first.ledger_index)


def _insert(connection: Connection, delivery: str, file: str, content: bytes, at: datetime) -> None:
    connection.execute(
        insert(ACKNOWLEDGEMENT).values(delivery=delivery, file=file, content=content, made_at=at)
    )
