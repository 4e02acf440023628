"""What is remembered, opened for a command."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from gateway.settings import Settings
from gateway.store.database import open_engine


@contextmanager
def engine_of(settings: Settings) -> Iterator[Engine]:
    """The database of these settings, empty when nothing came yet. Raises `Unavailable`, `Misconfigured`."""
    settings.var.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = open_engine(settings.database_url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def records(settings: Settings) -> Iterator[Connection]:
    """The same, for a command that only reads it."""
    with engine_of(settings) as engine, engine.begin() as connection:
        yield connection
