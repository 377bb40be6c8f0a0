"""For which requirement something was given stands in no view any more: the log hides it."""

from __future__ import annotations

from alembic import op

revision = "0051_what_evidence_is_for"
down_revision = "0050_answers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the view for up to date where nothing was given; another is to be rebuilt."""
    op.execute(
        "UPDATE read_models SET version = 6 WHERE name = 'applications' AND version = 5 "
        "AND NOT EXISTS (SELECT 1 FROM applications "
        "WHERE evidence <> '[]' OR shares <> '[]')"
    )
