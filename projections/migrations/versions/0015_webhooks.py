"""Webhooks, how far each was told, and what their receivers would not take."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015_webhooks"
down_revision = "0014_terms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, which are empty until there are webhooks."""
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("registered_on", sa.Date, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("secret_position", sa.BigInteger, nullable=False),
        sa.Column("rotated_at", sa.BigInteger),
        sa.Column("replayed_position", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "webhook_progress",
        sa.Column("webhook", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("replayed_position", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text),
    )
    op.create_table(
        "parked_deliveries",
        sa.Column("webhook", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("parked_at", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    made = sa.table("read_models", sa.column("name", sa.Text), sa.column("version", sa.Integer))
    op.bulk_insert(made, [{"name": "webhooks", "version": 1}])
