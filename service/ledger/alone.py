"""One process at a time does a thing: by an advisory lock, which ends with whoever holds it."""

from __future__ import annotations

import contextlib
import fcntl
from pathlib import Path
from typing import IO, Any

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError


class Alone:
    """A lock on a name, of a database; tried for, and never waited for.

    On PostgreSQL it is one of a session, so that a process that dies gives it up; on SQLite, of a
    file beside the database. Use it in one thread.

    Args:
        engine: the database.
        name: what is done by one process at a time; letters and hyphens.
        number: that on PostgreSQL, where nothing else locks it.
    """

    def __init__(self, engine: Engine, name: str, number: int) -> None:
        self._engine = engine
        self._name = name
        self._number = number
        self._connection: Any = None
        self._file: IO[bytes] | None = None

    def is_held(self) -> bool:
        """Return whether this process has the lock, after trying for it."""
        if self._engine.dialect.name == "postgresql":
            return self._in_database()
        return self._beside_file()

    def release(self) -> None:
        """Give the lock up."""
        if self._connection is not None:
            with contextlib.suppress(Exception):
                # The server ends a session, and its locks, some time after it was closed.
                self._connection.execute("SELECT pg_advisory_unlock_all()")
            with contextlib.suppress(Exception):
                self._connection.close()
            self._connection = None
        if self._file is not None:
            self._file.close()
            self._file = None

    def _in_database(self) -> bool:
        # Only a process that serves PostgreSQL has its driver in memory.
        import psycopg  # noqa: PLC0415 - see above

        try:
            if self._connection is not None:
                self._connection.execute("SELECT 1")
                return True
            pooled = self._engine.raw_connection()
            connection: Any = pooled.driver_connection
            # It is kept for as long as the lock, so it must be none of those that others share.
            pooled.detach()
            connection.autocommit = True
            locked = connection.execute(
                "SELECT pg_try_advisory_lock(%s)", (self._number,)
            ).fetchone()
            self._connection = connection
            if not locked[0]:
                self.release()
            return bool(locked[0])
        except (SQLAlchemyError, psycopg.Error):
            self.release()
            return False

    def _beside_file(self) -> bool:
        if self._file is not None:
            return True
        path = Path(f"{self._engine.url.database}.{self._name}")
        file = path.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True
