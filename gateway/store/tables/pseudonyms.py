"""Epochs of pseudonyms, what was renamed under a new one, and what was said of whom: never a name."""

from sqlalchemy import Column, Integer, String, Table

from gateway.store.tables.ground import METADATA
from gateway.store.tables.moment import Moment

# A domain (recipient, purpose) without a row is in its first epoch; the greatest rank is in force.
PSEUDONYM_EPOCH = Table(
    "pseudonym_epoch",
    METADATA,
    Column("recipient", String(63), primary_key=True),
    Column("purpose", String(80), primary_key=True),
    Column("rank", Integer, primary_key=True, autoincrement=False),
    Column("epoch", String(16), nullable=False),
    Column("since", Moment, nullable=False),
    Column("approval", String(40), nullable=False),
)

# The master that named what we hold, by its fingerprint: another one would name everybody otherwise.
PSEUDONYM_MASTER = Table(
    "pseudonym_master",
    METADATA,
    Column("fingerprint", String(16), primary_key=True),
    Column("since", Moment, nullable=False),
)

# Sealed frames seen to be of an epoch; one that was rewritten says by which, and when it was erased.
NAMED_FRAME = Table(
    "named_frame",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("epoch", String(16), nullable=False),
    Column("replaced_by", String(64)),
    Column("replaced_at", Moment),
    Column("erased_at", Moment),
)

# An answer that was shown, once. Its salt opens the commitment in the ledger, until it is erased.
REIDENTIFICATION = Table(
    "reidentification",
    METADATA,
    Column("approval", String(40), primary_key=True),
    Column("shown_to", String(80), nullable=False),
    Column("shown_at", Moment, nullable=False),
    Column("salt", String(64), nullable=False),
)
