"""Homes by the day on which they held."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_homes_by_day"
down_revision = "0008_safety_holds"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the view of homes anew; a ledger that has entries is to be rebuilt after it."""
    op.drop_table("homes")
    op.create_table(
        "homes",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("home", sa.Text),
        sa.Column("fiscal_sponsor", sa.Text),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
        sa.Column("effective_from", sa.Date, primary_key=True),
        sa.Column("effective_to", sa.Date, nullable=False),
    )
    # An empty view is that of a ledger in which no home was recorded only.
    op.execute(
        "UPDATE read_models SET version = 2 WHERE name = 'homes' AND NOT EXISTS "
        "(SELECT 1 FROM entries WHERE type = 'coalition.home_transferred.v1')"
    )
