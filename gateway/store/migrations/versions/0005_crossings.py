"""What a crossing seals beside its signals."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COLUMNS = ("people", "persons", "lives")


def upgrade() -> None:
    """Apply. A crossing made before sealed none of these."""
    with op.batch_alter_table("crossing", schema=None) as batch_op:
        for column in COLUMNS:
            empty = sa.Column(column, sa.String(length=64), nullable=False, server_default="")
            batch_op.add_column(empty)
    with op.batch_alter_table("crossing", schema=None) as batch_op:
        for column in COLUMNS:
            batch_op.alter_column(column, server_default=None)


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("crossing", schema=None) as batch_op:
        for column in COLUMNS:
            batch_op.drop_column(column)
