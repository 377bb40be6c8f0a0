"""Parties with the entry of each name, so that a name can be corrected."""

from __future__ import annotations

from alembic import op

revision = "0023_name_corrections"
down_revision = "0022_plans"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Ask for a rebuild of the view; that of an empty ledger is up to date."""
    op.execute(
        "UPDATE read_models SET version = 3 "
        "WHERE name = 'parties' AND NOT EXISTS (SELECT 1 FROM entries)"
    )
