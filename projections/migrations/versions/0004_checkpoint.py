"""The newest checkpoint that is published."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004_checkpoint"
down_revision = "0003_governance"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, which is empty until a checkpoint is signed."""
    op.create_table(
        "checkpoint",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("id = 1", name="checkpoint_has_one_row"),
    )
