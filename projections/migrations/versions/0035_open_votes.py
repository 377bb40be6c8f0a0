"""The index of when votes close holds those that are open, and no others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035_open_votes"
down_revision = "0034_entries_by_day"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the last state of a vote while it is open."""
    op.drop_index("votes_by_closing", "votes")
    waits = sa.text(f"to_position = {2**63 - 1} AND closed_on IS NULL")
    op.create_index(
        "votes_by_closing",
        "votes",
        ["closes_on", "id"],
        sqlite_where=waits,
        postgresql_where=waits,
    )
