"""Improvement plans as a view."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022_plans"
down_revision = "0021_sessions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the view; a ledger that has entries is to be rebuilt after it."""
    op.create_table(
        "improvement_plans",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("application", sa.Text, nullable=False),
        sa.Column("plans", sa.Text, nullable=False),
        sa.Column("due", sa.Date),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
    )
    holds = sa.text(f"to_position = {2**63 - 1}")
    op.create_index(
        "improvement_plans_by_due",
        "improvement_plans",
        ["due", "id"],
        sqlite_where=holds,
        postgresql_where=holds,
    )
    # An empty view is that of a ledger without reviews only.
    op.execute(
        "INSERT INTO read_models (name, version) SELECT 'improvement_plans', 1 "
        "WHERE NOT EXISTS (SELECT 1 FROM entries)"
    )
