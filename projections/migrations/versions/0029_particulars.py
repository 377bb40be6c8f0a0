"""The view of parties knows by which entries their types, EINs and counties changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029_particulars"
down_revision = "0028_waiting_states"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column: until now no entry could change any of them."""
    added = sa.Column("particulars", sa.Text, nullable=False, server_default="[]")
    op.add_column("parties", added)
    op.execute("UPDATE read_models SET version = 4 WHERE name = 'parties' AND version = 3")
