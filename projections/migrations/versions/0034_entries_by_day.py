"""Entries are found by the day from which they count."""

from __future__ import annotations

from alembic import op

revision = "0034_entries_by_day"
down_revision = "0033_particular_corrections"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("entries_effective", "entries", ["effective", "position"])
