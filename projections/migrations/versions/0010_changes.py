"""Memberships by the entry that made each version of their rows."""

from __future__ import annotations

from alembic import op

revision = "0010_changes"
down_revision = "0009_homes_by_day"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("memberships_by_change", "memberships", ["from_position"])
