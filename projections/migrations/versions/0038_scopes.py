"""A portal's key may have scopes; those that there are have all of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038_scopes"
down_revision = "0037_reminders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; without a value a key is kept from nothing."""
    op.add_column("api_keys", sa.Column("scopes", sa.Text))
