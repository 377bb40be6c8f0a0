"""Who comes to an agreement of which it has signed what it was sent is to be sent another text."""

from __future__ import annotations

from alembic import op

revision = "0044_agreements_to_send"
down_revision = "0043_texts_by_tier"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the view for up to date where there is nobody like that; another is to be rebuilt."""
    op.execute(
        "UPDATE read_models SET version = 6 WHERE name = 'memberships' AND version = 5 "
        "AND NOT EXISTS (SELECT 1 FROM memberships "
        "WHERE signed_version >= sent_version AND assent LIKE '%\"sent\"%')"
    )
