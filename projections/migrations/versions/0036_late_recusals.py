"""The view of ballots knows who stands aside since the opening of the vote."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036_late_recusals"
down_revision = "0035_open_votes"
branch_labels = None
depends_on = None

_COLUMNS = 'id, vote, "cast", version, from_position, to_position'


def upgrade() -> None:
    """Make the table anew with one more column; until now no entry could say that."""
    op.execute(f"CREATE TABLE ballots_before AS SELECT {_COLUMNS} FROM ballots")  # noqa: S608 - as above
    op.drop_table("ballots")
    op.create_table(
        "ballots",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("vote", sa.Text, nullable=False),
        sa.Column("cast", sa.Text, nullable=False),
        sa.Column("aside", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
    )
    op.execute(
        f"INSERT INTO ballots ({_COLUMNS}, aside) "  # noqa: S608 - as above
        f"SELECT {_COLUMNS}, '[]' FROM ballots_before"
    )
    op.drop_table("ballots_before")
    op.execute("UPDATE read_models SET version = 2 WHERE name = 'ballots' AND version = 1")
