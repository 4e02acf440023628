"""Habilitations: what is asked for, the versions approved, what became of them since, and the papers they rest on."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table, Text

from gateway.store.tables.ground import METADATA
from gateway.store.tables.moment import Moment

# What somebody asks for, as often changed as needed until two people agree. Told as D12.
HABILITATION_DEMAND = Table(
    "habilitation_demand",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("habilitation", String(80), nullable=False),
    # The whole draft, canonical JSON, and its SHA-256.
    Column("content", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("motive", Text, nullable=False),
    Column("requested_by", String(80), nullable=False),
    Column("requested_at", Moment, nullable=False),
    # What was answered to whoever asked: what to change, why not.
    Column("message", Text, nullable=False),
    Column("approval", String(40)),
    Column("decided_by", String(80)),
    Column("decided_at", Moment),
    Column("version", Integer),
)

# One line per approved version, never changed once written.
HABILITATION_VERSION = Table(
    "habilitation_version",
    METADATA,
    Column("habilitation", String(80), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("demand", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("approval", String(40), nullable=False),
    Column("requested_by", String(80), nullable=False),
    Column("approved_by", String(80), nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("ledger_index", BigInteger, nullable=False),
)

# What was decided of a habilitation since: suspended, in force again, revoked for good.
HABILITATION_EVENT = Table(
    "habilitation_event",
    METADATA,
    Column("ledger_index", BigInteger, primary_key=True, autoincrement=False),
    Column("habilitation", String(80), nullable=False),
    Column("state", String(12), nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", Moment, nullable=False),
    Column("motive", Text, nullable=False),
)

# The PDF of a legal basis, by the digest its habilitation names.
LEGAL_DOCUMENT = Table(
    "legal_document",
    METADATA,
    Column("sha256", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("added_at", Moment, nullable=False),
)

# What DataPass told us, once each: a call that comes again finds its line and does nothing more.
DATAPASS_EVENT = Table(
    "datapass_event",
    METADATA,
    # SHA-256 of the kind, the number, the event and its time, as DataPass wrote them.
    Column("key", String(64), primary_key=True),
    Column("datapass", String(40), nullable=False),
    Column("event", String(40), nullable=False),
    Column("fired_at", Moment, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("demand", Integer),
    # What was done of it, in French.
    Column("outcome", Text, nullable=False),
)
