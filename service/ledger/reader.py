"""Entries read back as typed events, with as much of them opened as the reader needs."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.engine.interfaces import DBAPICursor

from domain.catalog import EVENT_TYPES
from domain.ledger.disclosure import Event, Level, levels
from domain.ledger.entry import DOMAIN_LINE
from domain.ledger.recorded import Recorded
from domain.ledger.stored import read_stored
from service.ledger import tables
from service.ledger.sql import Statement, is_any_of, list_bind
from service.ledger.vault import NOTHING, Opener

CONFIDENTIAL: Final = "confidential"
CHUNK_ENTRIES: Final = 5_000

# What is opened of a confidential entry besides its fields. Stream, version and effective date
# stand in the index beside it, and its data shows no field: four of five values to open less.
_ENVELOPE_PATHS: Final = frozenset({"type"})


def _rule_fields(event_type: type[Event]) -> frozenset[str]:
    return frozenset(
        f"data.{name}"
        for name, level in levels(event_type).items()
        if level in {Level.MEMBER, Level.STAFF}
    )


_CONFIDENTIAL_TYPES: Final = [each for each in EVENT_TYPES.values() if each.confidential]


@functools.cache
def _wanted(opens: frozenset[str] | None) -> dict[str, frozenset[str]]:
    """Return which hidden values to open, by the type that stands beside the entry.

    Never a personal one. The type of a confidential entry is itself hidden, so that is
    always opened, and whatever is personal in one of them is opened in none.
    """
    chosen = {name: each for name, each in EVENT_TYPES.items() if opens is None or name in opens}
    personal = {
        f"data.{name}"
        for each in _CONFIDENTIAL_TYPES
        for name, level in levels(each).items()
        if level is Level.PERSONAL
    }
    hidden = [_rule_fields(each) for each in chosen.values() if each.confidential]
    return {
        CONFIDENTIAL: _ENVELOPE_PATHS.union(*hidden) - personal,
        **{name: _rule_fields(each) for name, each in chosen.items() if not each.confidential},
    }


class EntryRow(NamedTuple):
    """An entry as `select_entries` reads it.

    Bytes may come as memory views, and the effective date as text.
    """

    position: int
    recorded_at: int
    type: str
    entry_id: str | None
    data: bytes
    sealed: bytes | None
    stream: str
    version: int
    effective: object


def select_entries() -> sa.Select[Any]:
    """Return the statement that reads whole entries; add conditions and an order."""
    entries, hidden = tables.entries, tables.hidden
    return sa.select(
        entries.c.position,
        entries.c.recorded_at,
        entries.c.type,
        entries.c.entry_id,
        entries.c.data,
        hidden.c.sealed,
        entries.c.stream,
        entries.c.version,
        entries.c.effective,
    ).select_from(entries.outerjoin(hidden, entries.c.position == hidden.c.position))


def read_between(
    connection: Connection,
    opener: Opener,
    after: int,
    last: int,
    opens: frozenset[str] | None = None,
) -> Iterator[Recorded]:
    """Yield the entries at positions ``after + 1`` to ``last``, in order, in bounded memory.

    Args:
        connection: the transaction to read in.
        opener: opens hidden values; personal ones are never opened here.
        after: the position before the first.
        last: the last position.
        opens: the stored names of events whose hidden values are needed; ``None`` is all.
    """
    while after < last:
        upto = min(after + CHUNK_ENTRIES, last)
        entries = tables.entries
        rows = connection.execute(
            select_entries()
            .where(entries.c.position > after, entries.c.position <= upto)
            .order_by(entries.c.position)
        ).all()
        yield from decode(opener, [EntryRow(*row) for row in rows], opens)
        after = upto


class StreamReader:
    """Reads whole streams on the writer's cursor, many in one statement."""

    def __init__(self, dialect: Dialect, opener: Opener) -> None:
        self._dialect = dialect
        self._opener = opener
        self._select = Statement(
            dialect,
            select_entries()
            .where(sa.text(is_any_of(dialect, "entries.stream", "streams")))
            .order_by(tables.entries.c.position),
        )
        self._select_entry = Statement(
            dialect, select_entries().where(sa.text("entries.entry_id = :entry_id"))
        )

    def entry(self, cursor: DBAPICursor, entry_id: str) -> Recorded | None:
        """Return one entry by its id, with all that rules may see; ``None`` if there is none."""
        found = self._select_entry.run(cursor, {"entry_id": entry_id}).fetchall()
        rows = [EntryRow(*row) for row in found]
        return next(iter(decode(self._opener, rows, None)), None)

    def read(self, cursor: DBAPICursor, streams: Sequence[str]) -> dict[str, list[Recorded]]:
        """Return the entries of each stream, in order, with all that rules may see."""
        bind = {"streams": list_bind(self._dialect, streams)}
        rows = [EntryRow(*row) for row in self._select.run(cursor, bind).fetchall()]
        found: dict[str, list[Recorded]] = {stream: [] for stream in streams}
        for recorded in decode(self._opener, rows, None):
            found[recorded.envelope.stream].append(recorded)
        return found


def decode(
    opener: Opener, rows: Sequence[EntryRow], opens: frozenset[str] | None
) -> list[Recorded]:
    """Return the events of rows; work that came through the library's port is left out."""
    ours = [row for row in rows if row.entry_id is not None and row.data.startswith(DOMAIN_LINE)]
    wanted = _wanted(opens)
    to_open = [row for row in ours if row.type in wanted]
    opened = opener.open_values(
        [(row.entry_id or "", row.sealed or NOTHING, wanted[row.type]) for row in to_open]
    )
    by_position = {row.position: values for row, values in zip(to_open, opened, strict=True)}
    return [_recorded(row, by_position.get(row.position, {})) for row in ours]


def _recorded(row: EntryRow, opened: dict[str, Any]) -> Recorded:
    if row.type == CONFIDENTIAL:
        indexed = {"stream": row.stream, "version": row.version, "effective": str(row.effective)}
        opened = {"data": {}, **indexed, **opened}
    envelope, event = read_stored(row.data, opened, EVENT_TYPES)
    recorded_at = datetime.fromtimestamp(row.recorded_at, UTC)
    return Recorded(row.position, recorded_at, envelope, event)
