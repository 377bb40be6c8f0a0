"""A funding may end: its row says which entry wrote that down."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0047_ended_funding"
down_revision = "0046_rows_in_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of no funding that there is was an end written down since."""
    ended = sa.Column("ended_position", sa.BigInteger)
    if op.get_context().dialect.name != "sqlite":
        op.add_column("fundings", ended)
        return
    # There a column that is added comes last, and those of a view stand before those of its driver.
    op.rename_table("fundings", "fundings__before")
    op.create_table(
        "fundings",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("precision", sa.Text, nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("until_precision", sa.Text),
        ended,
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
        sa.Column("effective_from", sa.Date, primary_key=True),
        sa.Column("effective_to", sa.Date, nullable=False),
    )
    names = (
        "id, since, precision, until, until_precision, entry, position, version, "
        "from_position, to_position, effective_from, effective_to"
    )
    op.execute(f"INSERT INTO fundings ({names}) SELECT {names} FROM fundings__before")  # noqa: S608
    op.drop_table("fundings__before")
