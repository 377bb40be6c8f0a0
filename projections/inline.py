"""The read models of new entries, written in the transaction that appends them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPICursor

from domain.ledger.recorded import Recorded
from projections.model import ReadModel
from projections.statements import ModelStatements
from projections.timeline import TermVersion, Timelines, Version, by_event
from projections.writing import cursor_by_key

CACHED_STREAMS: Final = 32_768
"""Streams whose open rows are remembered, for each read model."""


Unknown: TypeAlias = list[tuple[Timelines[Any], list[str]]]
Asked: TypeAlias = list[tuple[Timelines[Any], list[str], DBAPICursor]]

_Kept = TypeVar("_Kept", Version[Any], TermVersion)


class InlineProjector:
    """Writes the views of entries as they are appended; one thread at a time.

    Open rows are remembered from batch to batch, so that a busy stream costs no reads. That
    holds because whoever appends holds the ledger lock: tell it with `follow` what other
    processes appended, and with `forget` that a transaction did not commit.

    Args:
        models: the read models.
        cached_streams: how many streams to remember for each of them.
        tables: for each read model by name, its tables, if they are not the ones that serve.
    """

    def __init__(
        self,
        models: Sequence[ReadModel[Any]],
        *,
        cached_streams: int = CACHED_STREAMS,
        tables: Mapping[str, Sequence[sa.Table]] | None = None,
    ) -> None:
        self.timelines = [Timelines(model) for model in models]
        self._cached_streams = cached_streams
        self._tables = tables or {}
        self._by_event = by_event(self.timelines)
        self._statements: dict[str, ModelStatements[Any]] = {}

    def prepare(self, connection: Connection) -> None:
        """Have the database prepare every statement, in a transaction; no row is touched."""
        with cursor_by_key(connection) as cursor:
            for statements in self._statements_for(connection).values():
                statements.prepare(cursor)

    def unknown(self, recorded: Sequence[Recorded]) -> Unknown:
        """Return the streams by read model whose open rows entries need and nobody remembers."""
        return self._unknown(self._touched(recorded))

    def ask(self, connection: Connection, unknown: Unknown) -> Asked:
        """Send for open rows; `take` fetches them."""
        statements = self._statements_for(connection)
        asked: Asked = []
        for timelines, streams in unknown:
            cursor = connection.connection.cursor()
            statements[timelines.model.name].ask(cursor, streams)
            asked.append((timelines, streams, cursor))
        return asked

    def take(self, asked: Asked) -> None:
        """Remember the open rows that were sent for, and which streams have none."""
        for timelines, streams, cursor in asked:
            found = dict(self._statements[timelines.model.name].take(cursor))
            for stream in streams:
                timelines.restore(stream, found.get(stream, ()))
            cursor.close()

    def apply_batch(self, connection: Connection, recorded: Sequence[Recorded]) -> None:
        """Write the views of entries that are being appended.

        Args:
            connection: in the append transaction, under the ledger lock.
            recorded: the new entries in order, with every staff value that read models open.

        Raises:
            MissingRowError: an entry continues a row that is not there.
            HiddenValueMissingError: a reference that a row needs was not given.
        """
        touched = self._touched(recorded)
        if not touched:
            return
        self._statements_for(connection)
        with cursor_by_key(connection) as cursor:
            self.take(self.ask(connection, self._unknown(touched)))
            for entry in recorded:
                for timelines in self._by_event.get(type(entry.event), ()):
                    timelines.step(entry)
            for timelines, streams in touched.items():
                self._write(cursor, timelines, streams)
        for timelines in touched:
            self._trim(timelines)

    def follow(self, recorded: Iterable[Recorded]) -> None:
        """Take in that other processes appended and projected these entries."""
        streams = {entry.envelope.stream for entry in recorded}
        for timelines in self.timelines:
            timelines.forget(streams)

    def forget(self) -> None:
        """Drop whatever is remembered: a transaction did not commit."""
        for timelines in self.timelines:
            timelines.open.clear()
            timelines.open_terms.clear()
            timelines.closed.clear()
            timelines.closed_terms.clear()

    def _statements_for(self, connection: Connection) -> dict[str, ModelStatements[Any]]:
        if not self._statements:
            self._statements = {
                each.model.name: ModelStatements(
                    each.model, connection, self._tables.get(each.model.name)
                )
                for each in self.timelines
            }
        return self._statements

    def _touched(self, recorded: Sequence[Recorded]) -> dict[Timelines[Any], dict[str, bool]]:
        """Return the streams concerned by read model; true if they begin in this batch."""
        touched: dict[Timelines[Any], dict[str, bool]] = {}
        for entry in recorded:
            envelope = entry.envelope
            for timelines in self._by_event.get(type(entry.event), ()):
                streams = touched.setdefault(timelines, {})
                if envelope.stream not in streams:
                    streams[envelope.stream] = envelope.version == 1
        return touched

    @staticmethod
    def _unknown(touched: Mapping[Timelines[Any], dict[str, bool]]) -> Unknown:
        unknown = []
        for timelines, streams in touched.items():
            held = timelines.open
            if wanted := [
                stream for stream, begins in streams.items() if not begins and stream not in held
            ]:
                unknown.append((timelines, wanted))
        return unknown

    def _write(
        self, cursor: DBAPICursor, timelines: Timelines[Any], streams: Iterable[str]
    ) -> None:
        statements = self._statements[timelines.model.name]
        ended, begun = _changes(
            timelines.closed, (each for stream in streams for each in timelines.open[stream])
        )
        statements.write(cursor, ended, begun)
        timelines.closed.clear()
        if timelines.model.index is None:
            return
        ended_terms, begun_terms = _changes(
            timelines.closed_terms,
            (each for stream in streams for each in timelines.open_terms.get(stream, {}).values()),
        )
        statements.write_terms(cursor, ended_terms, begun_terms)
        timelines.closed_terms.clear()

    def _trim(self, timelines: Timelines[Any]) -> None:
        surplus = len(timelines.open) - self._cached_streams
        if surplus > 0:
            # Stepping puts a stream at the end, so the first ones rested longest.
            timelines.forget(list(itertools.islice(timelines.open, surplus)))


def _changes(closed: Iterable[_Kept], opened: Iterable[_Kept]) -> tuple[list[_Kept], list[_Kept]]:
    """Return what to end in the database, and what to insert."""
    ended: list[_Kept] = []
    begun: list[_Kept] = []
    for version in closed:
        (ended if version.stored else begun).append(version)
    for version in opened:
        if not version.stored:
            version.stored = True
            begun.append(version)
    return ended, begun
