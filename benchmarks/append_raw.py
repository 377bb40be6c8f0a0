"""Appending, the raw limit: one row of the same size, one commit each, and nothing else."""

from __future__ import annotations

import threading
from typing import Final

import psycopg
import pysqlite3
import sqlalchemy as sa

from benchmarks.measure import Share
from tests.databases import connect

_COLUMNS: Final = "stream, version, type, data"


class RawPostgres:
    """A prepared INSERT that commits by itself, on as many connections as there are callers."""

    name = "raw psycopg, 1 row"

    def __init__(self, url: str, row_bytes: int, callers: int) -> None:
        self._row = ("0" * 32, 1, "membership.agreement_sent.v1", bytes(row_bytes))
        self._connections = [connect(url) for _ in range(callers)]
        self._connections[0].execute(
            "CREATE TABLE raw_rows (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
            "stream text NOT NULL, version bigint NOT NULL, type text NOT NULL, "
            "data bytea NOT NULL)"
        )
        self._rows = 0

    def shares(self, callers: int, operations: int) -> list[Share]:
        """Give each caller a connection."""
        self._rows += operations
        each = operations // callers
        return [self._share(connection, each) for connection in self._connections[:callers]]

    def check(self) -> None:
        """Assert that every row is there."""
        row = self._connections[0].execute("SELECT count(*), max(position) FROM raw_rows")
        assert row.fetchone() == (self._rows, self._rows)

    def close(self) -> None:
        """Close the connections."""
        for connection in self._connections:
            connection.close()

    def _share(self, connection: psycopg.Connection, operations: int) -> Share:
        def run() -> None:
            cursor = connection.cursor()
            for _ in range(operations):
                cursor.execute(
                    f"INSERT INTO raw_rows ({_COLUMNS}) VALUES (%s, %s, %s, %s)",  # noqa: S608 - fixed names
                    self._row,
                    prepare=True,
                )

        return run


class RawSqlite:
    """An INSERT that commits by itself, on one connection.

    The callers take it in turn: with a connection each they would wait for SQLite's lock by
    sleeping, which is several times slower.
    """

    name = "raw sqlite, 1 row"

    def __init__(self, url: str, row_bytes: int) -> None:
        self._row = ("0" * 32, 1, "membership.agreement_sent.v1", bytes(row_bytes))
        self._connection = pysqlite3.connect(
            sa.make_url(url).database, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute(
            "CREATE TABLE raw_rows (position INTEGER PRIMARY KEY, stream TEXT NOT NULL, "
            "version INTEGER NOT NULL, type TEXT NOT NULL, data BLOB NOT NULL)"
        )
        self._turn = threading.Lock()
        self._rows = 0

    def shares(self, callers: int, operations: int) -> list[Share]:
        """Let the callers share the connection."""
        self._rows += operations
        return [self._share(operations // callers)] * callers

    def check(self) -> None:
        """Assert that every row is there."""
        row = self._connection.execute("SELECT count(*), max(position) FROM raw_rows").fetchone()
        assert row == (self._rows, self._rows)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _share(self, operations: int) -> Share:
        def run() -> None:
            for _ in range(operations):
                with self._turn:
                    self._connection.execute(
                        f"INSERT INTO raw_rows ({_COLUMNS}) VALUES (?, ?, ?, ?)",  # noqa: S608 - fixed names
                        self._row,
                    )

        return run
