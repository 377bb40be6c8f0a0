"""Hearing of commits: of this process, and on PostgreSQL of others."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import Any, Final, Protocol
from weakref import WeakSet

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from service.ledger.sql import CHANNEL

POLL_S: Final = 0.5
"""How often a follower looks by itself, since wake-ups may be lost."""

_LISTEN_S: Final = 0.25


class Bell(Protocol):
    """What is rung after a commit, from whichever thread: a `threading.Event`, for one."""

    def set(self) -> None:
        """Hear it; it must neither block nor fail."""
        ...


class Commits:
    """Wakes whoever waits for a commit, of this process or, on PostgreSQL, of another.

    A wake-up is a hint: it may be lost, late or spurious, and whoever is woken looks.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # Weak, so that a follower that was dropped without being stopped is forgotten.
        self._waiting: WeakSet[Bell] = WeakSet()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._listener: threading.Thread | None = None

    def bell(self) -> threading.Event:
        """Return an event that is set after each commit, for as long as it is referred to."""
        bell = threading.Event()
        self.hang(bell)
        return bell

    def hang(self, bell: Bell) -> None:
        """Ring a bell after each commit, for as long as somebody refers to it."""
        with self._lock:
            self._waiting.add(bell)

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
        # Only a process that serves PostgreSQL has its driver in memory.
        import psycopg  # noqa: PLC0415 - see above

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
