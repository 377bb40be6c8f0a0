"""What the tables of all read models have in common."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import sqlalchemy as sa

OPEN: Final = 2**63 - 1
"""``to_position`` of a row that still holds."""

FOREVER: Final = date(9999, 12, 31)
"""``effective_to`` of a row without an end."""

LAST_DAY: Final = FOREVER - timedelta(days=1)
"""The last day that can be asked for."""

metadata = sa.MetaData()

Json = sa.Text

# Order by name must be the order of the characters on every database, since cursors rely on it.
Sorted = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def positions() -> tuple[sa.Column[int], sa.Column[int]]:
    """Return the columns of the positions that a row describes."""
    return (
        sa.Column("from_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
    )


def days() -> tuple[sa.Column[date], sa.Column[date]]:
    """Return the columns of the days that a row describes."""
    return (
        sa.Column("effective_from", sa.Date, primary_key=True),
        sa.Column("effective_to", sa.Date, nullable=False),
    )


def current(name: str, *columns: sa.Column[str] | sa.Column[date] | sa.Column[int]) -> sa.Index:
    """Index the rows that hold now; the literal lets both databases see that it applies.

    `projections.generations.restrict` and the migrations give PostgreSQL the same condition. To
    name it here would load SQLAlchemy's dialect for PostgreSQL, 7 MB of memory, everywhere.
    """
    holds = columns[0].table.c.to_position == sa.literal_column(str(OPEN))
    return sa.Index(name, *columns, sqlite_where=holds)
