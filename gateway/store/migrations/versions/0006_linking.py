"""The human queue of links, and what people decided."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "link_question",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("departement", sa.String(length=3), nullable=False),
        sa.Column("left", sa.String(length=32), nullable=False),
        sa.Column("right", sa.String(length=32), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=False),
        sa.Column("band", sa.String(length=12), nullable=False),
        sa.Column("weight", sa.Float()),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "link_question_pair", "link_question", ["departement", "left", "right"], unique=True
    )
    op.create_table(
        "link_decision",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("departement", sa.String(length=3), nullable=False),
        sa.Column("left", sa.String(length=32), nullable=False),
        sa.Column("right", sa.String(length=32), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("motive", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("seconded_by", sa.String(length=80)),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        sa.Column("undone_by", sa.String(length=80)),
        sa.Column("undone_motive", sa.Text()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("link_decision_departement", "link_decision", ["departement"])
    op.create_table(
        "link_change",
        sa.Column("crossing", sa.String(length=160), nullable=False),
        sa.Column("departement", sa.String(length=3), nullable=False),
        sa.Column("since", sa.String(length=160), nullable=False),
        sa.Column("merges", sa.Integer(), nullable=False),
        sa.Column("splits", sa.Integer(), nullable=False),
        sa.Column("moved", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("crossing"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("link_change")
    op.drop_index("link_decision_departement", table_name="link_decision")
    op.drop_table("link_decision")
    op.drop_index("link_question_pair", table_name="link_question")
    op.drop_table("link_question")
