"""The library's recorders on the ledger, for SQLite and PostgreSQL alike.

What they insert enters the one writer as already decided work, gets the next positions,
and is hashed into the same log; they read every entry, whoever appended it. A
notification's id is the entry's position: contiguous, in commit order.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from eventsourcing import persistence
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    IntegrityError,
    Notification,
    ProcessRecorder,
    StoredEvent,
    Tracking,
    TrackingRecorder,
    WaitInterruptedError,
)
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.faults import UnavailableError
from service.ledger import tables
from service.ledger.commits import Commits
from service.ledger.engine import begin_writing
from service.ledger.insertion import NotInserted
from service.ledger.library_insertion import (
    InsertionStatements,
    LibraryInsertion,
    originator_of,
    require_storable,
    stream_of,
)
from service.ledger.subscription import LogSubscription
from service.ledger.writer import Writer

INSERT_TIMEOUT_S: Final = 15.0
_WAIT_POLL_S: Final = 0.1

# PEP 249 names the exceptions of drivers, and SQLAlchemy and the library name theirs alike.
_FAULTS: Final[dict[str, type[persistence.PersistenceError]]] = {
    fault.__name__: fault
    for fault in (
        persistence.InterfaceError,
        persistence.DatabaseError,
        persistence.DataError,
        persistence.OperationalError,
        persistence.IntegrityError,
        persistence.InternalError,
        persistence.ProgrammingError,
        persistence.NotSupportedError,
    )
}


class Datastore:
    """The open ledger that recorders share.

    Args:
        engine: of the ledger's database.
        writer: the one writer of this process for it; whoever made it closes it.
    """

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self.engine = engine
        self.writer = writer
        self.commits = Commits(engine)
        self.statements = InsertionStatements(engine.dialect)
        writer.on_commit(lambda _size: self.commits.ring())

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection to read with; its faults are the library's."""
        with _library_faults(), self.engine.connect() as connection:
            yield connection

    def insert(
        self, events: Sequence[StoredEvent], tracking: Tracking | None = None
    ) -> Sequence[int]:
        """Append events and advance tracking, both or neither; return the positions.

        Nothing is tried twice here. After an `OperationalError` the outcome is unknown:
        the events may be recorded. To send them again is safe, as they cannot be recorded
        twice, but then an `IntegrityError` may be about the caller's own first attempt,
        which reading the events back tells from another's.

        Raises:
            IntegrityError: a place is taken, or the tracking is stale; nothing was written.
            DataError: a value cannot be stored; nothing was written.
            OperationalError: the database did not answer, or too much work is waiting.
        """
        if not events and tracking is None:
            return []
        insertion = LibraryInsertion(self.statements, events, tracking)
        with _library_faults():
            answer = self.writer.insert(insertion).result(INSERT_TIMEOUT_S)
        if isinstance(answer, NotInserted):
            raise IntegrityError(answer.reason)
        return answer


class LedgerApplicationRecorder(ApplicationRecorder):
    """Appends to the ledger, and reads it by stream and by position."""

    def __init__(self, datastore: Datastore) -> None:
        self.datastore = datastore

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **_kwargs: object
    ) -> Sequence[int] | None:
        """Append events, all or none, and return their positions; see `Datastore.insert`."""
        return self.datastore.insert(stored_events)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return the events of an originator by version, those after ``gt`` and up to ``lte``."""
        entries = tables.entries
        query = _in_range(
            sa.select(entries.c.version, entries.c.type, entries.c.data).where(
                entries.c.stream == stream_of(originator_id)
            ),
            entries.c.version,
            (gt, lte, desc, limit),
        )
        with self.datastore.reading() as connection:
            return [
                StoredEvent(originator_id, version, topic, bytes(data))
                for version, topic, data in connection.execute(query)
            ]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Return entries by position, from ``start`` to ``stop``, which is always inclusive."""
        entries = tables.entries
        query: sa.Select[Any] = sa.select(
            entries.c.position,
            entries.c.stream,
            entries.c.version,
            entries.c.type,
            entries.c.data,
        )
        if topics:
            query = query.where(entries.c.type.in_(topics))
        after = start - 1 if start is not None and inclusive_of_start else start
        query = _in_range(query, entries.c.position, (after, stop, False, limit))
        with self.datastore.reading() as connection:
            return [
                Notification(originator_of(stream), version, topic, bytes(data), position)
                for position, stream, version, topic, data in connection.execute(query)
            ]

    def max_notification_id(self) -> int | None:
        """Return the last position; ``None`` in an empty ledger."""
        with self.datastore.reading() as connection:
            return connection.execute(sa.select(tables.head.c.size)).scalar() or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> LogSubscription:
        """Return the notifications after ``gt``, and those to come; see `LogSubscription`."""
        return LogSubscription(self, self.datastore.commits, gt, topics)


class LedgerTrackingRecorder(TrackingRecorder):
    """Keeps how far a follower has come, in the ledger's database."""

    def __init__(self, datastore: Datastore) -> None:
        self.datastore = datastore

    def insert_tracking(self, tracking: Tracking) -> None:
        """Advance; see `Datastore.insert`.

        Raises:
            IntegrityError: that notification or a later one is tracked already.
        """
        self.datastore.insert([], tracking)

    def max_tracking_id(self, application_name: str) -> int | None:
        """Return the last tracked notification of an application; ``None`` before the first."""
        tracking = tables.tracking
        query = sa.select(tracking.c.notification_id).where(
            tracking.c.application_name == application_name
        )
        with self.datastore.reading() as connection:
            return connection.execute(query).scalar()

    def wait(
        self,
        application_name: str,
        notification_id: int | None,
        timeout: float = 1.0,
        interrupt: threading.Event | None = None,
    ) -> None:
        """Wait until a notification is tracked.

        A commit of this process ends the wait at once; for others it looks every 100 ms.

        Raises:
            TimeoutError: it was not tracked within ``timeout`` seconds.
            WaitInterruptedError: ``interrupt`` was set first.
        """
        bell = self.datastore.commits.bell()
        deadline_s = time.monotonic() + timeout
        while True:
            bell.clear()
            if self.has_tracking_id(application_name, notification_id):
                return
            if interrupt is not None and interrupt.is_set():
                raise WaitInterruptedError
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                raise TimeoutError(
                    f"notification {notification_id} of {application_name} was not tracked "
                    f"within {timeout} s"
                )
            bell.wait(min(left_s, _WAIT_POLL_S))


class LedgerProcessRecorder(LedgerTrackingRecorder, LedgerApplicationRecorder, ProcessRecorder):
    """Both; events can be appended in one transaction with tracking."""

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        **kwargs: Any,  # noqa: ANN401 - so the library declares it
    ) -> Sequence[int] | None:
        """Append events and advance tracking, both or neither; see `Datastore.insert`.

        Args:
            stored_events: what to append.
            kwargs: ``tracking``, if there is any; what else the library passes is ignored.
        """
        return self.datastore.insert(stored_events, kwargs.get("tracking"))


class LedgerAggregateRecorder(AggregateRecorder):
    """Keeps events, such as snapshots, in a table of their own that is no part of the log.

    Args:
        datastore: the open ledger.
        table_name: the table; the ledger's schema has none for this.
    """

    def __init__(self, datastore: Datastore, table_name: str) -> None:
        self._datastore = datastore
        self.table = sa.Table(
            table_name,
            sa.MetaData(),
            sa.Column("originator_id", sa.Text, primary_key=True),
            sa.Column("originator_version", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("topic", sa.Text, nullable=False),
            sa.Column("state", sa.LargeBinary, nullable=False),
        )

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **_kwargs: object
    ) -> Sequence[int] | None:
        """Store events, all or none; they have no positions, so there is nothing to return.

        Raises:
            IntegrityError: a place is taken; nothing was written.
            DataError: a value cannot be stored; nothing was written.
            OperationalError: the database did not answer.
        """
        require_storable(stored_events)
        rows = [
            {
                "originator_id": stream_of(event.originator_id),
                "originator_version": event.originator_version,
                "topic": event.topic,
                "state": event.state,
            }
            for event in stored_events
        ]
        if rows:
            with _library_faults(), begin_writing(self._datastore.engine) as connection:
                connection.execute(sa.insert(self.table), rows)
        return None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return the events of an originator by version, those after ``gt`` and up to ``lte``."""
        columns = self.table.c
        query = _in_range(
            sa.select(columns.originator_version, columns.topic, columns.state).where(
                columns.originator_id == stream_of(originator_id)
            ),
            columns.originator_version,
            (gt, lte, desc, limit),
        )
        with self._datastore.reading() as connection:
            return [
                StoredEvent(originator_id, version, topic, bytes(state))
                for version, topic, state in connection.execute(query)
            ]


def _in_range(
    query: sa.Select[Any],
    column: sa.ColumnElement[int],
    wanted: tuple[int | None, int | None, bool, int | None],
) -> sa.Select[Any]:
    after, upto, descending, limit = wanted
    if after is not None:
        query = query.where(column > after)
    if upto is not None:
        query = query.where(column <= upto)
    if limit is not None:
        query = query.limit(limit)
    return query.order_by(column.desc() if descending else column)


@contextmanager
def _library_faults() -> Iterator[None]:
    """Turn the faults of drivers, of SQLAlchemy and of the writer into the library's.

    The messages of drivers may hold values, so they are left to the exception's cause.
    """
    try:
        yield
    except (UnavailableError, TimeoutError, PoolTimeoutError) as error:
        message = "the ledger did not answer; whether anything was written is unknown"
        raise persistence.OperationalError(message) from error
    except Exception as error:
        for cause in type(error).__mro__:
            if cause.__name__ in _FAULTS:
                message = f"the database raised {type(error).__name__}"
                raise _FAULTS[cause.__name__](message) from error
        raise
