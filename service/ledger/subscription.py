"""Following the log as it grows: no gap, no repeat, and no thread for each follower."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from contextlib import closing
from typing import Any, Final
from weakref import WeakSet

import psycopg
from eventsourcing.persistence import ApplicationRecorder, Notification, Subscription
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from service.ledger.sql import CHANNEL

POLL_S: Final = 0.5
"""How often a follower looks by itself, since wake-ups may be lost."""

_LISTEN_S: Final = 0.25
_READ_ENTRIES: Final = 500


class Commits:
    """Wakes whoever waits for a commit, of this process or, on PostgreSQL, of another.

    A wake-up is a hint: it may be lost, late or spurious, and whoever is woken looks.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # Weak, so that a follower that was dropped without being stopped is forgotten.
        self._waiting: WeakSet[threading.Event] = WeakSet()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._listener: threading.Thread | None = None

    def bell(self) -> threading.Event:
        """Return an event that is set after each commit, for as long as it is referred to."""
        bell = threading.Event()
        with self._lock:
            self._waiting.add(bell)
        return bell

    def ring(self) -> None:
        """Say that something was committed."""
        with self._lock:
            bells = list(self._waiting)
        for bell in bells:
            bell.set()

    def listen(self) -> None:
        """Hear of other processes from now on, where the database tells."""
        if self._engine.dialect.name != "postgresql":
            return
        with self._lock:
            if self._listener is None and not self._closed.is_set():
                self._listener = threading.Thread(
                    target=self._listen, name="ledger-listener", daemon=True
                )
                self._listener.start()

    def close(self) -> None:
        """Stop listening, and give the connection back."""
        self._closed.set()
        if self._listener is not None:
            self._listener.join()

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                self._hear()
            except (SQLAlchemyError, psycopg.Error):
                # Followers poll meanwhile; the server may be failing over.
                self._closed.wait(POLL_S)

    def _hear(self) -> None:
        pooled = self._engine.raw_connection()
        connection: Any = pooled.driver_connection
        # It is kept for good, so it must not be one of those that readers share.
        pooled.detach()
        with closing(connection):
            connection.autocommit = True
            connection.execute(f"LISTEN {CHANNEL}")
            # Commits between the last connection and this one were not announced here.
            self.ring()
            while not self._closed.is_set():
                for _ in connection.notifies(timeout=_LISTEN_S, stop_after=1):
                    self.ring()


class LogSubscription(Subscription[ApplicationRecorder]):
    """Notifications in order, each once, waiting at the log's end until it grows or `stop`.

    It reads in the thread that iterates. After an exception, iterating goes on where it was.

    Args:
        recorder: what to read from.
        commits: wakes it.
        gt: the position before the first wanted; ``None`` is the log's beginning.
        topics: which topics are wanted; none named is all.
    """

    def __init__(
        self,
        recorder: ApplicationRecorder,
        commits: Commits,
        gt: int | None = None,
        topics: Sequence[str] = (),
    ) -> None:
        super().__init__(recorder, gt, topics)
        self._position = gt or 0
        self._ready: deque[Notification] = deque()
        self._bell = commits.bell()
        commits.listen()

    def stop(self) -> None:
        """Stop at once, also while another thread waits in the iteration."""
        super().stop()
        self._bell.set()

    def __next__(self) -> Notification:
        while not self._has_been_stopped:
            if self._ready:
                return self._ready.popleft()
            # Cleared before the reading: whatever commits after it sets the bell again.
            self._bell.clear()
            if not self._read() and not self._has_been_stopped:
                self._bell.wait(POLL_S)
        raise StopIteration

    def _read(self) -> bool:
        """Read on to the log's end or as far as one reading goes; return whether it grew."""
        # Positions are contiguous in commit order, so all up to the end are there to be read,
        # and those of other topics need not be passed over again.
        end = self._recorder.max_notification_id() or 0
        if end <= self._position:
            return False
        found = self._recorder.select_notifications(
            start=self._position,
            limit=_READ_ENTRIES,
            stop=end,
            topics=self._topics,
            inclusive_of_start=False,
        )
        self._position = found[-1].id if len(found) == _READ_ENTRIES else end
        self._ready.extend(found)
        return True
