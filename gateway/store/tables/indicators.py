"""Editions of the indicators: the numbers that were published, never one that was hidden."""

from sqlalchemy import BigInteger, Column, Date, Integer, String, Table, Text

from gateway.store.tables.ground import METADATA

INDICATOR_EDITION = Table(
    "indicator_edition",
    METADATA,
    Column("departement", String(3), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("as_of", Date, nullable=False),
    Column("threshold", Integer, nullable=False),
    Column("granularity", String(20), nullable=False),
    # The tables it was the first to publish, as JSON: those it repeats are in the editions before.
    Column("tables", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("ledger_index", BigInteger, nullable=False),
)
