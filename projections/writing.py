"""Many rows in one statement, on the driver's cursor: how each database takes them fastest.

Statements are written once; going through SQLAlchemy for every batch would cost a third more.
Rows are lists of values as `projections.codec` makes them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Protocol

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.engine.interfaces import DBAPICursor

from projections.codec import Value
from projections.tables import OPEN

# What PostgreSQL plans while a table is small, it keeps: it would read all of the table as that
# grows. These statements find every row by key, whatever it thinks of the size.
_PLANNER: Final = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")


class Statement(Protocol):
    """A statement that writes rows."""

    def run(self, cursor: DBAPICursor, rows: Sequence[list[Value]]) -> None:
        """Write rows; nothing for none."""
        ...

    def prepare(self, cursor: DBAPICursor) -> None:
        """Have the database prepare it; no row is written."""
        ...


class Sql(Protocol):
    """Makes the statements of a table, for one kind of database."""

    def insert(self, table: sa.Table) -> Statement:
        """Return the statement that inserts rows, given all columns in order."""
        ...

    def close(self, table: sa.Table, key: Sequence[str], *, open_only: bool = False) -> Statement:
        """Return the statement that sets ``to_position``, given it and then the key.

        Args:
            table: the table.
            key: the columns that find a row.
            open_only: the key finds one row among those that hold now.
        """
        ...

    def delete(self, table: sa.Table, key: Sequence[str]) -> Statement:
        """Return the statement that deletes rows, given the columns that find them."""
        ...

    def load(self, table: sa.Table) -> str:
        """Return the statement that reads the open rows of some ids."""
        ...

    def ids(self, ids: Sequence[str]) -> object:
        """Return the parameter of the statement that reads."""
        ...


class SqliteSql:
    """A prepared statement, run row by row: there is no server to wait for."""

    def insert(self, table: sa.Table) -> Statement:
        """Return the statement that inserts rows, given all columns in order."""
        marks = ", ".join("?" for _ in table.columns)
        into = f"{_quoted(table.name)} ({_names(table.columns)})"
        return _EachRow(f"INSERT INTO {into} VALUES ({marks})")  # noqa: S608 - names are ours

    def close(self, table: sa.Table, key: Sequence[str], *, open_only: bool = False) -> Statement:
        """Return the statement that sets ``to_position``, given it and then the key."""
        conditions = [f"{_quoted(name)} = ?" for name in key]
        conditions += [f"to_position = {OPEN}"] if open_only else []
        update = f"UPDATE {_quoted(table.name)} SET to_position = ?"  # noqa: S608 - names are ours
        return _EachRow(f"{update} WHERE {' AND '.join(conditions)}")

    def delete(self, table: sa.Table, key: Sequence[str]) -> Statement:
        """Return the statement that deletes rows, given the columns that find them."""
        conditions = " AND ".join(f"{_quoted(name)} = ?" for name in key)
        return _EachRow(f"DELETE FROM {_quoted(table.name)} WHERE {conditions}")  # noqa: S608 - names are ours

    def load(self, table: sa.Table) -> str:
        """Return the statement that reads the open rows of some ids."""
        select = f"SELECT {_names(table.columns)} FROM {_quoted(table.name)}"  # noqa: S608 - names are ours
        ids = "id IN (SELECT value FROM json_each(?))"
        return f"{select} WHERE {ids} AND to_position = {OPEN}"

    def ids(self, ids: Sequence[str]) -> object:
        """Return the parameter of the statement that reads."""
        return orjson.dumps(ids).decode()


class PostgresSql:
    """All rows in one JSON parameter: half the time of one execution a row."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def insert(self, table: sa.Table) -> Statement:
        """Return the statement that inserts rows, given all columns in order."""
        columns = list(table.columns)
        names = _names(columns)
        insert = f"INSERT INTO {_quoted(table.name)} ({names})"
        return _AllRows(f"{insert} SELECT {names} FROM {self._rows(columns)}", columns)  # noqa: S608 - names are ours

    def close(self, table: sa.Table, key: Sequence[str], *, open_only: bool = False) -> Statement:
        """Return the statement that sets ``to_position``, given it and then the key."""
        columns = [sa.Column("ended", sa.BigInteger), *(table.c[name] for name in key)]
        conditions = [f"t.{_quoted(name)} = x.{_quoted(name)}" for name in key]
        conditions += [f"t.to_position = {OPEN}"] if open_only else []
        update = f"UPDATE {_quoted(table.name)} AS t SET to_position = x.ended"  # noqa: S608 - names are ours
        return _AllRows(
            f"{update} FROM {self._rows(columns)} WHERE {' AND '.join(conditions)}", columns
        )

    def delete(self, table: sa.Table, key: Sequence[str]) -> Statement:
        """Return the statement that deletes rows, given the columns that find them."""
        columns = [table.c[name] for name in key]
        conditions = " AND ".join(f"t.{_quoted(name)} = x.{_quoted(name)}" for name in key)
        delete = f"DELETE FROM {_quoted(table.name)} AS t USING {self._rows(columns)}"  # noqa: S608 - names are ours
        return _AllRows(f"{delete} WHERE {conditions}", columns)

    def load(self, table: sa.Table) -> str:
        """Return the statement that reads the open rows of some ids."""
        select = f"SELECT {_names(table.columns)} FROM {_quoted(table.name)}"  # noqa: S608 - names are ours
        return f"{select} WHERE id = ANY(%s::text[]) AND to_position = {OPEN}"

    def ids(self, ids: Sequence[str]) -> object:
        """Return the parameter of the statement that reads."""
        return list(ids)

    def _rows(self, columns: Sequence[sa.Column[Any]]) -> str:
        types = [f"{_quoted(column.name)} {self._type_name(column)}" for column in columns]
        return f"json_to_recordset(%s::json) AS x({', '.join(types)})"

    def _type_name(self, column: sa.Column[Any]) -> str:
        # Where a column has an order of its own, a record's does not.
        return column.type.compile(dialect=self._dialect).partition(" COLLATE")[0]


class _EachRow:
    """A statement executed once a row, with positional parameters."""

    def __init__(self, text: str) -> None:
        self._text = text

    def run(self, cursor: DBAPICursor, rows: Sequence[list[Value]]) -> None:
        """Write rows; nothing for none."""
        if rows:
            cursor.executemany(self._text, rows)

    def prepare(self, cursor: DBAPICursor) -> None:
        """Have the connection keep it prepared; no row is written."""
        cursor.executemany(self._text, [])


class _AllRows:
    """A statement executed once, with all rows as a JSON array of objects."""

    def __init__(self, text: str, columns: Sequence[sa.Column[Any]]) -> None:
        self._text = text
        self._names = [str(column.name) for column in columns]

    def run(self, cursor: DBAPICursor, rows: Sequence[list[Value]]) -> None:
        """Write rows; nothing for none."""
        if rows:
            objects = [dict(zip(self._names, row, strict=True)) for row in rows]
            cursor.execute(self._text, (orjson.dumps(objects).decode(),))

    def prepare(self, cursor: DBAPICursor) -> None:
        """Have the server prepare it, and know the table; no row is written."""
        cursor.execute(self._text, ("[]",))


def sql_for(connection: Connection) -> Sql:
    """Return what writes statements for the database of a connection."""
    dialect = connection.dialect
    return PostgresSql(dialect) if dialect.name == "postgresql" else SqliteSql()


@contextlib.contextmanager
def cursor_by_key(connection: Connection) -> Iterator[DBAPICursor]:
    """Give a cursor for statements that find rows by key, in the connection's transaction.

    On PostgreSQL the statements are sent without waiting for each answer.
    """
    cursor = connection.connection.cursor()
    try:
        if connection.dialect.name != "postgresql":
            yield cursor
            return
        driver: Any = connection.connection.dbapi_connection
        if driver.info.pipeline_status:
            # Inside the pipeline of an append, which has told the planner: to begin another
            # would wait for all that was sent.
            yield cursor
        else:
            with driver.pipeline():
                _let_planner(cursor, "off")
                yield cursor
                _let_planner(cursor, "on")
    finally:
        cursor.close()


def _let_planner(cursor: DBAPICursor, setting: str) -> None:
    settings = ", ".join(f"set_config('{name}', '{setting}', true)" for name in _PLANNER)
    cursor.execute(f"SELECT {settings}")


def _names(columns: Iterable[sa.Column[Any]]) -> str:
    return ", ".join(_quoted(column.name) for column in columns)


def _quoted(name: str) -> str:
    return f'"{name}"'
