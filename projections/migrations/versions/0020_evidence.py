"""Which files of evidence there are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020_evidence"
down_revision = "0019_drafts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "evidence_files",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("application", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
    )
    op.create_index(
        "evidence_files_by_application",
        "evidence_files",
        ["application", "sha256"],
        unique=True,
    )
