"""The view of ties knows which entry says so of each."""

from __future__ import annotations

from alembic import op

revision = "0041_declarers"
down_revision = "0040_declared_recusals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the view for up to date where nobody is tied; another is to be rebuilt."""
    op.execute(
        "UPDATE read_models SET version = 2 WHERE name = 'affiliations' AND version = 1 "
        "AND NOT EXISTS (SELECT 1 FROM affiliations)"
    )
