"""Appeals as a view, and API keys that name a person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006_appeals"
down_revision = "0005_party_names"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the view; a ledger that has entries is to be rebuilt after it."""
    op.create_table(
        "appeals",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("filed_on", sa.Date, nullable=False),
        sa.Column("filed_position", sa.BigInteger, nullable=False),
        sa.Column("vote", sa.Text),
        sa.Column("outcome", sa.Text),
        sa.Column("decided_on", sa.Date),
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
    )
    # An empty view is that of a ledger without appeals only.
    op.execute(
        "INSERT INTO read_models (name, version) SELECT 'appeals', 1 WHERE NOT EXISTS "
        "(SELECT 1 FROM entries WHERE type = 'application.appeal_filed.v1')"
    )
    with op.batch_alter_table("api_keys") as batch:
        batch.add_column(sa.Column("person", sa.Text))
