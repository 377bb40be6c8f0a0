"""A day on which a member took part has its entry in the view, by which it can be taken back."""

from __future__ import annotations

from alembic import op

revision = "0052_days_by_entry"
down_revision = "0051_what_evidence_is_for"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the view for up to date where nobody took part yet; another is to be rebuilt."""
    op.execute(
        "UPDATE read_models SET version = 9 WHERE name = 'memberships' AND version = 8 "
        "AND NOT EXISTS (SELECT 1 FROM memberships WHERE term NOT LIKE '%\"attended\":[]%')"
    )
