"""An empty database for one test, on SQLite or on a PostgreSQL server started once."""

from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, text

KINDS = ("sqlite", "postgresql")
_names = count()


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'passerelle.sqlite'}"


def postgres_url(server: str) -> str:
    """Make one more database on a server, and give its URL."""
    name = f"passerelle_{next(_names)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return f"{server.rpartition('/')[0]}/{name}"
