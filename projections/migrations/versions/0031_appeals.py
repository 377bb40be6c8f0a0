"""Appeals that are not decided are found by the day of filing.

The table of memberships is made anew, empty: the model's next version asks for a rebuild.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031_appeals"
down_revision = "0030_particulars"
branch_labels = None
depends_on = None

_INDEXES = {
    "memberships_by_since": ["since", "id"],
    "memberships_by_tier": ["tier", "id"],
    "memberships_by_party": ["party"],
}
_WAITING = {
    "memberships_by_renewal": ("renewal", ["renewal", "renewal_day", "id"]),
    "memberships_by_suspension": ("suspended_through", ["suspended_through", "id"]),
    "memberships_by_contest": ("contestable_on", ["contestable_on", "id"]),
    "memberships_by_asking": ("asking", ["asking", "asking_day", "id"]),
    "memberships_by_text": ("text_version", ["agreement", "text_version", "id"]),
}
_NEW = {"memberships_by_appeal": ("appealed_on", ["appealed_on", "id"])}


def upgrade() -> None:
    """Make the table anew with the day, and index appeals."""
    for index in (*_INDEXES, *_WAITING, "memberships_by_change"):
        op.drop_index(index, "memberships")
    _make_memberships()
    last = f"to_position = {2**63 - 1}"
    holds = sa.text(last)
    for index, columns in _INDEXES.items():
        op.create_index(index, "memberships", columns, sqlite_where=holds, postgresql_where=holds)
    for index, (given, columns) in (_WAITING | _NEW).items():
        waits = sa.text(f"{last} AND effective_to = '9999-12-31' AND {given} IS NOT NULL")
        op.create_index(index, "memberships", columns, sqlite_where=waits, postgresql_where=waits)
    op.create_index("memberships_by_change", "memberships", ["from_position"])
    op.create_index(
        "appeals_by_filing",
        "appeals",
        ["filed_position"],
        sqlite_where=holds,
        postgresql_where=holds,
    )
    # An empty view is that of an empty ledger only.
    op.execute(
        "UPDATE read_models SET version = version + 1 "
        "WHERE name IN ('memberships', 'applications', 'appeals') "
        "AND NOT EXISTS (SELECT 1 FROM entries)"
    )


def _make_memberships() -> None:
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
        sa.Column("appealed_on", sa.Date),
        sa.Column("standards_position", sa.BigInteger, nullable=False),
        sa.Column("admitted_position", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("updated_position", sa.BigInteger, nullable=False),
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
        sa.Column("effective_from", sa.Date, primary_key=True),
        sa.Column("effective_to", sa.Date, nullable=False),
    )
