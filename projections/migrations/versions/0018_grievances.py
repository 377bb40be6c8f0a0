"""Grievances as a view."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018_grievances"
down_revision = "0017_mergers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the view: before it, nobody could file a grievance."""
    op.create_table(
        "grievances",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("membership", sa.Text, nullable=False),
        sa.Column("party", sa.Text, nullable=False),
        sa.Column("against", sa.Text),
        sa.Column("against_party", sa.Text),
        sa.Column("entry", sa.Text),
        sa.Column("role", sa.Text),
        sa.Column("filed_on", sa.Date, nullable=False),
        sa.Column("filed_position", sa.BigInteger, nullable=False),
        sa.Column("resolved_on", sa.Date),
        sa.Column("resolved_position", sa.BigInteger),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
    )
    holds = sa.text(f"to_position = {2**63 - 1}")
    op.create_index(
        "grievances_by_filing",
        "grievances",
        ["filed_position"],
        sqlite_where=holds,
        postgresql_where=holds,
    )
    op.execute("INSERT INTO read_models (name, version) VALUES ('grievances', 1)")
