"""Links that a person must judge, and what was decided. Random subject ids only: nobody is named here."""

from sqlalchemy import Column, Float, Index, Integer, String, Table, Text

from gateway.store.tables.ground import METADATA
from gateway.store.tables.moment import Moment

# One pair of subjects of one département. `left`: the département's; `right`: Pôle emploi's.
LINK_QUESTION = Table(
    "link_question",
    METADATA,
    Column("id", String(20), primary_key=True),
    Column("departement", String(3), nullable=False),
    Column("left", String(32), nullable=False),
    Column("right", String(32), nullable=False),
    Column("grade", String(1), nullable=False),  # X, D, or S: of the passes, or of the scorer
    Column("band", String(12), nullable=False),
    Column("weight", Float),
    Column("why", Text, nullable=False),  # words or phrases, `BETWEEN` them
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("state", String(12), nullable=False),
)
Index(
    "link_question_pair",
    LINK_QUESTION.c.departement,
    LINK_QUESTION.c.left,
    LINK_QUESTION.c.right,
    unique=True,
)

# In force while `undone_at` is empty, at most one of a pair. `seconded_by`: who approved a link.
LINK_DECISION = Table(
    "link_decision",
    METADATA,
    Column("id", String(20), primary_key=True),
    Column("departement", String(3), nullable=False),
    Column("left", String(32), nullable=False),
    Column("right", String(32), nullable=False),
    Column("verdict", String(12), nullable=False),
    Column("motive", Text, nullable=False),
    Column("by", String(80), nullable=False),
    Column("seconded_by", String(80)),
    Column("at", Moment, nullable=False),
    Column("undone_at", Moment),
    Column("undone_by", String(80)),
    Column("undone_motive", Text),
)
Index("link_decision_departement", LINK_DECISION.c.departement)

# Which subjects changed person between two crossings, by reference: the frame is sealed with identities.
LINK_CHANGE = Table(
    "link_change",
    METADATA,
    Column("crossing", String(160), primary_key=True),
    Column("departement", String(3), nullable=False),
    Column("since", String(160), nullable=False),  # the crossing compared with
    Column("merges", Integer, nullable=False),
    Column("splits", Integer, nullable=False),
    Column("moved", String(64), nullable=False),
)
