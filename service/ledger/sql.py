"""Statements compiled once and run on the driver's cursor, for the hot paths.

SQLAlchemy builds the text for either database; executing it through the driver saves
about a third of the time of a small statement. Rows are dictionaries by bind name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.engine.interfaces import DBAPICursor

LOCK_KEY: Final = 0x00C0_A117_104E_D6E5
"""The ledger lock's advisory key on PostgreSQL."""

CHANNEL: Final = "coalition_ledger"
"""Where PostgreSQL announces a commit; a listener must poll too, wake-ups may be lost."""


class Statement:
    """One statement for one dialect."""

    def __init__(self, dialect: Dialect, clause: sa.ClauseElement) -> None:
        if dialect.name == "sqlite":
            dialect = sqlite.dialect(paramstyle="named")
        self._sql = str(clause.compile(dialect=dialect))

    def run(self, cursor: DBAPICursor, row: Mapping[str, Any]) -> DBAPICursor:
        """Execute once, and return the cursor for fetching."""
        cursor.execute(self._sql, row)
        return cursor

    def run_many(self, cursor: DBAPICursor, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute for each row; nothing for none."""
        if rows:
            cursor.executemany(self._sql, rows)


def is_any_of(dialect: Dialect, column: str, bind: str) -> str:
    """Return a condition that holds one bound list, so that its text never varies."""
    if dialect.name == "postgresql":
        return f"{column} = ANY(:{bind})"
    return f"{column} IN (SELECT value FROM json_each(:{bind}))"  # noqa: S608 - names, no values


def list_bind(dialect: Dialect, values: Sequence[str | int]) -> object:
    """Return the bound value for `is_any_of`."""
    if dialect.name == "postgresql":
        return list(values)
    return orjson.dumps(list(values)).decode()


def driver_cursor(connection: Connection) -> DBAPICursor:
    """Return a cursor of the driver inside SQLAlchemy's transaction."""
    return connection.connection.cursor()
