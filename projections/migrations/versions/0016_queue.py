"""The queue of applications that wait, by age and by how long they have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016_queue"
down_revision = "0015_webhooks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the view of applications anew; a ledger that has entries is to be rebuilt after it."""
    for index in ("by_submission", "by_applicant", "by_party", "by_phase"):
        op.drop_index(f"applications_{index}", "applications")
    op.drop_table("applications")
    op.create_table(
        "applications",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("tier", sa.Text, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("party", sa.Text, nullable=False),
        sa.Column("review", sa.Text, nullable=False),
        sa.Column("applicant", sa.Text, nullable=False),
        sa.Column("membership", sa.Text),
        sa.Column("submitted_on", sa.Date, nullable=False),
        sa.Column("submitted_at", sa.BigInteger, nullable=False),
        sa.Column("submitted_position", sa.BigInteger, nullable=False),
        sa.Column("phase_since", sa.Date, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("shares", sa.Text, nullable=False),
        sa.Column("clauses", sa.Text, nullable=False),
        sa.Column("decided_on", sa.Date),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("clock", sa.Text, nullable=False),
        sa.Column("due_from", sa.Date),
        sa.Column("withdrawn_position", sa.BigInteger),
        sa.Column("expired_by", sa.Text),
        sa.Column("queued_at", sa.BigInteger),
        sa.Column("waiting_since", sa.Date),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
    )
    _index("applications_by_submission", "submitted_at", "id")
    _index("applications_by_applicant", "applicant")
    _index("applications_by_party", "party")
    _index("applications_by_phase", "phase", "due_from", "id")
    _index("applications_by_age", "queued_at", "id")
    _index("applications_by_waiting", "waiting_since", "id")
    # An empty view is that of an empty ledger only.
    op.execute(
        "UPDATE read_models SET version = 3 "
        "WHERE name = 'applications' AND NOT EXISTS (SELECT 1 FROM entries)"
    )


def _index(name: str, *columns: str) -> None:
    holds = sa.text(f"to_position = {2**63 - 1}")
    op.create_index(name, "applications", list(columns), sqlite_where=holds, postgresql_where=holds)
