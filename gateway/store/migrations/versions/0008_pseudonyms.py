"""Epochs of pseudonyms, what was renamed, what was said of whom."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "pseudonym_epoch",
        sa.Column("recipient", sa.String(length=63), nullable=False),
        sa.Column("purpose", sa.String(length=80), nullable=False),
        sa.Column("rank", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.String(length=16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approval", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("recipient", "purpose", "rank"),
    )
    op.create_table(
        "pseudonym_master",
        sa.Column("fingerprint", sa.String(length=16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint"),
    )
    op.create_table(
        "named_frame",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("epoch", sa.String(length=16), nullable=False),
        sa.Column("replaced_by", sa.String(length=64), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "reidentification",
        sa.Column("approval", sa.String(length=40), nullable=False),
        sa.Column("shown_to", sa.String(length=80), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("approval"),
    )


def downgrade() -> None:
    """Undo."""
    for table in ("reidentification", "named_frame", "pseudonym_master", "pseudonym_epoch"):
        op.drop_table(table)
