"""Drafts of applications, which are kept outside the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019_drafts"
down_revision = "0018_grievances"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "drafts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("principal", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
    )
    op.create_index("drafts_by_principal", "drafts", ["principal", "updated_at"])
    op.create_index("drafts_by_age", "drafts", ["updated_at"])
