"""PostgreSQL stores documents as they are: to compress one takes longer than all else about it."""

from __future__ import annotations

from alembic import op

revision = "0030_documents_as_they_are"
down_revision = "0029_electorates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Leave new documents uncompressed."""
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER TABLE documents ALTER COLUMN content SET STORAGE EXTERNAL")
