"""Parties with every entry that says what they are, so that it can be corrected."""

from __future__ import annotations

from alembic import op

revision = "0033_particular_corrections"
down_revision = "0032_seats_and_texts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Ask for a rebuild of the view; that of an empty ledger is up to date."""
    op.execute(
        "UPDATE read_models SET version = 5 "
        "WHERE name = 'parties' AND NOT EXISTS (SELECT 1 FROM entries)"
    )
