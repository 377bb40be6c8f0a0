"""What the tables of all read models have in common."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

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


def holds_now(table: sa.FromClause) -> sa.ColumnElement[bool]:
    """Return the condition for the rows that hold at the head, whatever the day.

    A literal: the planner of either database uses a partial index only when it sees the value.
    """
    return table.c.to_position == sa.literal_column(str(OPEN))


def is_latest(table: sa.FromClause) -> sa.ColumnElement[bool]:
    """Return the condition for what was decided last, in effect or not yet, as rules have it."""
    if "effective_to" not in table.c:
        return holds_now(table)
    return sa.and_(holds_now(table), table.c.effective_to == sa.literal_column(f"'{FOREVER}'"))


def current(name: str, *columns: sa.Column[Any]) -> sa.Index:
    """Index the rows that hold now.

    `projections.generations.restrict` and the migrations give PostgreSQL the same condition. To
    name it here would load SQLAlchemy's dialect for PostgreSQL, 7 MB of memory, everywhere.
    """
    return sa.Index(name, *columns, sqlite_where=holds_now(columns[0].table))


def waiting(name: str, given: sa.Column[Any], *columns: sa.Column[Any]) -> sa.Index:
    """Index the latest rows in which a column is given, such as those that wait for something.

    An index costs an append the more the more of the rows are in it.
    """
    condition = sa.and_(is_latest(given.table), given.is_not(None))
    return sa.Index(name, *columns, sqlite_where=condition)
