"""What is exchanged with partners: deliveries, their partitions, crossings, releases, and what is watched."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from gateway.store.tables.ground import METADATA
from gateway.store.tables.moment import Moment

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
    Column("received_at", Moment, nullable=False),
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
    Column("acknowledged_at", Moment),
    Column("arrival", String(160), nullable=False),
    # What its name states and its place in the history of its flow.
    Column("sequence", BigInteger),
    Column("is_test", Boolean, nullable=False),
    Column("replay_of", String(80)),
    # The rejected original lines, sealed for their sender alone; empty when there are none.
    Column("rejects", String(64), nullable=False),
    # Which of the files of one flow that speak of one day, as its envelope says: `M`, `I`, `M-ANO`.
    Column("kind", String(20), nullable=False),
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
    Column("sent_at", Moment, nullable=False),
    Column("kept_order", BigInteger, nullable=False),
    Column("facts", String(64), nullable=False),
    Column("identities", String(64), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
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
    # Sealed with it: who was judged, which subjects were one person, and how long each signal has lived.
    Column("people", String(64), nullable=False),
    Column("persons", String(64), nullable=False),
    Column("lives", String(64), nullable=False),
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
    Column("answered_at", Moment),
    Column("answered_index", BigInteger),
    Column("answer_message", Text),  # what its recipient adds, where it may
    Column("delivered_at", Moment),
    # Fetched by its recipient, or taken back before it was: begun when it has no index yet. Its motive is
    # an operator's, empty when its habilitation does not stand any more.
    Column("collected_at", Moment),
    Column("collected_index", BigInteger),
    Column("withdrawn_at", Moment),
    Column("withdrawn_index", BigInteger),
    Column("withdrawn_motive", Text),
)

# A notice of a verdict, signed once and said again as often as needed: the same bytes each time.
ACKNOWLEDGEMENT = Table(
    "acknowledgement",
    METADATA,
    Column("delivery", String(80), primary_key=True),
    Column(
        "file", String(40), primary_key=True
    ),  # what is added to the name: ART.json, ART.json.asc
    Column("content", LargeBinary, nullable=False),
    Column("made_at", Moment, nullable=False),
)

# What two people decide: one asks, shown exactly what `digest` binds; another answers.
APPROVAL = Table(
    "approval",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("kind", String(30), nullable=False),
    Column("subject", String(160), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("shown", Text, nullable=False),
    Column("motive", Text, nullable=False),
    Column("requested_by", String(80), nullable=False),
    Column("requested_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("state", String(12), nullable=False),
    Column("decided_by", String(80)),
    Column("decided_at", Moment),
)

# Public keys of partners, each in force only once approved by a second person.
PARTNER_KEY = Table(
    "partner_key",
    METADATA,
    Column("partner", String(63), primary_key=True),
    Column("kind", String(12), primary_key=True),
    Column(
        "digest", String(64), primary_key=True
    ),  # of the material: a renewed key is another line
    Column("fingerprint", String(64), nullable=False),
    Column("material", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("expires_at", Moment),
    Column("state", String(12), nullable=False),
    Column("approval", String(40), nullable=False),
    Column("since", Moment, nullable=False),
)

# What an operator decided of a partner; no line: it is active.
PARTNER_STATE = Table(
    "partner_state",
    METADATA,
    Column("partner", String(63), primary_key=True),
    Column("state", String(12), nullable=False),
    Column("was", String(12), nullable=False),
    Column("motive", Text, nullable=False),
    Column("by", String(80), nullable=False),
    Column("since", Moment, nullable=False),
)

# Files that hold nobody, sent to see whether a partner can read us: never a release.
PARTNER_TEST = Table(
    "partner_test",
    METADATA,
    Column("name", String(120), primary_key=True),
    Column("partner", String(63), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("sent_at", Moment, nullable=False),
    Column("sent_by", String(80), nullable=False),
    Column("prepared", String(300), nullable=False),
    Column("answer", String(12)),
    Column("answered_at", Moment),
)

# What somebody must look at. Open while `closed_at` is empty, at most one open line per key. Closed by
# itself when it was over, else `closed_by` whom, and why.
ALERT = Table(
    "alert",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("key", String(200), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("level", String(12), nullable=False),
    Column("partner", String(63), nullable=False),
    Column("sentence", Text, nullable=False),
    Column("raised_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("times", Integer, nullable=False),
    Column("closed_at", Moment),
    Column("closed_by", String(80)),
    Column("motive", Text),
)
Index("alert_key", ALERT.c.key)

# Refused bytes kept sealed for two people to decide of, until they expire.
QUARANTINE = Table(
    "quarantine",
    METADATA,
    Column("delivery", String(80), primary_key=True),
    Column("code", String(8), nullable=False),
    Column("held_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("state", String(12), nullable=False),
    Column("approval", String(40)),
    Column("decided_by", String(80)),
    Column("decided_at", Moment),
    Column("motive", Text),
    Column("erased_at", Moment),
)

# Numbers that a sender will never send, by an operator's word.
ABANDONED = Table(
    "abandoned_sequence",
    METADATA,
    Column("partner", String(63), primary_key=True),
    Column("flow", String(60), primary_key=True),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, primary_key=True, autoincrement=False),
    Column("motive", Text, nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", Moment, nullable=False),
)

# A delivery treated again, by decision: what `id` will be when it is. `waives`: the one code set aside.
REPLAY = Table(
    "replay",
    METADATA,
    Column("id", String(80), primary_key=True),
    Column("original", String(80), nullable=False),
    Column("waives", String(8), nullable=False),
    Column("motive", Text, nullable=False),
    Column("by", String(80), nullable=False),
    Column("asked_at", Moment, nullable=False),
)
