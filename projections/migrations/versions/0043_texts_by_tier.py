"""Who is to sign another text is found by tier: a policy may give a tier another agreement."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043_texts_by_tier"
down_revision = "0042_given_alone"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the texts that members hold by their tiers, too."""
    op.drop_index("memberships_by_text", "memberships")
    waits = sa.text(
        f"to_position = {2**63 - 1} AND effective_to = '9999-12-31' AND text_version IS NOT NULL"
    )
    op.create_index(
        "memberships_by_text",
        "memberships",
        ["tier", "agreement", "text_version", "id"],
        sqlite_where=waits,
        postgresql_where=waits,
    )
