"""What is kept no longer: what was given up and why, the sealed objects to erase, and persons to erase."""

from sqlalchemy import BigInteger, Column, String, Table, Text

from gateway.store.tables.ground import METADATA
from gateway.store.tables.moment import Moment

# What stays as a line (a delivery, a release) after its sealed bytes were given up.
GIVEN_UP = Table(
    "given_up",
    METADATA,
    Column("kind", String(20), primary_key=True),
    Column("holder", String(200), primary_key=True),  # a delivery or a release
    Column("at", Moment, nullable=False),
)

# Sealed objects that no line should name any more, until they are erased.
DISCARD = Table(
    "discard",
    METADATA,
    Column("drawer", String(12), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("since", Moment, nullable=False),
)

# Identity indexes that may speak of subjects no kept file speaks of.
UNTRIMMED = Table(
    "untrimmed_index",
    METADATA,
    Column("departement", String(3), primary_key=True),
    Column("since", Moment, nullable=False),
)

# A person to erase, by random subjects: once erased, none is left here. `commitment` opens with a salt
# that is given once to whoever asks, and kept nowhere.
ERASURE = Table(
    "erasure",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("departement", String(3), nullable=False),
    Column("state", String(12), nullable=False),
    Column("subjects", Text, nullable=False),
    Column("commitment", String(64), nullable=False),
    Column("counts", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("erased_at", Moment),
    Column("ledger_index", BigInteger),
)
