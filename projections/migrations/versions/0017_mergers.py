"""Which organisation is part of which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017_mergers"
down_revision = "0016_queue"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the view; nothing was merged before there was a way to."""
    op.create_table(
        "mergers",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("survivor", sa.Text, nullable=False),
        sa.Column("membership", sa.Text),
        sa.Column("ended", sa.Text),
        sa.Column("merged_on", sa.Date, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
        sa.Column("effective_from", sa.Date, primary_key=True),
        sa.Column("effective_to", sa.Date, nullable=False),
    )
    holds = sa.text(f"to_position = {2**63 - 1}")
    for column in ("survivor", "ended"):
        op.create_index(
            f"mergers_by_{column}",
            "mergers",
            [column],
            sqlite_where=holds,
            postgresql_where=holds,
        )
    op.execute("INSERT INTO read_models (name, version) VALUES ('mergers', 1)")
