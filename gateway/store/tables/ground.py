"""One metadata for every table, the ledger's included; alembic migrates it."""

from sqlalchemy import MetaData

from gateway.ledger.tables import define

METADATA = MetaData()
LEDGER = define(METADATA)
