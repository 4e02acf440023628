"""One engine for both databases: SQLite by default, PostgreSQL with the same code.

On SQLite: WAL, `synchronous=FULL` (an acknowledged delivery survives a power cut), and every
transaction starts with BEGIN IMMEDIATE, so that a reader never discovers it lost a race at commit.
On PostgreSQL `one_writer` says the same of those who read before they write.

The schema: an empty database is given the declared tables at once, one of an earlier version climbs
the migrations, and nothing is done of one that is up to date. Whichever way, it is the same schema.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    create_engine,
    event,
    func,
    insert,
    inspect,
    select,
)
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from gateway.errors import Misconfigured, Unavailable
from gateway.store.tables import METADATA

MIGRATIONS = Path(__file__).parent / "migrations" / "versions"
# Alembic's own table, as it makes it.
VERSION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
# Any number will do: it names the lock that writers share.
WRITERS = 7_277_473


def open_engine(url: str) -> Engine:
    """An engine for `url`, migrated to the present schema. Raises `Misconfigured`, `Unavailable`."""
    try:
        engine = create_engine(url)
    except (ArgumentError, ImportError):
        raise Misconfigured(
            "base de données : [database] url est de la forme postgresql+psycopg://… ou sqlite:///…"
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _pragmas)
        event.listen(engine, "begin", _begin_immediate)
    try:
        migrate(engine)
    except OperationalError:
        raise Unavailable(
            "la base de données ne répond pas : vérifiez database.url et les droits du dossier"
        ) from None
    return engine


def is_notebook(url: str) -> bool:
    """Whether durable execution was ever opened there; looking makes nothing. Raises `Unavailable`."""
    named = make_url(url)
    if named.get_backend_name() == "sqlite":
        return Path(named.database or "").is_file()
    engine = create_engine(url)
    try:
        return inspect(engine).has_table("workflow_status", schema="dbos")
    except OperationalError:
        raise Unavailable("la base des travaux en cours ne répond pas") from None
    finally:
        engine.dispose()


def migrate(engine: Engine) -> None:
    """Bring the schema up to date. Running it twice is running it once, at once too."""
    with engine.begin() as connection:
        if _version(connection) == head():
            return
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(WRITERS)))
        if {VERSION.name, *METADATA.tables}.isdisjoint(inspect(connection).get_table_names()):
            METADATA.create_all(connection)
            VERSION.create(connection)
            connection.execute(insert(VERSION).values(version_num=head()))
        elif _version(connection) != head():
            _climb(connection)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION.name):
        return None
    return connection.scalar(select(VERSION.c.version_num))


def head() -> str:
    """The last migration there is: their files bear their numbers."""
    return max(path.name for path in MIGRATIONS.glob("[0-9]*.py")).partition("_")[0]


def _climb(connection: Connection) -> None:
    from gateway.store.ladder import climb

    climb(connection)


@contextmanager
def one_writer(engine: Engine) -> Iterator[Connection]:
    """A transaction no other writer overlaps: what it reads is still true when it writes.

    Writers would meet at the ledger's next number anyway; here they meet before they decide.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(WRITERS)))
        yield connection


def _pragmas(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=30000",
        ):
            connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
