"""Which arrival each delivery was: who waited for others is marked as told when they are."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. What an earlier version received has no arrival."""
    arrival = sa.Column("arrival", sa.String(length=160), nullable=False, server_default="")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(arrival)
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.alter_column("arrival", server_default=None)


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_column("arrival")
