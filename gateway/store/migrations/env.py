"""Alembic's entry: migrations run on the connection `gateway.store.database.migrate` gives."""

from alembic import context

from gateway.store.tables import METADATA


def run() -> None:
    """Run the migrations asked for."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=METADATA,
        render_as_batch=True,
    )
    context.run_migrations()


run()
