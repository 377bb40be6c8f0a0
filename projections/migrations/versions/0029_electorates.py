"""Who has a vote in a vote that is open, as a view."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029_electorates"
down_revision = "0028_waiting_states"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the view; a ledger that has entries is to be rebuilt after it."""
    op.create_table(
        "electorates",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("voters", sa.Text, nullable=False),
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
    )
    # An empty view is that of a ledger without votes only.
    op.execute(
        "INSERT INTO read_models (name, version) SELECT 'electorates', 1 "
        "WHERE NOT EXISTS (SELECT 1 FROM entries)"
    )
