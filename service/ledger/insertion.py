"""Already decided work: how it enters the one writer, and transactions made of it alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from typing import Any, Protocol, TypeAlias

import msgspec
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import DBAPICursor

from service.ledger.engine import WriterConnection
from service.ledger.log import Log, NewEntry
from service.ledger.request import NotAllowed, Request
from service.ledger.sql import driver_cursor

Place: TypeAlias = tuple[str, int]
"""A stream and a version in it; the ledger holds at most one entry there."""


class NotInserted(msgspec.Struct, frozen=True):
    """The insertion was refused, and nothing of it was appended.

    Attributes:
        reason: what it collides with, in a sentence.
    """

    reason: str


class Insertion(Protocol):
    """Already decided work, such as the library's ``insert_events``."""

    @property
    def weight_bytes(self) -> int:
        """About how much it adds to a transaction, whose size is bounded."""
        ...

    def entries(
        self, cursor: DBAPICursor, recorded_at: int, taken: AbstractSet[Place]
    ) -> list[NewEntry] | NotInserted:
        """Return what to append, or why not.

        It runs under the ledger lock, and may run again in another transaction if this
        one does not commit. What it writes with the cursor is committed together with the
        entries; it must have written nothing when it refuses. An exception is a fault: it
        rolls the transaction back, and others of the batch are tried without this one.

        Args:
            cursor: of the driver, in the transaction.
            recorded_at: the recorded time, in seconds since 1970.
            taken: where the transaction appends already; nothing of it is stored yet.
        """
        ...


def gather(
    insertion: Insertion,
    cursor: DBAPICursor,
    recorded_at: int,
    entries: list[NewEntry],
    taken: set[Place],
) -> range | NotInserted:
    """Add an insertion to what a transaction appends; return which entries are its own.

    A refusal leaves everything as it was, so it concerns nobody else in the batch.
    """
    new = insertion.entries(cursor, recorded_at, taken)
    if isinstance(new, NotInserted):
        return new
    first = len(entries)
    entries.extend(new)
    taken.update((entry.stream, entry.version) for entry in new)
    return range(first, len(entries))


class InsertionExecutor:
    """Runs transactions of insertions in a ledger without commands; one thread at a time.

    Entries that commands appended elsewhere do no harm, and are left alone.
    """

    def __init__(
        self, engine: Engine, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._connection = WriterConnection(engine)
        self._clock = clock
        self._log = Log(engine.dialect)

    def execute(self, works: Sequence[Request | Insertion]) -> tuple[list[Any], int]:
        """Run work in one transaction; return the answers in order, and the log's size.

        The answer to an insertion is its positions or `NotInserted`; no command is allowed.
        """
        entries: list[NewEntry] = []
        taken: set[Place] = set()
        answers: list[Any] = []
        with self._connection.begin() as connection:
            cursor = driver_cursor(connection)
            self._log.lock(cursor)
            head = self._log.head(connection, cursor)
            recorded_at = int(self._clock().timestamp())
            for work in works:
                if isinstance(work, Request):
                    answers.append(NotAllowed(type(work.command).__name__))
                    continue
                answer = gather(work, cursor, recorded_at, entries, taken)
                if isinstance(answer, range):
                    answers.append([head.size + place + 1 for place in answer])
                else:
                    answers.append(answer)
            if entries:
                head, _ = self._log.append(cursor, head, entries)
            cursor.close()
        self._log.committed(head)
        return answers, head.size

    def drop(self) -> None:
        """Forget whatever a transaction touched that may not have committed."""
        self._log.forget()
        # It may be what is broken.
        self._connection.close()

    def close(self) -> None:
        """Close the connection; it is the last call."""
        self._connection.close()
