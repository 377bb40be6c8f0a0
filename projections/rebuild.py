"""Read models made anew from the entries, beside the tables that serve.

Fold in memory and load in bulk → compare with what serves, and index → catch up → under the ledger
lock, take in the last entries and switch, in one transaction. Until that transaction
commits the tables that serve are as they were; whatever a crash leaves, the next run drops.
"""

from __future__ import annotations

import gc
import itertools
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any, Final, Protocol

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from domain.ledger.recorded import Recorded
from projections import generations, schema
from projections.codec import Value
from projections.digest import digest, digest_of, row_hash
from projections.inline import InlineProjector
from projections.model import ReadModel
from projections.statements import ModelStatements, term_values
from projections.timeline import Timelines, by_event
from projections.writing import sql_for

READ_ENTRIES: Final = 5_000
"""Entries read while those before them are folded."""

LOAD_ENTRIES: Final = 20_000
"""Entries folded between two loads: bounds memory, and how long SQLite's writers wait."""

BATCH_ENTRIES: Final = 512
"""Entries of one statement while catching up."""

SWITCH_ATTEMPTS: Final = 5
LOCK_TIMEOUT_MS: Final = 2_000


class Source(Protocol):
    """The ledger, as a rebuild needs it."""

    def snapshot(self) -> AbstractContextManager[Connection]:
        """Give a transaction in which all reads see one state of the database."""
        ...

    def writing(self) -> AbstractContextManager[Connection]:
        """Give a transaction that may write and change the schema, committed at the end."""
        ...

    def locked(self) -> AbstractContextManager[Connection]:
        """Give such a transaction that holds the ledger lock: nothing is appended meanwhile."""
        ...

    def entries(self, connection: Connection, after: int) -> Generator[Recorded, None, None]:
        """Yield the entries after a position, in order, as the transaction sees them.

        At least the staff values of the events in `ReadModel.opens` are opened.
        """
        ...


class Rebuilt(msgspec.Struct, frozen=True):
    """What a rebuild made.

    Attributes:
        position: the last entry taken in.
        digests: by read model, of the rows that were compared.
        differing: read models whose tables held other rows, and hold the right ones now. Those
            that another version of the fold had made are not compared.
    """

    position: int
    digests: dict[str, str]
    differing: tuple[str, ...]


Progress = Callable[[str, int], None]
"""Told what is being done, and the position reached."""


def rebuild(
    models: Sequence[ReadModel[Any]], source: Source, progress: Progress = lambda _, __: None
) -> Rebuilt:
    """Make the tables of read models anew and switch to them.

    Args:
        models: the read models; the tables of others stay as they are.
        source: the ledger. On PostgreSQL its role owns the tables.
        progress: told how far it is.

    Raises:
        MissingRowError: an entry continues a row that is not there.
        HiddenValueMissingError: a reference cannot be opened any more.
        OperationalError: readers held the tables for too long; nothing has changed.
    """
    with _seldom_collecting():
        return _Rebuild(models, source, progress).run()


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Let Python look for cycles seldom: a fold makes millions of rows and no cycles.

    The collector would walk all of them again and again, for a third of the time.
    """
    thresholds = gc.get_threshold()
    gc.set_threshold(500_000, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


class _Rebuild:
    def __init__(
        self, models: Sequence[ReadModel[Any]], source: Source, progress: Progress
    ) -> None:
        self._models = models
        self._source = source
        self._progress = progress
        self._next = generations.next_tables(models)
        self._tables = list(itertools.chain.from_iterable(self._next.values()))
        # Whatever the entries left open is remembered, so that catching up reads no rows.
        self._projector = InlineProjector(models, cached_streams=sys.maxsize, tables=self._next)
        self._hashes: dict[str, list[bytes]] = {table.name: [] for table in self._tables}
        self._position = 0

    def run(self) -> Rebuilt:
        with self._source.writing() as connection:
            generations.create(connection, self._tables)
        # One reads the snapshot, the other makes indexes: either waits for the server as long as
        # the fold computes. Whatever fails, the snapshot is given back only when nobody reads it.
        with (
            self._source.snapshot() as snapshot,
            closing(self._source.entries(snapshot, 0)) as entries,
            ThreadPoolExecutor(2) as beside,
        ):
            self._load(beside, entries)
            served = beside.submit(self._served, snapshot)
            self._store(closed_only=False)
            indexed = beside.submit(self._index)
            self._progress("comparing", self._position)
            digests = {
                model.name: digest_of(self._hashes[table.name] for table in self._next[model.name])
                for model in self._models
            }
            differing = tuple(
                name for name, found in served.result().items() if found != digests[name]
            )
            self._progress("indexing", self._position)
            indexed.result()
        self._hashes.clear()
        self._switch()
        return Rebuilt(self._position, digests, differing)

    def _load(self, beside: ThreadPoolExecutor, entries: Iterator[Recorded]) -> None:
        """Take in what a snapshot has, reading some entries while those before are folded."""
        concerned = by_event(self._projector.timelines)

        def read() -> list[Recorded]:
            return list(itertools.islice(entries, READ_ENTRIES))

        coming, stored = beside.submit(read), 0
        while chunk := coming.result():
            coming = beside.submit(read)
            for entry in chunk:
                for each in concerned.get(type(entry.event), ()):
                    each.step(entry)
            self._position = chunk[-1].position
            self._progress("reading", self._position)
            if self._position - stored >= LOAD_ENTRIES:
                self._store(closed_only=True)
                stored = self._position

    def _served(self, snapshot: Connection) -> dict[str, str]:
        """Return the digests of what serves, which describes the same entries.

        Tables that another version of the fold had made are left out.
        """
        outdated = schema.outdated(snapshot, self._models)
        return {
            model.name: digest(snapshot, model)
            for model in self._models
            if model.name not in outdated
        }

    def _index(self) -> None:
        for table in self._tables:
            with self._building() as connection:
                generations.index(connection, table)

    def _store(self, *, closed_only: bool) -> None:
        with self._building() as connection:
            for timelines in self._projector.timelines:
                rows = _rows(timelines, connection, closed_only=closed_only)
                for table, values in zip(self._next[timelines.model.name], rows, strict=True):
                    self._hashes[table.name].extend(map(row_hash, values))
                    _insert(connection, table, values)

    @contextmanager
    def _building(self) -> Iterator[Connection]:
        """Give a transaction to write tables that do not serve yet.

        It need not wait for the disk: the switch does, and what came before it is durable then.
        """
        with self._source.writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield connection

    def _catch_up(self, connection: Connection, reader: Connection) -> int:
        """Take in the entries that a transaction sees, and return the last position."""
        position = self._position
        entries = self._source.entries(reader, position)
        while batch := list(itertools.islice(entries, BATCH_ENTRIES)):
            self._projector.apply_batch(connection, batch)
            position = batch[-1].position
        return position

    def _switch(self) -> None:
        for attempt in range(1, SWITCH_ATTEMPTS + 1):
            # What was appended during the comparison is taken in before anyone has to wait.
            with self._source.snapshot() as snapshot, self._source.writing() as connection:
                position = self._catch_up(connection, snapshot)
            self._position = position
            self._progress("switching", position)
            try:
                with self._source.locked() as connection:
                    position = self._catch_up(connection, connection)
                    if connection.dialect.name == "postgresql":
                        # Readers come first: nobody waits long for a switch that waits for them.
                        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
                    generations.switch(connection, self._tables)
                    generations.note_versions(connection, self._models)
            except OperationalError:
                # What is remembered may not have been committed; it is read again.
                self._projector.forget()
                if attempt == SWITCH_ATTEMPTS:
                    raise
            else:
                self._position = position
                return


def _rows(
    timelines: Timelines[Any], connection: Connection, *, closed_only: bool
) -> list[list[list[Value]]]:
    """Take the rows that are not stored yet, by table."""
    statements = ModelStatements(timelines.model, connection)
    versions, terms = list(timelines.closed), list(timelines.closed_terms)
    timelines.closed.clear()
    timelines.closed_terms.clear()
    if not closed_only:
        versions += itertools.chain.from_iterable(timelines.open.values())
        terms += itertools.chain.from_iterable(
            held.values() for held in timelines.open_terms.values()
        )
    for version in versions:
        version.stored = True
    for term in terms:
        term.stored = True
    rows = [statements.values(version) for version in versions]
    return (
        [rows] if timelines.model.index is None else [rows, [term_values(each) for each in terms]]
    )


def _insert(connection: Connection, table: sa.Table, rows: list[list[Value]]) -> None:
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.dbapi_connection
        quote = connection.dialect.identifier_preparer.quote
        columns = ", ".join(quote(column.name) for column in table.columns)
        copy = f"COPY {quote(table.name)} ({columns}) FROM STDIN"
        with driver.cursor() as cursor, cursor.copy(copy) as into:
            for row in rows:
                into.write_row(row)
    else:
        sql_for(connection).insert(table).run(connection.connection.cursor(), rows)
