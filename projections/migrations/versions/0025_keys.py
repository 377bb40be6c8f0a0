"""Of API keys: who made and revoked one, which one it replaces, whose tokens it stands for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025_keys"
down_revision = "0024_standing_days"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of keys that are there, they are empty, as of those made by command."""
    with op.batch_alter_table("api_keys") as batch:
        for name in ("created_by", "revoked_by", "replaces", "issuer"):
            batch.add_column(sa.Column(name, sa.Text))
