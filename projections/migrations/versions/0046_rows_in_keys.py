"""On SQLite, rows that are little more than their key stand in the index of that alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046_rows_in_keys"
down_revision = "0045_terms_in_order"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables anew, with what is in them."""
    if op.get_context().dialect.name != "sqlite":
        return
    _make(
        "subject_keys",
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("key_id", sa.Text, nullable=False),
    )
    for name, found in (
        ("review_terms", "review"),
        ("party_terms", "party"),
        ("listing_terms", "party"),
    ):
        _make(
            name,
            sa.Column("facet", sa.Text, primary_key=True),
            sa.Column("term", sa.Text, primary_key=True),
            sa.Column(found, sa.Text, primary_key=True),
            sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("to_position", sa.BigInteger, nullable=False),
        )


def _make(name: str, *columns: sa.Column[str] | sa.Column[int]) -> None:
    op.rename_table(name, f"{name}__before")
    made = op.create_table(name, *columns, sqlite_with_rowid=False)
    names = ", ".join(column.name for column in made.columns)
    op.execute(f"INSERT INTO {name} ({names}) SELECT {names} FROM {name}__before")  # noqa: S608
    op.drop_table(f"{name}__before")
