"""A key of the staff may say which party its holder belongs to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031_belonging"
down_revision = "0030_particulars"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of the keys that there are nobody has said it."""
    op.add_column("api_keys", sa.Column("belongs_to", sa.Text))
