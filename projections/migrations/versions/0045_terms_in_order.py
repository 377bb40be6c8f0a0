"""The view of memberships knows when each term began, and in which tier."""

from __future__ import annotations

from alembic import op

revision = "0045_terms_in_order"
down_revision = "0044_agreements_to_send"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Ask for a rebuild of a view that has members: the days are in their entries."""
    op.execute(
        "UPDATE read_models SET version = 7 WHERE name = 'memberships' AND version = 6 "
        "AND NOT EXISTS (SELECT 1 FROM memberships)"
    )
