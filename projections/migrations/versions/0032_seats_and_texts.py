"""The view of the coalition knows from which day seats and agreement texts hold."""

from __future__ import annotations

from alembic import op

revision = "0032_seats_and_texts"
down_revision = "0031_appeals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Ask for a rebuild of a ledger that has entries: the days are in them, not in the view."""
    op.execute(
        "UPDATE read_models SET version = 2 WHERE name = 'coalition' AND version = 1 "
        "AND NOT EXISTS (SELECT 1 FROM entries)"
    )
