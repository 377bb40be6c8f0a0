"""A funding may end: its row says which entry wrote that down."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0047_ended_funding"
down_revision = "0046_rows_in_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of no funding that there is was an end written down since."""
    op.add_column("fundings", sa.Column("ended_position", sa.BigInteger))
