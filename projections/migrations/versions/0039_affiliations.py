"""Which parties are tied to which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039_affiliations"
down_revision = "0038_scopes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the view; a ledger in which a tie was declared is to be rebuilt after it."""
    op.create_table(
        "affiliations",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("ties", sa.Text, nullable=False),
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
        sa.Column("effective_from", sa.Date, primary_key=True),
        sa.Column("effective_to", sa.Date, nullable=False),
    )
    # An empty view is that of a ledger in which no tie was declared only.
    op.execute(
        "INSERT INTO read_models (name, version) SELECT 'affiliations', CASE WHEN EXISTS "
        "(SELECT 1 FROM entries WHERE type = 'party.affiliated.v1') THEN 0 ELSE 1 END"
    )
