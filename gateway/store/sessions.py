"""Locks kept by a PostgreSQL session, on a connection that does nothing else.

1. The connection is proved alive before each use: lost, it is every lock lost.
2. A dead machine's session ends within a minute or so (TCP keepalives asked of the server).
3. No pooler may stand between: it would lend the session, and its locks, to others.
4. The session's name says who holds (process, machine, since when).
"""

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from gateway.errors import Unavailable
from gateway.store.holding import Holder, checked

KEEPALIVE = "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
LONGEST_NAME = 63  # of an application, to PostgreSQL
# It sets our session locks apart from another application's.
OURS = "passerelle/verrou/1"


@dataclass(slots=True)
class SessionLocks:
    """PostgreSQL's advisory locks, held by one connection that does nothing else."""

    url: str
    _held: set[str] = field(default_factory=set)
    _one: threading.Lock = field(default_factory=threading.Lock)
    _engine: Engine | None = None
    _connection: Connection | None = None

    def take(self, name: str) -> bool:
        """See `Locks`."""
        key = _key(name)
        with self._one, _answering():
            connection = self._session()
            if name not in self._held:
                asked = text("SELECT pg_try_advisory_lock(:key)")
                if not connection.execute(asked, {"key": key}).scalar_one():
                    return False
                self._held.add(name)
            return True

    def release(self, name: str) -> None:
        """See `Locks`."""
        with self._one, _answering():
            if name in self._held:
                self._held.discard(name)
                freed = text("SELECT pg_advisory_unlock(:key)")
                self._session().execute(freed, {"key": _key(name)})

    def holder(self, name: str) -> Holder | None:
        """See `Locks`."""
        key = _key(name) % (1 << 64)
        asked = text(
            "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
            "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 "
            "AND l.classid = CAST(:high AS bigint)::oid AND l.objid = CAST(:low AS bigint)::oid "
            "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND l.pid <> pg_backend_pid()"
        )
        with self._one, _answering():
            found = self._session().execute(asked, {"high": key >> 32, "low": key & 0xFFFFFFFF})
            named = found.scalar()
        return None if named is None else _named_holder(str(named))

    def close(self) -> None:
        """See `Locks`."""
        with self._one:
            self._forget()

    def _session(self) -> Connection:
        """The connection, proved alive; when it was lost, so were its locks."""
        if self._connection is not None:
            try:
                self._connection.execute(text("SELECT 1"))
            except DBAPIError:
                self._forget()
        if self._connection is None:
            self._engine = create_engine(
                self.url,
                poolclass=NullPool,
                isolation_level="AUTOCOMMIT",
                connect_args={"application_name": _application(), "options": KEEPALIVE},
            )
            self._connection = self._engine.connect()
        return self._connection

    def _forget(self) -> None:
        self._held.clear()
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(DBAPIError):
                connection.close()
        if self._engine is not None:
            self._engine.dispose()


def _key(name: str) -> int:
    digest = hashlib.sha256(f"{OURS}:{checked(name)}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


def _application() -> str:
    us = Holder.us()
    since = us.since.strftime("%Y%m%dT%H%M%SZ") if us.since else ""
    return f"passerelle {us.pid} {since} {us.host}"[:LONGEST_NAME]


def _named_holder(application: str) -> Holder:
    read = re.fullmatch(r"passerelle (\d+) (\d{8}T\d{6}Z) (.*)", application)
    if read is None:
        return Holder()
    since = datetime.strptime(read[2], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return Holder(int(read[1]), read[3], since)


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except DBAPIError:
        raise Unavailable(
            "la base de données ne répond pas : les verrous sont incertains"
        ) from None
