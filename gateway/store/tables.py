"""The tables. One metadata, shared with the ledger's, migrated by alembic."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

from gateway.ledger.tables import define

METADATA = MetaData()
LEDGER = define(METADATA)

DELIVERY = Table(
    "delivery",
    METADATA,
    Column("id", String(80), primary_key=True),
    Column("flow", String(60), nullable=False),
    Column("partner", String(60), nullable=False),
    Column("departement", String(3), nullable=False),
    Column("name", String(200), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("verdict", String(12), nullable=False),
    Column("code", String(8)),
    Column("stage", String(20), nullable=False),
    Column("plaintext", String(64), nullable=False),
    Column("reference_date", Date),
    Column("contract_version", String(20), nullable=False),
    Column("rows_read", Integer, nullable=False),
    Column("rows_accepted", Integer, nullable=False),
    Column("rows_rejected", Integer, nullable=False),
    Column("rows_ignored", Integer, nullable=False),
    Column("report", Text, nullable=False),
    Column("codes", Text, nullable=False),
    Column("timings", Text, nullable=False),
    Column("ledger_index", BigInteger, nullable=False),
    Column("acknowledged_at", DateTime(timezone=True)),
    Column("arrival", String(160), nullable=False),
)
Index("delivery_plaintext", DELIVERY.c.partner, DELIVERY.c.flow, DELIVERY.c.plaintext)

# One accepted file is one full set for its reference date: a journey partition.
PARTITION = Table(
    "journey_partition",
    METADATA,
    Column("delivery", String(80), primary_key=True),
    Column("departement", String(3), nullable=False),
    Column("flow", String(60), nullable=False),
    Column("partner", String(60), nullable=False),
    Column("reference_date", Date, nullable=False),
    Column("sent_at", DateTime(timezone=True), nullable=False),
    Column("kept_order", BigInteger, nullable=False),
    Column("facts", String(64), nullable=False),
    Column("identities", String(64), nullable=False),
    Column("rows", Integer, nullable=False),
)

IDENTITY_INDEX = Table(
    "identity_index",
    METADATA,
    Column("departement", String(3), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
)

CROSSING = Table(
    "crossing",
    METADATA,
    Column("id", String(160), primary_key=True),
    Column("departement", String(3), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("signals", String(64), nullable=False),
    Column("counts", Text, nullable=False),
    Column("version", String(40), nullable=False),
    Column("ledger_index", BigInteger, nullable=False),
)

RELEASE = Table(
    "release",
    METADATA,
    Column("id", String(200), primary_key=True),
    Column("product", String(60), nullable=False),
    Column("recipient", String(60), nullable=False),
    Column("departement", String(3), nullable=False),
    Column("period", Date, nullable=False),
    Column("habilitation", String(80), nullable=False),
    Column("habilitation_version", Integer, nullable=False),
    Column("habilitation_digest", String(64), nullable=False),
    Column("name", String(120), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("sealed", String(64), nullable=False),
    Column("sealed_size", BigInteger, nullable=False),
    Column("authorised_index", BigInteger, nullable=False),
    Column("manifest", Text),
    Column("location", String(300)),
    Column("delivered", Boolean, nullable=False),
    Column("delivered_index", BigInteger),
    Column("seconds", Float, nullable=False),
    Column("prepared", String(300)),
    Column("answer", String(12)),
    Column("answered_at", DateTime(timezone=True)),
    Column("answered_index", BigInteger),
)
