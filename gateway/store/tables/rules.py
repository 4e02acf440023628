"""What each département decided of its rules: one line per version, never changed once written."""

from sqlalchemy import BigInteger, Column, Date, Integer, String, Table, Text

from gateway.store.tables.ground import METADATA
from gateway.store.tables.moment import Moment

RULE_CONFIGURATION = Table(
    "rule_configuration",
    METADATA,
    Column("departement", String(3), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("effective", Date, nullable=False),
    # The whole configuration, TOML as both people read it, and its SHA-256.
    Column("content", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("approval", String(40), nullable=False),
    Column("proposed_by", String(80), nullable=False),
    Column("approved_by", String(80), nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("ledger_index", BigInteger, nullable=False),
)
