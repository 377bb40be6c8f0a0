"""Names of parties, and who spoke for them before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_party_names"
down_revision = "0004_checkpoint"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the view of parties anew; a ledger that has entries is to be rebuilt after it."""
    op.drop_index("parties_by_ein", "parties")
    op.drop_table("parties")
    op.create_table(
        "parties",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("registered_position", sa.BigInteger, nullable=False),
        sa.Column("registered_on", sa.Date, nullable=False),
        sa.Column("ein_index", sa.Text),
        sa.Column("names", sa.Text, nullable=False),
        sa.Column("representatives", sa.Text, nullable=False),
        sa.Column("former", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        *_positions(),
    )
    holds = sa.text(f"to_position = {2**63 - 1}")
    op.create_index(
        "parties_by_ein", "parties", ["ein_index"], sqlite_where=holds, postgresql_where=holds
    )
    op.create_table(
        "party_terms",
        sa.Column("facet", sa.Text, primary_key=True),
        sa.Column("term", sa.Text, primary_key=True),
        sa.Column("party", sa.Text, primary_key=True),
        *_positions(),
    )
    # An empty view is that of an empty ledger only.
    op.execute(
        "UPDATE read_models SET version = 2 "
        "WHERE name = 'parties' AND NOT EXISTS (SELECT 1 FROM entries)"
    )


def _positions() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
    )
