"""Indexes of what waits, and of EINs, hold the rows that have such a thing, and no others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042_given_alone"
down_revision = "0041_declarers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them anew."""
    for name, table, columns in (
        ("applications_by_age", "applications", ["queued_at", "id"]),
        ("applications_by_waiting", "applications", ["waiting_since", "id"]),
        ("parties_by_ein", "parties", ["ein_index"]),
    ):
        op.drop_index(name, table)
        given = sa.text(f"to_position = {2**63 - 1} AND {columns[0]} IS NOT NULL")
        op.create_index(name, table, columns, sqlite_where=given, postgresql_where=given)
