"""That a member left may be appealed where the director wrote it down: the view has its day."""

from __future__ import annotations

from alembic import op

revision = "0048_written_withdrawals"
down_revision = "0047_ended_funding"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the view for up to date where nobody has left; another is to be rebuilt."""
    op.execute(
        "UPDATE read_models SET version = 8 WHERE name = 'memberships' AND version = 7 "
        "AND NOT EXISTS (SELECT 1 FROM memberships WHERE status = 'withdrawn')"
    )
