"""Addresses of parties, and to whom they were given."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011_addresses"
down_revision = "0010_changes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the view of addresses, which is empty until there are some."""
    op.create_table(
        "addresses",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger),
        sa.Column("disclosed", sa.Text, nullable=False),
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
    )
    made = sa.table("read_models", sa.column("name", sa.Text), sa.column("version", sa.Integer))
    op.bulk_insert(made, [{"name": "addresses", "version": 1}])
