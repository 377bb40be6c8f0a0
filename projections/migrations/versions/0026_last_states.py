"""What is due of memberships is looked for among their last states alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026_last_states"
down_revision = "0025_keys"
branch_labels = None
depends_on = None

_INDEXES = {
    "memberships_by_renewal": ["renewal", "renewal_day", "id"],
    "memberships_by_suspension": ["suspended_through", "id"],
    "memberships_by_contest": ["contestable_on", "id"],
    "memberships_by_asking": ["asking", "asking_day", "id"],
    "memberships_by_text": ["agreement", "text_version", "id"],
}


def upgrade() -> None:
    """Let each index begin with the day until which a state holds, which of the last is none."""
    holds = sa.text(f"to_position = {2**63 - 1}")
    for index, columns in _INDEXES.items():
        op.drop_index(index, "memberships")
        op.create_index(
            index,
            "memberships",
            ["effective_to", *columns],
            sqlite_where=holds,
            postgresql_where=holds,
        )
