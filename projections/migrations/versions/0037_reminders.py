"""To whom reminders are sent, and which were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037_reminders"
down_revision = "0036_late_recusals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, which are empty: of the addresses until now only hashes are kept."""
    op.create_table(
        "reminder_addresses",
        sa.Column("address_index", sa.Text, primary_key=True),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("wanted", sa.Boolean, nullable=False),
    )
    op.create_index("reminder_addresses_by_token", "reminder_addresses", ["token"], unique=True)
    op.create_table(
        "reminders",
        sa.Column("address_index", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("about", sa.Text, primary_key=True),
        sa.Column("due_on", sa.Date, primary_key=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.Column("sent", sa.Boolean, nullable=False),
    )
