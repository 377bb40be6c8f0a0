"""Safety holds of listings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008_safety_holds"
down_revision = "0007_deadlines"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the view of holds, which is empty until there are some."""
    op.create_table(
        "listing_holds",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
    )
    made = sa.table("read_models", sa.column("name", sa.Text), sa.column("version", sa.Integer))
    op.bulk_insert(made, [{"name": "listing_holds", "version": 1}])
