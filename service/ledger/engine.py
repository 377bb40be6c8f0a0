"""Connections to SQLite and PostgreSQL, set up once and alike for the ledger and the key store."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import pysqlite3
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from service.faults import NotReadyError

BUSY_TIMEOUT_S: Final = 5.0
CACHE_KIB: Final = 512
"""What a connection to SQLite keeps of the file."""

_WRITER_CACHE_KIB: Final = 2048
"""What a writer's keeps: each append touches some forty pages, most of them the ends of indexes."""

_PREPARED: Final = 512
"""Statements at most that a writer's connection to PostgreSQL keeps prepared."""

_FIRST_WITH_WAL: Final = (3, 7, 0)
_LAST_AFFECTED: Final = (3, 51, 2)
_WRITES: Final = "coalition_writes"
_WAL_RETRY_S: Final = 0.01

# `statement_timeout` alone hangs for 25 s when packets are dropped: these bound connecting,
# unacknowledged data and silence, and pass over a server that is only a replica.
_POSTGRESQL_OPTIONS: Final = {
    "connect_timeout": 3,
    "tcp_user_timeout": 5_000,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "target_session_attrs": "read-write",
}


class UnusableDatabaseError(NotReadyError):
    """The database cannot be used as it is named or built; the message says what to change."""


def create_engine(url: str, *, secure_delete: bool = False, pool_size: int = 8) -> Engine:
    """Return an engine that commits durably; nothing is opened yet.

    Readers use ``engine.connect()`` or ``engine.begin()``: on SQLite their transactions are
    deferred and take no lock that a writer would wait for. Writers use ``begin_writing``.

    Args:
        url: ``sqlite:///path`` (four slashes for an absolute path), ``postgresql://…`` or
            ``postgresql+psycopg://…``. Connection options in a PostgreSQL URL, such as
            ``?target_session_attrs=any`` for a replica, win over ours.
        secure_delete: on SQLite, overwrite deleted content with zeros.
        pool_size: connections at most; a caller waits up to 5 s for a free one.

    Raises:
        UnusableDatabaseError: the URL is of another kind, names no SQLite file, or this SQLite
            build may corrupt a database in WAL mode.
    """
    parsed = _parse(url)
    common: dict[str, Any] = {
        # A caller beyond the pool's size waits, then fails, instead of burdening the server.
        "pool_size": pool_size,
        "max_overflow": 0,
        "pool_timeout": 5.0,
        # Errors and logs show statements, never the values in them.
        "hide_parameters": True,
    }
    if parsed.get_backend_name() == "postgresql":
        options = {
            name: value for name, value in _POSTGRESQL_OPTIONS.items() if name not in parsed.query
        }
        return sa.create_engine(
            parsed.set(drivername="postgresql+psycopg"), connect_args=options, **common
        )
    refuse_affected_sqlite(pysqlite3.sqlite_version_info)
    engine = sa.create_engine(
        parsed.set(drivername="sqlite"),
        module=pysqlite3.dbapi2,
        # The driver begins nothing by itself: `_begin_sqlite` decides how a transaction begins.
        connect_args={"isolation_level": None, "timeout": BUSY_TIMEOUT_S},
        **common,
    )

    @event.listens_for(engine, "connect")
    def _on_connect(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        _prepare_sqlite(connection, secure_delete=secure_delete)

    event.listen(engine, "begin", _begin_sqlite)
    return engine


def make_private(database_url: str) -> None:
    """Make a new SQLite file for its owner only; its log and index get the same mode.

    Raises:
        NotReadyError: it cannot be made, or what is there cannot be written.
    """
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return
    try:
        os.close(os.open(url.database, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise NotReadyError(
            f"The ledger cannot be made at {url.database} ({error.strerror}): "
            "name a folder that exists and that this user may write to."
        ) from None


class WriterConnection:
    """The connection that a writer keeps, besides the engine's pool, made when it is first used.

    On PostgreSQL whatever it runs is prepared the first time: it will be run again. On SQLite it
    keeps more of the file than a reader's.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Give it in a transaction that may write, as `begin_writing` does."""
        if self._connection is None:
            self._connection = self._connect()
        with self._connection.begin():
            yield self._connection

    def close(self) -> None:
        """Close it; a transaction after that begins on another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connect(self) -> Connection:
        connection = self._engine.connect().execution_options(**{_WRITES: True})
        driver: Any = connection.connection.driver_connection
        if self._engine.dialect.name == "postgresql":
            driver.prepare_threshold = 0
            driver.prepared_max = _PREPARED
        else:
            driver.execute(f"PRAGMA cache_size=-{_WRITER_CACHE_KIB}")
        connection.detach()
        return connection


@contextmanager
def begin_writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a transaction that may write, committed when the block ends well.

    On SQLite the transaction takes the write lock at once (BEGIN IMMEDIATE), waiting up to 5 s:
    a deferred one would read first and then fail, since its snapshot can no longer be written
    to. On PostgreSQL it is an ordinary transaction; what must exclude others takes a lock there.
    """
    with engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
        yield connection


def truncate_log(engine: Engine) -> bool:
    """Empty SQLite's write-ahead log into the file; return whether nothing of it remains.

    It waits up to the busy timeout for transactions that still read from the log.
    """
    if engine.dialect.name != "sqlite":
        return True
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (busy, *_) = cursor.fetchone() or (1,)
        cursor.close()
    finally:
        connection.close()
    return not busy


def vacuum(engine: Engine, tables: Iterable[str]) -> bool:
    """Write a database anew without what was overwritten or deleted; return as ``truncate_log``.

    Args:
        engine: of the database; on PostgreSQL, as the role that owns the tables.
        tables: which tables; on SQLite it is the whole file.
    """
    if engine.dialect.name == "sqlite":
        connection = engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("VACUUM")
            cursor.close()
        finally:
            connection.close()
        return truncate_log(engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as outside:
        for table in tables:
            quoted = outside.dialect.identifier_preparer.quote(table)
            outside.exec_driver_sql(f"VACUUM (FULL) {quoted}")
    return True


def refuse_affected_sqlite(version: tuple[int, ...]) -> None:
    """Refuse SQLite 3.7.0 to 3.51.2, whose WAL mode may corrupt a database of two connections.

    Raises:
        UnusableDatabaseError: the version is one of those.
    """
    if _FIRST_WITH_WAL <= version <= _LAST_AFFECTED:
        found = ".".join(map(str, version))
        raise UnusableDatabaseError(
            f"SQLite {found} can corrupt a database that has two connections in WAL mode "
            "(fixed in 3.51.3). Install pysqlite3 0.6.1 or newer, which bundles a fixed one; "
            "pysqlite3-binary does not."
        )


def _parse(url: str) -> URL:
    accepted = "use sqlite:///path/to/file or postgresql://user@host/database"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # The text may hold a password, so it is not repeated.
        raise UnusableDatabaseError(f"This is no database URL: {accepted}.") from None
    if parsed.drivername not in {"sqlite", "postgresql", "postgresql+psycopg"}:
        raise UnusableDatabaseError(
            f"Databases of kind {parsed.drivername!r} are not supported: {accepted}."
        )
    if parsed.drivername == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise UnusableDatabaseError(
            "SQLite needs a file, since each connection would see a memory of its own: "
            "use sqlite:///path/to/file."
        )
    return parsed


def _prepare_sqlite(connection: DBAPIConnection, *, secure_delete: bool) -> None:
    cursor = connection.cursor()
    mode = _switch_to_wal(cursor)
    # On some file systems, networked ones among them, SQLite silently stays in another mode.
    if mode != "wal":
        raise UnusableDatabaseError(
            f"SQLite keeps this file in journal mode {mode!r} and WAL is needed: "
            "put it on a local file system that this user may write to."
        )
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # Without this, INSERT OR REPLACE deletes rows behind the backs of append-only triggers.
    cursor.execute("PRAGMA recursive_triggers=ON")
    # Each of many connections would keep 2 MB, of pages that the system keeps for all of them.
    cursor.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    cursor.execute(f"PRAGMA secure_delete={'ON' if secure_delete else 'OFF'}")
    cursor.close()


def _switch_to_wal(cursor: DBAPICursor) -> str:
    """Return the journal mode after asking for WAL, which the file keeps from then on."""
    deadline_s = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except pysqlite3.OperationalError as error:
            # Of several processes that open a new file at once, SQLite turns some away without
            # heeding the busy timeout.
            if "locked" not in str(error) or time.monotonic() > deadline_s:
                raise
            time.sleep(_WAL_RETRY_S)
        else:
            (mode,) = cursor.fetchone() or ("",)
            return str(mode)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
