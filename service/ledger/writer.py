"""The one writer of the process: a queue, a thread, and commits shared by whoever waits.

Callers submit and wait for a future. The thread drains what waits into one transaction
(`service.ledger.execution`) and answers when it is durable. A transaction that fails is
halved until the work that broke it fails alone.
"""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final, Protocol

import msgspec
import pysqlite3.dbapi2 as pysqlite3
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.faults import UnavailableError
from service.ledger.insertion import Insertion, NotInserted
from service.ledger.key_faults import KeyStoreUnavailable
from service.ledger.request import Outcome, Request

BATCH_COMMANDS: Final = 512
BATCH_INSERTED_BYTES: Final = 8 * 1024 * 1024
QUEUE_COMMANDS: Final = 4_096
LINGER_S: Final = 0.0005


class Transactions(Protocol):
    """Runs work in transactions: `Executor`, or `InsertionExecutor` where there are no commands."""

    def execute(self, works: list[Request | Insertion]) -> tuple[list[Any], int]:
        """Run work in one transaction; return the answers in order, and the log's size."""
        ...

    def drop(self) -> None:
        """Forget whatever a transaction touched that may not have committed."""
        ...

    def close(self) -> None:
        """Close the connection; it is the last call."""
        ...


_UNAVAILABLE: Final = (
    pysqlite3.OperationalError,
    pysqlite3.InterfaceError,
    PoolTimeoutError,
    KeyStoreUnavailable,
)


class _Waiting(msgspec.Struct):
    work: Request | Insertion
    future: Future[Any]


class Writer:
    """Runs commands against the ledger, one after another, many a transaction."""

    def __init__(self, executor: Transactions) -> None:
        self._executor = executor
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._listeners: list[Callable[[int], None]] = []
        self._closed = False
        self._closing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()

    def submit(self, request: Request) -> Future[Outcome]:
        """Queue a command; the future gives its outcome once it is durable.

        Raises:
            UnavailableError: too many commands wait, or the writer is closed. The future
                raises it too when the database cannot be reached: whether the command
                was executed is then unknown, and sending it again with the same command
                id is safe.
        """
        return self._put(request)

    def insert(self, insertion: Insertion) -> Future[list[int] | NotInserted]:
        """Queue already decided work; the future gives the positions, or why there are none.

        Raises:
            UnavailableError: as for `submit`.
        """
        return self._put(insertion)

    def on_commit(self, listener: Callable[[int], None]) -> None:
        """Call ``listener`` with the last position after each commit of this process."""
        self._listeners.append(listener)

    def close(self) -> None:
        """Finish what waits, and stop."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        self._queue.put(None)
        self._thread.join()
        self._executor.close()

    def _put(self, work: Request | Insertion) -> Future[Any]:
        waiting = _Waiting(work, Future())
        # Held so that nothing is queued behind the mark that ends the thread.
        with self._closing:
            if self._closed:
                raise UnavailableError("the ledger is closing; send the command again")
            if self._queue.qsize() >= QUEUE_COMMANDS:
                raise UnavailableError(
                    f"{QUEUE_COMMANDS} commands are waiting; send the command again later"
                )
            self._queue.put(waiting)
        return waiting.future

    def _run(self) -> None:
        ended = False
        served = 0
        while not ended and (first := self._queue.get()) is not None:
            batch, ended = self._drain(first, linger=served > 1)
            served = len(batch)
            # A caller that gave up before its turn is not served; from here on none can.
            running = [each for each in batch if each.future.set_running_or_notify_cancel()]
            if running:
                self._process(running)

    def _drain(self, first: _Waiting, *, linger: bool) -> tuple[list[_Waiting], bool]:
        batch = [first]
        # Without a short wait, callers that were answered together fall into two halves
        # that alternate, and each commit serves only one of them.
        deadline = time.monotonic() + LINGER_S if linger else 0.0
        inserted_bytes = _inserted_bytes(first)
        while len(batch) < BATCH_COMMANDS and inserted_bytes < BATCH_INSERTED_BYTES:
            try:
                left_s = deadline - time.monotonic() if linger else 0.0
                if left_s > 0:
                    waiting = self._queue.get(timeout=left_s)
                else:
                    waiting = self._queue.get_nowait()
            except queue.Empty:
                break
            if waiting is None:
                return batch, True
            batch.append(waiting)
            inserted_bytes += _inserted_bytes(waiting)
        return batch, False

    def _process(self, batch: list[_Waiting]) -> None:
        try:
            answers, size = self._executor.execute([waiting.work for waiting in batch])
        except Exception as error:  # noqa: BLE001 - whatever it was, callers must be told
            self._executor.drop()
            if is_unavailable(error):
                message = "the database cannot do its work now; send the command again"
                for waiting in batch:
                    waiting.future.set_exception(_caused(UnavailableError(message), error))
            elif len(batch) == 1:
                batch[0].future.set_exception(error)
            else:
                middle = len(batch) // 2
                self._process(batch[:middle])
                self._process(batch[middle:])
            return
        for waiting, answer in zip(batch, answers, strict=True):
            waiting.future.set_result(answer)
        for listener in self._listeners:
            # What somebody does on hearing of a commit must not stop the next one.
            with suppress(Exception):
                listener(size)


def _inserted_bytes(waiting: _Waiting) -> int:
    return 0 if isinstance(waiting.work, Request) else waiting.work.weight_bytes


def is_unavailable(error: Exception) -> bool:
    """Whether the database, not the work, is to blame: halving would not help.

    Statements of the hot path run on the driver's cursor, so its own exceptions come too.
    """
    if isinstance(error, DBAPIError) and isinstance(error.orig, Exception):
        error = error.orig
    return isinstance(error, _UNAVAILABLE) or (
        # Only a process that serves PostgreSQL has its driver in memory.
        "psycopg" in sys.modules and _is_unavailable_postgresql(error)
    )


def _is_unavailable_postgresql(error: Exception) -> bool:
    import psycopg  # noqa: PLC0415 - see above

    if isinstance(error, psycopg.errors.ProgramLimitExceeded):
        return False
    return isinstance(
        error,
        (
            psycopg.OperationalError,
            psycopg.InterfaceError,
            psycopg.errors.ReadOnlySqlTransaction,
            psycopg.errors.IdleInTransactionSessionTimeout,
        ),
    )


def _caused(error: UnavailableError, cause: Exception) -> UnavailableError:
    error.__cause__ = cause
    return error
