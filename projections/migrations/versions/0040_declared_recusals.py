"""The view of ballots knows which entry says why somebody stands aside."""

from __future__ import annotations

from alembic import op

revision = "0040_declared_recusals"
down_revision = "0039_affiliations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the view for up to date where nobody stands aside; another is to be rebuilt."""
    op.execute(
        "UPDATE read_models SET version = 3 WHERE name = 'ballots' AND version = 2 "
        "AND NOT EXISTS (SELECT 1 FROM ballots WHERE aside <> '[]')"
    )
