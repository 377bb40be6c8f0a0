"""Whoever has won an appeal may wait for its place: the view of memberships says so."""

from __future__ import annotations

from alembic import op

revision = "0053_won_appeals"
down_revision = "0052_days_by_entry"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the view for up to date where nobody has won an appeal; another is to be rebuilt."""
    op.execute(
        "UPDATE read_models SET version = 10 WHERE name = 'memberships' AND version = 9 "
        "AND NOT EXISTS (SELECT 1 FROM appeals WHERE outcome = 'overturned')"
    )
