"""Which files of evidence were deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0049_deleted_files"
down_revision = "0048_written_withdrawals"
branch_labels = None
depends_on = None

_OPEN = sa.text(f"to_position = {2**63 - 1}")


def upgrade() -> None:
    """Make the view, which is empty: until now no entry said that a file was deleted."""
    op.create_table(
        "deleted_files",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("application", sa.Text, nullable=False),
        sa.Column("files", sa.Text, nullable=False),
        sa.Column("entries", sa.Text, nullable=False),
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
    )
    op.create_index(
        "deleted_files_by_application",
        "deleted_files",
        ["application"],
        postgresql_where=_OPEN,
        sqlite_where=_OPEN,
    )
    op.execute("INSERT INTO read_models (name, version) VALUES ('deleted_files', 1)")
