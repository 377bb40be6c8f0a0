"""Memberships with the days on which a suspension and the window of an appeal end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024_standing_days"
down_revision = "0023_name_corrections"
branch_labels = None
depends_on = None

_INDEXES = {
    "memberships_by_since": ["since", "id"],
    "memberships_by_tier": ["tier", "id"],
    "memberships_by_party": ["party"],
    "memberships_by_renewal": ["renewal", "renewal_day", "id"],
    "memberships_by_asking": ["asking", "asking_day", "id"],
    "memberships_by_text": ["agreement", "text_version", "id"],
}
_NEW_INDEXES = {
    "memberships_by_suspension": ["suspended_through", "id"],
    "memberships_by_contest": ["contestable_on", "id"],
}


def upgrade() -> None:
    """Make the view of memberships anew; a ledger that has entries is to be rebuilt after it."""
    op.drop_index("memberships_by_change", "memberships")
    for index in _INDEXES:
        op.drop_index(index, "memberships")
    op.drop_table("memberships")
    op.create_table(
        "memberships",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("party", sa.Text, nullable=False),
        sa.Column("tier", sa.Text, nullable=False),
        sa.Column("membership_class", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("application", sa.Text),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("agreement", sa.Text, nullable=False),
        sa.Column("signed_version", sa.BigInteger),
        sa.Column("sent_version", sa.BigInteger),
        sa.Column("agreements", sa.Text, nullable=False),
        sa.Column("sent", sa.Text, nullable=False),
        sa.Column("assent", sa.Text, nullable=False),
        sa.Column("asking", sa.Text),
        sa.Column("asking_day", sa.Date, nullable=False),
        sa.Column("text_version", sa.BigInteger),
        sa.Column("term", sa.Text, nullable=False),
        sa.Column("renewal", sa.Text),
        sa.Column("renewal_day", sa.Date, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("standings", sa.Text, nullable=False),
        sa.Column("suspended_through", sa.Date),
        sa.Column("freed_on", sa.Date),
        sa.Column("contestable_on", sa.Date),
        sa.Column("standards_position", sa.BigInteger, nullable=False),
        sa.Column("admitted_position", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("updated_position", sa.BigInteger, nullable=False),
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
        sa.Column("effective_from", sa.Date, primary_key=True),
        sa.Column("effective_to", sa.Date, nullable=False),
    )
    holds = sa.text(f"to_position = {2**63 - 1}")
    for index, columns in (_INDEXES | _NEW_INDEXES).items():
        op.create_index(index, "memberships", columns, sqlite_where=holds, postgresql_where=holds)
    op.create_index("memberships_by_change", "memberships", ["from_position"])
    # An empty view is that of an empty ledger only.
    op.execute(
        "UPDATE read_models SET version = 4 WHERE name IN ('memberships', 'applications') "
        "AND NOT EXISTS (SELECT 1 FROM entries)"
    )
