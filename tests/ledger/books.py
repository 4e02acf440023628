"""A ledger for tests: a real SQLite (or PostgreSQL) database, a folder, a key drawn for the test."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, MetaData, create_engine, delete, event, insert
from sqlalchemy.pool import NullPool

from gateway.ledger import Act, Checkpoint, Entry, Signer, append, define, new_signer_key, publish
from gateway.ledger.tables import ENTRY, HEAD

ORIGIN = "passerelle.example/journal"


def entry(number: int) -> Entry:
    at = datetime.fromtimestamp(1_780_000_000 + number, tz=UTC)
    return Entry(Act.DELIVERY_ACCEPTED, at, f"depot-{number}", facts={"lignes": number})


def open_engine(url: str) -> Engine:
    """An engine as the house opens it: no pool here, so that a forked child shares no connection."""
    engine = create_engine(url, poolclass=NullPool)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def connected(raw: Any, _record: Any) -> None:
            raw.isolation_level = None
            raw.execute("PRAGMA busy_timeout=20000")
            raw.execute("PRAGMA journal_mode=WAL")

        @event.listens_for(engine, "begin")
        def begun(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


@dataclass(frozen=True)
class Book:
    url: str
    engine: Engine
    folder: Path
    signer: Signer

    def write(self, count: int = 1) -> list[int]:
        """Append entries, one transaction."""
        with self.engine.begin() as connection:
            return [append(connection, entry(number)) for number in range(count)]

    def fill(self, size: int) -> None:
        """Put `size` entries into an empty database at once."""
        rows = [{"seq": n, "body": entry(n).encode()} for n in range(size)]
        with self.engine.begin() as connection:
            connection.execute(delete(HEAD))
            connection.execute(insert(HEAD).values(id=0, size=size))
            connection.execute(insert(ENTRY), rows)

    def publish(self) -> Checkpoint:
        return publish(self.engine, self.folder, self.signer, origin=ORIGIN)


def new_book(place: Path, url: str | None = None) -> Book:
    metadata = MetaData()
    define(metadata)
    address = url or f"sqlite:///{place / 'base.sqlite'}"
    engine = open_engine(address)
    metadata.drop_all(engine)
    metadata.create_all(engine)
    return Book(address, engine, place / "journal", new_signer_key(ORIGIN))


def files_of(folder: Path) -> dict[str, bytes]:
    """Everything published, by relative path; what starts with a dot is not part of it."""
    found = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith(".")}


def in_child(act: Callable[[], object]) -> int:
    """Run in a forked process; its exit status (0 if `act` returned, 1 if it raised)."""
    return wait_for(start_child(act))


def start_child(act: Callable[[], object]) -> int:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            act()
            status = 0
        finally:
            os._exit(status)
    return child


def wait_for(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
