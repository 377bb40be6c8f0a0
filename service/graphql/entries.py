"""Reads entries: pages of the log, single ones, and the histories of many streams at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from projections.paging import Page, Window, fetch
from service.ledger import tables
from service.ledger.reader import CONFIDENTIAL


class EntryRow(msgspec.Struct, frozen=True, gc=False):
    """An entry as it is stored.

    Attributes:
        type: the stored name of the event; ``confidential`` for one that does not show it.
        recorded_at: seconds since 1970, UTC.
    """

    position: int
    stream: str
    type: str
    entry_id: str
    recorded_at: int
    data: bytes
    leaf_hash: bytes

    @property
    def is_confidential(self) -> bool:
        """Whether the entry shows neither its type nor its stream."""
        return self.type == CONFIDENTIAL


class EntryFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries are asked for. ``None`` asks for nothing; an empty list finds none.

    Attributes:
        streams: ids of streams.
        after: only entries after this position.
        upto: only entries up to this one.
        effective_from: the first day on which what happened may count from.
        effective_until: the last one.
        confidential: whether entries that hide their stream and day may be found by them.
        sealed: streams of which no entry is found by its day.
    """

    types: Sequence[str] | None = None
    streams: Sequence[str] | None = None
    after: int = 0
    upto: int | None = None
    effective_from: date | None = None
    effective_until: date | None = None
    confidential: bool = False
    sealed: Sequence[str] = ()


_entries = tables.entries
_COLUMNS = [_entries.c[name] for name in EntryRow.__struct_fields__]


def page(connection: Connection, wanted: EntryFilter, window: Window) -> Page[EntryRow]:
    """Return one page of the log, in order."""
    select = sa.select(*_COLUMNS).where(*_conditions(wanted))
    found = fetch(connection, select, [_entries.c.position], window)
    return Page(tuple(map(_row, found.rows)), found.more)


def total(connection: Connection, wanted: EntryFilter) -> int:
    """Return how many entries there are."""
    count = sa.select(sa.func.count()).select_from(_entries).where(*_conditions(wanted))
    return connection.execute(count).scalar_one()


def by_positions(connection: Connection, positions: Iterable[int]) -> list[EntryRow]:
    """Return the entries at these positions, in order."""
    return _found(connection, _entries.c.position.in_(list(positions)))


def by_ids(connection: Connection, ids: Iterable[str]) -> list[EntryRow]:
    """Return the entries with these ids, in order."""
    return _found(connection, _entries.c.entry_id.in_(list(ids)))


def by_leaf_hash(connection: Connection, leaf_hash: bytes) -> list[EntryRow]:
    """Return the entries with a leaf hash: one, if any."""
    return _found(connection, _entries.c.leaf_hash == leaf_hash)


def histories(
    connection: Connection,
    streams: Sequence[str],
    upto: int,
    window: Window,
    *,
    confidential: bool,
) -> dict[str, Page[EntryRow]]:
    """Return the same page of the history of each stream, in one statement.

    Args:
        connection: the transaction to read in.
        streams: ids of streams.
        upto: the last position to take into account.
        window: which part of each history, by position.
        confidential: whether entries that do not show their stream are part of it.
    """
    position = _entries.c.position
    conditions = _history(streams, upto, confidential=confidential)
    if window.after is not None:
        conditions.append(position > window.after[0])
    if window.before is not None:
        conditions.append(position < window.before[0])
    by = position.desc() if window.backward else position.asc()
    place = sa.func.row_number().over(partition_by=_entries.c.stream, order_by=by).label("place")
    ranked = sa.select(*_COLUMNS, place).where(*conditions).subquery()
    wanted = (
        sa.select(*(ranked.c[column.name] for column in _COLUMNS))
        .where(ranked.c.place <= window.limit + 1)
        .order_by(ranked.c.position)
    )
    found: dict[str, list[EntryRow]] = {stream: [] for stream in streams}
    for row in map(_row, connection.execute(wanted)):
        found[row.stream].append(row)
    return {stream: _cut(rows, window) for stream, rows in found.items()}


def history_totals(
    connection: Connection, streams: Sequence[str], upto: int, *, confidential: bool
) -> dict[str, int]:
    """Return how many entries the history of each stream has, in one statement."""
    count = (
        sa.select(_entries.c.stream, sa.func.count().label("total"))
        .where(*_history(streams, upto, confidential=confidential))
        .group_by(_entries.c.stream)
    )
    return {row.stream: row.total for row in connection.execute(count)}


def _history(
    streams: Sequence[str], upto: int, *, confidential: bool
) -> list[sa.ColumnElement[bool]]:
    conditions = [_entries.c.stream.in_(streams), _entries.c.position <= upto]
    return conditions if confidential else [*conditions, _entries.c.type != CONFIDENTIAL]


def _cut(rows: list[EntryRow], window: Window) -> Page[EntryRow]:
    more = len(rows) > window.limit
    if not more:
        return Page(tuple(rows), more=False)
    kept = rows[1:] if window.backward else rows[: window.limit]
    return Page(tuple(kept), more=True)


def _conditions(wanted: EntryFilter) -> list[sa.ColumnElement[bool]]:
    # What came through the library's port is no entry of ours, and has no id.
    columns = _entries.c
    conditions: list[sa.ColumnElement[bool]] = [columns.entry_id.is_not(None)]
    if wanted.types is not None:
        conditions.append(columns.type.in_(wanted.types))
    if wanted.streams is not None:
        conditions.append(columns.stream.in_(wanted.streams))
    if wanted.after:
        conditions.append(columns.position > wanted.after)
    if wanted.upto is not None:
        conditions.append(columns.position <= wanted.upto)
    if wanted.effective_from is not None:
        conditions.append(columns.effective >= wanted.effective_from)
    if wanted.effective_until is not None:
        conditions.append(columns.effective <= wanted.effective_until)
    by_day = (wanted.effective_from, wanted.effective_until) != (None, None)
    if not wanted.confidential and (by_day or wanted.streams is not None):
        conditions.append(columns.type != CONFIDENTIAL)
    if wanted.sealed:
        conditions.append(columns.stream.not_in(wanted.sealed))
    return conditions


def _found(connection: Connection, condition: sa.ColumnElement[bool]) -> list[EntryRow]:
    select = sa.select(*_COLUMNS).where(condition, _entries.c.entry_id.is_not(None))
    return [_row(row) for row in connection.execute(select.order_by(_entries.c.position))]


def _row(row: Sequence[Any]) -> EntryRow:
    position, stream, kind, entry_id, recorded_at, data, leaf_hash = row
    return EntryRow(position, stream, kind, entry_id, recorded_at, bytes(data), bytes(leaf_hash))
