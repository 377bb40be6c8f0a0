"""Indexes that find what is due on a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_deadlines"
down_revision = "0006_appeals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes."""
    holds = sa.text(f"to_position = {2**63 - 1}")
    for name, table, columns in (
        ("votes_by_closing", "votes", ["phase", "closes_on", "id"]),
        ("applications_by_phase", "applications", ["phase", "submitted_on", "id"]),
    ):
        op.create_index(name, table, columns, sqlite_where=holds, postgresql_where=holds)
