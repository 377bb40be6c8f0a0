"""The statements of a read model's tables: from versions of rows to rows of tables and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Generic

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPICursor

from projections.codec import Value, iso_date
from projections.model import ReadModel, RowT
from projections.timeline import TermVersion, Version
from projections.writing import sql_for

_VERSION_COLUMNS = 2
_BITEMPORAL_COLUMNS = 4


class ModelStatements(Generic[RowT]):
    """Reads and writes the rows of one read model on one kind of database.

    Args:
        model: the read model.
        connection: to the kind of database that will be used.
        tables: its tables, if they are not the ones that serve: a generation being built.
    """

    def __init__(
        self,
        model: ReadModel[RowT],
        connection: Connection,
        tables: Sequence[sa.Table] | None = None,
    ) -> None:
        self._model = model
        self._codec = model.codec
        table, *side = tables or model.tables
        self._sql = sql = sql_for(connection)
        self._load = sql.load(table)
        self._insert = sql.insert(table)
        key = ["id", "from_position"] + (["effective_from"] if model.bitemporal else [])
        self._end = sql.close(table, key) if model.history else sql.delete(table, key)
        self._written = [self._insert, self._end]
        for terms in side:
            self._insert_term = sql.insert(terms)
            # Since when a term holds is not known to a cache; only one of its rows is open.
            term = ["facet", "term", terms.c[2].name]
            self._end_term = (
                sql.close(terms, term, open_only=True) if model.history else sql.delete(terms, term)
            )
            self._written += [self._insert_term, self._end_term]

    def prepare(self, cursor: DBAPICursor) -> None:
        """Have the database prepare each statement, by running it for no row."""
        self.ask(cursor, [])
        for statement in self._written:
            statement.prepare(cursor)

    def ask(self, cursor: DBAPICursor, streams: Sequence[str]) -> None:
        """Send for the open rows of streams; `take` fetches them from the same cursor."""
        cursor.execute(self._load, (self._sql.ids(streams),))

    def take(self, cursor: DBAPICursor) -> Iterator[tuple[str, list[Version[RowT]]]]:
        """Yield the open rows that were sent for, by stream; streams without one are left out."""
        found: dict[str, list[Version[RowT]]] = {}
        for values in cursor.fetchall():
            version = self.version(values)
            found.setdefault(version.row.id, []).append(version)
        for stream, versions in found.items():
            yield stream, sorted(versions, key=lambda version: version.effective_from)

    def version(self, values: Sequence[Any]) -> Version[RowT]:
        """Return the version of a row of the table, as either driver gives it."""
        row = self._codec.decode(values)
        if self._model.bitemporal:
            begin, end, first, last = values[-_BITEMPORAL_COLUMNS:]
            return Version(row, begin, end, iso_date(first), iso_date(last), stored=True)
        begin, end = values[-_VERSION_COLUMNS:]
        return Version(row, begin, end, stored=True)

    def values(self, version: Version[RowT]) -> list[Value]:
        """Return the values of all columns, in order."""
        values = self._codec.encode(version.row)
        values += (version.from_position, version.to_position)
        if self._model.bitemporal:
            values += (version.effective_from.isoformat(), version.effective_to.isoformat())
        return values

    def write(
        self,
        cursor: DBAPICursor,
        closed: Sequence[Version[RowT]],
        begun: Sequence[Version[RowT]],
    ) -> None:
        """Close rows that are stored, or delete them without history, and insert others."""
        ended = [self._ending(each.to_position, self._key(each)) for each in closed]
        self._end.run(cursor, ended)
        self._insert.run(cursor, [self.values(each) for each in begun])

    def write_terms(
        self, cursor: DBAPICursor, closed: Sequence[TermVersion], begun: Sequence[TermVersion]
    ) -> None:
        """Close terms that are stored, or delete them without history, and insert others."""
        ended = [
            self._ending(term.to_position, [term.facet, term.term, term.id]) for term in closed
        ]
        self._end_term.run(cursor, ended)
        self._insert_term.run(cursor, [term_values(each) for each in begun])

    def _ending(self, to_position: int, key: list[Value]) -> list[Value]:
        return [to_position, *key] if self._model.history else key

    def _key(self, version: Version[RowT]) -> list[Value]:
        key: list[Value] = [version.row.id, version.from_position]
        if self._model.bitemporal:
            key.append(version.effective_from.isoformat())
        return key


def term_values(term: TermVersion) -> list[Value]:
    """Return the values of a term's columns, in order."""
    return [term.facet, term.term, term.id, term.from_position, term.to_position]
