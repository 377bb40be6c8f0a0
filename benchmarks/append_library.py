"""Appending, the library's way: its recorders, with a view written in the same transaction.

Its documents advise to extend a recorder where a view must be written together with events. What
is measured is the recorder alone: no aggregate is loaded, nothing is decided, hashed or hidden,
no repeated command is recognised, and positions may have gaps. The view is the row that we
write, without its history: one upsert.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import psycopg
import sqlalchemy as sa
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor, SQLiteDatastore

from benchmarks.measure import Share

ViewRow = dict[str, str | int | None]


class _PostgresWithView(PostgresApplicationRecorder):
    """Writes the view beside the events, through the hook that the library pipelines."""

    def __init__(self, datastore: PostgresDatastore, row: ViewRow) -> None:
        super().__init__(datastore, events_table_name="library_events")
        self._row = row
        self._upsert = _upsert(row, "%s")

    def _insert_events(
        self,
        curs: psycopg.Cursor[dict[str, Any]],
        stored_events: Sequence[StoredEvent],
        **_: Any,  # noqa: ANN401 - the library's signature
    ) -> None:
        for event in stored_events:
            curs.execute(self._upsert, _values(self._row, event), prepare=True)


class _SqliteWithView(SQLiteApplicationRecorder):
    """The same on SQLite."""

    def __init__(self, datastore: SQLiteDatastore, row: ViewRow) -> None:
        super().__init__(datastore, events_table_name="library_events")
        self._row = row
        self._upsert = _upsert(row, "?")

    def _insert_events(
        self,
        c: SQLiteCursor,
        stored_events: Sequence[StoredEvent],
        **kwargs: Any,  # noqa: ANN401 - the library's signature
    ) -> Sequence[int] | None:
        inserted = super()._insert_events(c, stored_events, **kwargs)
        for event in stored_events:
            c.execute(self._upsert, _values(self._row, event))
        return inserted


class Library:
    """A recorder of the library, used by many threads.

    Args:
        url: an empty database.
        row: a row of the view.
        state_bytes: the size of an event.
        callers: connections of the pool.
        streams: how many streams the events go to, one after another.
    """

    name = "eventsourcing 9.5 recorder + view"

    def __init__(
        self, url: str, row: ViewRow, state_bytes: int, callers: int, streams: int
    ) -> None:
        parsed = sa.make_url(url)
        self._state = bytes(state_bytes)
        self._streams = [uuid4() for _ in range(streams)]
        self._versions = dict.fromkeys(self._streams, 0)
        self._events = 0
        if parsed.get_backend_name() == "postgresql":
            self._datastore: PostgresDatastore | SQLiteDatastore = PostgresDatastore(
                parsed.database or "",
                str(parsed.query["host"]),
                5432,
                parsed.username or "",
                "",
                pool_size=callers,
                max_waiting=callers,
            )
            self._recorder: _PostgresWithView | _SqliteWithView = _PostgresWithView(
                self._datastore, row
            )
        else:
            self._datastore = SQLiteDatastore(
                parsed.database or "", pool_size=callers, pool_timeout=60, lock_timeout=60
            )
            self._recorder = _SqliteWithView(self._datastore, row)
        self._recorder.create_table()
        self._execute(_create_view(row))

    def shares(self, callers: int, operations: int) -> list[Share]:
        """Deal out events, each the next of its stream."""
        self._events += operations
        events = [self._event(self._streams[place]) for place in range(operations)]
        return [self._share(events[place::callers]) for place in range(callers)]

    def check(self) -> None:
        """Assert that every event is there, and that the view says so."""
        (events,) = self._execute("SELECT count(*) AS n FROM library_events")[0]
        (versions,) = self._execute("SELECT sum(version) AS n FROM library_view")[0]
        assert events == self._events
        assert versions == self._events

    def close(self) -> None:
        """Close the connections."""
        self._datastore.close()

    def _event(self, stream: UUID) -> StoredEvent:
        self._versions[stream] += 1
        return StoredEvent(stream, self._versions[stream], "AgreementSent", self._state)

    def _share(self, events: list[StoredEvent]) -> Share:
        def run() -> None:
            for event in events:
                self._recorder.insert_events([event])

        return run

    def _execute(self, statement: str) -> list[tuple[Any, ...]]:
        with self._datastore.transaction(commit=True) as cursor:
            cursor.execute(statement)
            if not statement.startswith("SELECT"):
                return []
            rows = [dict(row) for row in cursor.fetchall()]
        return [tuple(row.values()) for row in rows]


def _create_view(row: ViewRow) -> str:
    columns = [
        f'"{name}" {"bigint" if isinstance(value, int) else "text"}'
        + (" PRIMARY KEY" if name == "id" else "")
        for name, value in row.items()
    ]
    return f"CREATE TABLE library_view ({', '.join(columns)})"


def _upsert(row: ViewRow, mark: str) -> str:
    names = ", ".join(f'"{name}"' for name in row)
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in row if name != "id")
    return (
        f"INSERT INTO library_view ({names}) VALUES ({', '.join(mark for _ in row)}) "  # noqa: S608 - names are ours
        f"ON CONFLICT (id) DO UPDATE SET {changes}"
    )


def _values(row: ViewRow, event: StoredEvent) -> list[str | int | None]:
    changed = row | {"id": str(event.originator_id), "version": event.originator_version}
    return list(changed.values())
