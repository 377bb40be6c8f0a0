"""The indexes of what is due of memberships hold the states that wait for it, and no others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028_waiting_states"
down_revision = "0027_sign_in_addresses"
branch_labels = None
depends_on = None

_INDEXES = {
    "memberships_by_renewal": ("renewal", ["renewal", "renewal_day", "id"]),
    "memberships_by_suspension": ("suspended_through", ["suspended_through", "id"]),
    "memberships_by_contest": ("contestable_on", ["contestable_on", "id"]),
    "memberships_by_asking": ("asking", ["asking", "asking_day", "id"]),
    "memberships_by_text": ("text_version", ["agreement", "text_version", "id"]),
}


def upgrade() -> None:
    """Index the last state of a membership where it has a day or a text to wait with."""
    for index, (given, columns) in _INDEXES.items():
        op.drop_index(index, "memberships")
        waits = sa.text(
            f"to_position = {2**63 - 1} AND effective_to = '9999-12-31' AND {given} IS NOT NULL"
        )
        op.create_index(index, "memberships", columns, sqlite_where=waits, postgresql_where=waits)
