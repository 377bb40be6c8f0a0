"""The view of parties knows by which entries their types, EINs and counties changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030_particulars"
down_revision = "0029_electorates"
branch_labels = None
depends_on = None

_COLUMNS = (
    "id, kind, registered_position, registered_on, ein_index, names, representatives, former, "
    "version, from_position, to_position"
)


def upgrade() -> None:
    """Make the table anew with one more column; until now no entry could change any of them."""
    op.execute(f"CREATE TABLE parties_before AS SELECT {_COLUMNS} FROM parties")  # noqa: S608 - as above
    op.drop_index("parties_by_ein", "parties")
    op.drop_table("parties")
    op.create_table(
        "parties",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("registered_position", sa.BigInteger, nullable=False),
        sa.Column("registered_on", sa.Date, nullable=False),
        sa.Column("ein_index", sa.Text),
        sa.Column("particulars", sa.Text, nullable=False),
        sa.Column("names", sa.Text, nullable=False),
        sa.Column("representatives", sa.Text, nullable=False),
        sa.Column("former", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
    )
    op.execute(
        f"INSERT INTO parties ({_COLUMNS}, particulars) "  # noqa: S608 - as above
        f"SELECT {_COLUMNS}, '[]' FROM parties_before"
    )
    op.drop_table("parties_before")
    holds = sa.text(f"to_position = {2**63 - 1}")
    op.create_index(
        "parties_by_ein", "parties", ["ein_index"], sqlite_where=holds, postgresql_where=holds
    )
    op.execute("UPDATE read_models SET version = 4 WHERE name = 'parties' AND version = 3")
