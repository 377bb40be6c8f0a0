"""Entries are found by the day from which they count."""

from __future__ import annotations

from alembic import op

revision = "0032_entries_by_day"
down_revision = "0031_appeals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("entries_effective", "entries", ["effective", "position"])
