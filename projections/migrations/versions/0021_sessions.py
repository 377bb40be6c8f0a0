"""Signing in with a browser: links and sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021_sessions"
down_revision = "0020_evidence"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, which are empty until somebody is to sign in."""
    for table in ("sign_in_links", "sessions"):
        op.create_table(
            table,
            sa.Column("digest", sa.LargeBinary, primary_key=True),
            sa.Column("prefix", sa.Text, nullable=False),
            sa.Column("expires_at", sa.BigInteger, nullable=False),
        )
