"""Who may ask for links to sign in, by an e-mail address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027_sign_in_addresses"
down_revision = "0026_last_states"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, which is empty until the operator lets somebody ask."""
    op.create_table(
        "sign_in_addresses",
        sa.Column("address_index", sa.Text, primary_key=True),
        sa.Column("prefix", sa.Text, nullable=False),
    )
