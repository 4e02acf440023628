"""Exchange with partners: signed notices, approvals, keys, states, alerts, quarantine."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NEW = (
    "acknowledgement",
    "approval",
    "partner_key",
    "partner_state",
    "partner_test",
    "alert",
    "quarantine",
    "replay",
    "abandoned_sequence",
)


def upgrade() -> None:
    """Apply. What an earlier version received was no test and kept no line apart."""
    _extend()
    _two_people()
    _set_aside()
    _what_is_watched()
    _alerts()
    op.create_table(
        "acknowledgement",
        sa.Column("delivery", sa.String(length=80), primary_key=True),
        sa.Column("file", sa.String(length=40), primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )


def _extend() -> None:
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sequence", sa.BigInteger(), nullable=True))
        batch_op.add_column(
            sa.Column("is_test", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("replay_of", sa.String(length=80), nullable=True))
        batch_op.add_column(
            sa.Column("rejects", sa.String(length=64), nullable=False, server_default="")
        )
        batch_op.add_column(_kind())
    with op.batch_alter_table("journey_partition", schema=None) as batch_op:
        batch_op.add_column(_kind())
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.alter_column("is_test", server_default=None)
        batch_op.alter_column("rejects", server_default=None)
        batch_op.alter_column("kind", server_default=None)
    with op.batch_alter_table("journey_partition", schema=None) as batch_op:
        batch_op.alter_column("kind", server_default=None)
    with op.batch_alter_table("release", schema=None) as batch_op:
        batch_op.add_column(sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True))


def _kind() -> sa.Column[str]:
    return sa.Column("kind", sa.String(length=20), nullable=False, server_default="")


def _two_people() -> None:
    op.create_table(
        "approval",
        sa.Column("id", sa.String(length=40), primary_key=True),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("motive", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_table(
        "partner_key",
        sa.Column("partner", sa.String(length=63), primary_key=True),
        sa.Column("kind", sa.String(length=12), primary_key=True),
        sa.Column("digest", sa.String(length=64), primary_key=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("material", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("approval", sa.String(length=40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    )


def _set_aside() -> None:
    op.create_table(
        "replay",
        sa.Column("id", sa.String(length=80), primary_key=True),
        sa.Column("original", sa.String(length=80), nullable=False),
        sa.Column("waives", sa.String(length=8), nullable=False),
        sa.Column("motive", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "quarantine",
        sa.Column("delivery", sa.String(length=80), primary_key=True),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("approval", sa.String(length=40), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("motive", sa.Text(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_table(
        "abandoned_sequence",
        sa.Column("partner", sa.String(length=63), primary_key=True),
        sa.Column("flow", sa.String(length=60), primary_key=True),
        sa.Column("first", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("last", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("motive", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def _what_is_watched() -> None:
    op.create_table(
        "partner_state",
        sa.Column("partner", sa.String(length=63), primary_key=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("was", sa.String(length=12), nullable=False),
        sa.Column("motive", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "partner_test",
        sa.Column("name", sa.String(length=120), primary_key=True),
        sa.Column("partner", sa.String(length=63), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.String(length=80), nullable=False),
        sa.Column("prepared", sa.String(length=300), nullable=False),
        sa.Column("answer", sa.String(length=12), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
    )


def _alerts() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.String(length=40), primary_key=True),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("partner", sa.String(length=63), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=80)),
        sa.Column("motive", sa.Text()),
    )
    op.create_index("alert_key", "alert", ["key"])


def downgrade() -> None:
    """Undo."""
    for table in NEW:
        op.drop_table(table)
    with op.batch_alter_table("release", schema=None) as batch_op:
        batch_op.drop_column("delivered_at")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        for column in ("kind", "rejects", "replay_of", "is_test", "sequence"):
            batch_op.drop_column(column)
    with op.batch_alter_table("journey_partition", schema=None) as batch_op:
        batch_op.drop_column("kind")
