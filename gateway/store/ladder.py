"""From an earlier schema to the present one, migration by migration (alembic).

A module of its own: alembic and what it brings are a tenth of the time a command takes to start, and
only a database of an earlier version needs them.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def climb(connection: Connection) -> None:
    """Run the migrations this database has not had."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
