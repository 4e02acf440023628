"""What is remembered, opened for a command that only reads it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from gateway.settings import Settings
from gateway.store.database import open_engine


@contextmanager
def records(settings: Settings) -> Iterator[Connection]:
    """The database of these settings, empty when nothing came yet. Raises `Unavailable`, `Misconfigured`."""
    settings.var.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = open_engine(settings.database_url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()
