"""What a query reads, counted by the database itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection


@contextmanager
def counted(connection: Connection) -> Iterator[dict[str, int]]:
    """Count statements, and what they read: rows on PostgreSQL, steps of SQLite's machine."""
    found = {"statements": 0, "work": 0}

    def count(*_: object) -> None:
        found["statements"] += 1

    def step() -> int:
        found["work"] += 1
        return 0

    driver: Any = connection.connection.driver_connection
    sqlite = connection.dialect.name == "sqlite"
    before = 0 if sqlite else _rows_read(connection)
    if sqlite:
        driver.set_progress_handler(step, 1)
    sa.event.listen(connection, "before_cursor_execute", count)
    yield found
    sa.event.remove(connection, "before_cursor_execute", count)
    if sqlite:
        driver.set_progress_handler(None, 1)
    else:
        found["work"] = _rows_read(connection) - before


def _rows_read(connection: Connection) -> int:
    """Return how many rows the transaction has read of tables."""
    rows: int = connection.exec_driver_sql(
        "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint"
        " FROM pg_stat_xact_user_tables"
    ).scalar_one()
    return rows
