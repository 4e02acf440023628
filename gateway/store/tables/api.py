"""The API: its clients, what they did, what they may not do again, and what we tell them by webhook."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from gateway.store.tables.ground import METADATA
from gateway.store.tables.moment import Moment

# One line per revision of a client, decided by two people; the last one counts.
API_CLIENT = Table(
    "api_client",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("siret", String(14), nullable=False),
    Column("name", Text, nullable=False),
    # JSON: public keys (JWKS), networks (CIDR), scopes. `jwks_uri`: where it publishes its keys itself.
    Column("keys", Text, nullable=False),
    Column("jwks_uri", Text),
    Column("networks", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    # SHA-256 of the one TLS certificate its tokens are bound to (RFC 8705), when there is one.
    Column("certificate", String(64)),
    Column("state", String(12), nullable=False),
    Column("approval", String(40)),
    Column("by", String(80), nullable=False),
    Column("motive", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("ledger_index", BigInteger, nullable=False),
)

# Assertions already used: a `jti` counts once. Kept until the assertion would have expired anyway.
API_ASSERTION = Table(
    "api_assertion",
    METADATA,
    Column("client", String(40), primary_key=True),
    Column("jti", String(64), primary_key=True),  # SHA-256 of what the client wrote
    Column("expires_at", Moment, nullable=False),
)

# Failures in a row, by client or by address; locked until somebody or time ends it.
API_LOCK = Table(
    "api_lock",
    METADATA,
    Column("key", String(80), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("locked_until", Moment),
)

# What a request that changes something was answered, so that asking again changes nothing more.
API_ANSWER = Table(
    "api_answer",
    METADATA,
    Column("client", String(40), primary_key=True),
    Column("key", String(80), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("answered_at", Moment, nullable=False),
)

# Who asked what and why: references, counts, never a person. The ground of the watch for abuse.
API_CALL = Table(
    "api_call",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("client", String(40), nullable=False),
    Column("siret", String(14), nullable=False),
    Column("agent", String(80), nullable=False),
    Column("operation", String(40), nullable=False),
    Column("status", Integer, nullable=False),
    Column("motive", Text, nullable=False),
    Column("subject", String(200), nullable=False),
    Column("departement", String(3), nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
)
Index("api_call_at", API_CALL.c.at)

# Bytes of a release that were asked for on one day (UTC): what the ceiling of its downloads is counted on.
PICKUP_DAY = Table(
    "pickup_day",
    METADATA,
    Column("release", String(200), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("bytes", BigInteger, nullable=False),
)

# Where a client wants to be told. Its secret is derived, never stored.
WEBHOOK = Table(
    "webhook",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("client", String(40), nullable=False),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("by", String(80), nullable=False),
    Column("since", Moment, nullable=False),
)

# One thing to tell one of them, until it was heard or given up.
WEBHOOK_POST = Table(
    "webhook_post",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("webhook", String(40), nullable=False),
    Column("event", String(40), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("body", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Moment),
    Column("state", String(12), nullable=False),
    Column("answered", Integer),
    Column("ended_at", Moment),
)

# What was pushed to RDV-Insertion by its API: batches of at most 25 people of one release.
PUSHED_BATCH = Table(
    "pushed_batch",
    METADATA,
    Column("release", String(200), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", String(12), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("error", String(200), nullable=False),
    Column("tried_at", Moment, nullable=False),
)
