"""The motives for which somebody looked at one person, or at a list of them, beside the ledger's entries."""

import sqlalchemy as sa

from gateway.store.tables.ground import METADATA
from gateway.store.tables.moment import Moment

# `motive` and its salt stay erasable; the entry holds a commitment to it, and to who was looked at.
DISCLOSURE = sa.Table(
    "disclosure",
    METADATA,
    sa.Column("ledger_index", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("disclosed_at", Moment, nullable=False),
    sa.Column("disclosed_to", sa.String(64), nullable=False),
    sa.Column("motive", sa.Text, nullable=False),
    sa.Column("salt", sa.String(64), nullable=False),
)
