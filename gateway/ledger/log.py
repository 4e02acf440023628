"""The durable log: entries in the database, numbered from 0 without a gap.

1. `append` writes in the caller's transaction: the act and its trace are committed together or not at
   all. Append last: from then until commit, other writers wait (one row is locked).
2. Numbers come from that row, never from a sequence: a rollback leaves no gap.
3. Whatever contradicts this (a number already taken, a missing row, fewer rows than counted) is
   LedgerBroken. An entry is written or an error is raised, never neither.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, Engine, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from gateway.ledger.checkpoint import Checkpoint
from gateway.ledger.entry import Entry
from gateway.ledger.errors import LedgerBroken
from gateway.ledger.tables import CHECKPOINT, ENTRY, HEAD

_CHUNK = 1024
# Both databases read it so; the dialects' own `insert` would have every driver of both imported.
_FIRST = text("INSERT INTO ledger_head (id, size) VALUES (0, 0) ON CONFLICT DO NOTHING")


def append(connection: Connection, entry: Entry) -> int:
    """Add one entry in the caller's transaction and return its number.

    On SQLite begin the transaction with BEGIN IMMEDIATE, or two writers may meet SQLITE_BUSY.
    """
    body = entry.encode()
    number = _next_number(connection)
    try:
        connection.execute(insert(ENTRY).values(seq=number, body=body))
    except IntegrityError as error:
        raise LedgerBroken(f"l'entrée {number} existe déjà en base", first=number) from error
    return number


def _next_number(connection: Connection) -> int:
    claim = update(HEAD).where(HEAD.c.id == 0).values(size=HEAD.c.size + 1).returning(HEAD.c.size)
    size = connection.execute(claim).scalar()
    if size is None:  # the very first entry of this database
        connection.execute(_FIRST)
        size = connection.execute(claim).scalar_one()
    return int(size) - 1


def opened_at(connection: Connection) -> datetime | None:
    """When the first entry was written; None in an empty log."""
    body = connection.scalar(select(ENTRY.c.body).where(ENTRY.c.seq == 0))
    return Entry.decode(bytes(body)).at if body is not None else None


def written_at(connection: Connection, number: int) -> datetime:
    """When an entry was written; LedgerBroken if it is not there."""
    body = connection.scalar(select(ENTRY.c.body).where(ENTRY.c.seq == number))
    if body is None:
        raise LedgerBroken(f"l'entrée {number} absente de la base", first=number)
    return Entry.decode(bytes(body)).at


def committed_size(engine: Engine) -> int:
    """How many entries are committed; LedgerBroken if rows and count disagree."""
    head = select(HEAD.c.size).where(HEAD.c.id == 0).scalar_subquery()
    last = select(func.max(ENTRY.c.seq)).scalar_subquery()
    with engine.connect() as connection:  # one statement: one snapshot
        size, highest = connection.execute(select(head, last)).one()
    counted, present = size or 0, 0 if highest is None else highest + 1
    if counted != present:
        first = min(counted, present)
        raise LedgerBroken(f"entrée {first} absente de la base, ou jamais comptée", first=first)
    return int(counted)


def bodies(engine: Engine, start: int, stop: int) -> Iterator[bytes]:
    """Bytes of the entries from `start` to before `stop`, in short reads."""
    for low in range(start, stop, _CHUNK):
        high = min(low + _CHUNK, stop)
        wanted = select(ENTRY.c.seq, ENTRY.c.body).where(ENTRY.c.seq >= low, ENTRY.c.seq < high)
        with engine.connect() as connection:
            rows = connection.execute(wanted.order_by(ENTRY.c.seq)).all()
        for number, row in zip(range(low, high), [*rows, None], strict=False):
            if row is None or row.seq != number:
                raise LedgerBroken(f"entrée {number} absente de la base", first=number)
            yield bytes(row.body)


def last_recorded(engine: Engine, origin: str) -> Checkpoint | None:
    """Greatest head we ever signed."""
    newest = (
        select(CHECKPOINT.c.size, CHECKPOINT.c.root).order_by(CHECKPOINT.c.size.desc()).limit(1)
    )
    with engine.connect() as connection:
        row = connection.execute(newest).one_or_none()
    return None if row is None else Checkpoint(origin, row.size, bytes(row.root))


def record(engine: Engine, checkpoint: Checkpoint) -> None:
    """Remember a head before its signature leaves us; LedgerBroken if another has that size."""
    same_size = select(CHECKPOINT.c.root).where(CHECKPOINT.c.size == checkpoint.size)
    try:
        with engine.begin() as connection:
            root = connection.execute(same_size).scalar()
            if root is None:
                row = {"size": checkpoint.size, "root": checkpoint.root}
                connection.execute(insert(CHECKPOINT).values(row))
                return
    except IntegrityError:  # another publisher was faster: it must have written the same
        with engine.connect() as connection:
            root = connection.execute(same_size).scalar_one()
    if bytes(root) != checkpoint.root:
        raise LedgerBroken(
            f"un autre point de contrôle a été signé pour la taille {checkpoint.size}"
        )
