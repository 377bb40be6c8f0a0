"""Entries read back as typed events, with as much of them opened as the reader needs."""

from __future__ import annotations

import functools
from collections.abc import Generator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.engine.interfaces import DBAPICursor

from domain.catalog import EVENT_TYPES
from domain.ledger.disclosure import Event, Level, levels
from domain.ledger.entry import DOMAIN_LINE, Envelope
from domain.ledger.recorded import Recorded
from domain.ledger.stored import read_confidential, read_stored
from projections.codec import iso_date
from service.ledger import tables
from service.ledger.sql import Statement, driver_cursor, is_any_of, list_bind
from service.ledger.vault import NOTHING, Opener

CONFIDENTIAL: Final = "confidential"
CHUNK_ENTRIES: Final = 5_000

_TYPE: Final = frozenset({"type"})
_ACTOR: Final = frozenset({"actorId"})


def _rule_fields(event_type: type[Event]) -> frozenset[str]:
    return frozenset(
        f"data.{name}"
        for name, level in levels(event_type).items()
        if level in {Level.MEMBER, Level.STAFF}
    )


@functools.cache
def _wanted(opens: frozenset[str] | None) -> dict[str, frozenset[str]]:
    """Return which hidden values to open by stored name; never a personal one."""
    fields = {
        name: _rule_fields(each)
        for name, each in EVENT_TYPES.items()
        if opens is None or name in opens
    }
    return {name: paths for name, paths in fields.items() if paths}


class EntryRow(NamedTuple):
    """An entry as `select_entries` reads it.

    Bytes may come as memory views, and the effective date as text. The bytes of a confidential
    entry are never read here.
    """

    position: int
    recorded_at: int
    type: str
    entry_id: str | None
    data: bytes
    sealed: bytes | None
    stream: str
    version: int
    effective: date | str


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
) -> Generator[Recorded, None, None]:
    """Yield the entries at positions ``after + 1`` to ``last``, in order, in bounded memory.

    Args:
        connection: the transaction to read in.
        opener: opens hidden values; personal ones are never opened here.
        after: the position before the first.
        last: the last position.
        opens: the stored names of events whose hidden values are needed; ``None`` is all.
    """
    entries = tables.entries
    select = Statement(
        connection.dialect,
        select_entries()
        .where(
            entries.c.position > sa.bindparam("after", type_=sa.BigInteger),
            entries.c.position <= sa.bindparam("upto", type_=sa.BigInteger),
        )
        .order_by(entries.c.position),
    )
    with closing(_cursor(connection)) as cursor:
        while after < last:
            upto = min(after + CHUNK_ENTRIES, last)
            rows = select.run(cursor, {"after": after, "upto": upto}).fetchall()
            yield from decode(opener, [EntryRow(*row) for row in rows], opens)
            after = upto


def _cursor(connection: Connection) -> Any:  # noqa: ANN401 - either driver's
    """Return a cursor that PostgreSQL sends bytes to as they are, not in hex."""
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.dbapi_connection
        return driver.cursor(binary=True)
    return driver_cursor(connection)


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
        self._select_by_id = Statement(
            dialect,
            select_entries().where(sa.text(is_any_of(dialect, "entries.entry_id", "entry_ids"))),
        )

    def ask_entries(self, cursor: DBAPICursor, entry_ids: Sequence[str]) -> None:
        """Send for entries by their ids; `take_entries` fetches them from the same cursor."""
        self._select_by_id.run(cursor, {"entry_ids": list_bind(self._dialect, entry_ids)})

    def take_entries(
        self, cursor: DBAPICursor, entry_ids: Sequence[str]
    ) -> dict[str, Recorded | None]:
        """Return the entries that were sent for, with all that rules may see, or that none is.

        Besides what rules see of every entry, they say who gave them.
        """
        rows = [EntryRow(*row) for row in cursor.fetchall()]
        found: dict[str, Recorded | None] = dict.fromkeys(entry_ids)
        for recorded in decode(self._opener, rows, None, actor=True):
            found[recorded.envelope.entry_id] = recorded
        return found

    def read(self, cursor: DBAPICursor, streams: Sequence[str]) -> dict[str, list[Recorded]]:
        """Return the entries of each stream, in order, with all that rules may see."""
        self.ask(cursor, streams)
        return self.take(cursor, streams)

    def ask(self, cursor: DBAPICursor, streams: Sequence[str]) -> None:
        """Send for streams; `take` fetches them from the same cursor."""
        self._select.run(cursor, {"streams": list_bind(self._dialect, streams)})

    def take(self, cursor: DBAPICursor, streams: Sequence[str]) -> dict[str, list[Recorded]]:
        """Return the streams that were sent for; see `read`."""
        rows = [EntryRow(*row) for row in cursor.fetchall()]
        found: dict[str, list[Recorded]] = {stream: [] for stream in streams}
        for recorded in decode(self._opener, rows, None):
            found[recorded.envelope.stream].append(recorded)
        return found


def decode(
    opener: Opener,
    rows: Sequence[EntryRow],
    opens: frozenset[str] | None,
    *,
    actor: bool = False,
) -> list[Recorded]:
    """Return the events of rows; work that came through the library's port is left out.

    Args:
        opener: opens hidden values.
        rows: the entries.
        opens: stored names of the events of which hidden values are wanted; ``None`` is all.
        actor: whether it is wanted, too, who gave them.
    """
    ours = [
        row
        for row in rows
        if row.entry_id is not None
        and (row.type == CONFIDENTIAL or row.data.startswith(DOMAIN_LINE))
    ]
    hiding = [row for row in ours if row.type == CONFIDENTIAL]
    opened = _opened(opener, [(row, _TYPE) for row in hiding])
    wanted = _wanted(opens)
    fields = []
    for row in ours:
        stored_name = opened[row.position]["type"] if row.type == CONFIDENTIAL else row.type
        paths = wanted.get(stored_name, frozenset())
        if actor:
            paths |= _ACTOR
        if paths:
            fields.append((row, paths))
    for position, values in _opened(opener, fields).items():
        opened.setdefault(position, {}).update(values)
    return [_recorded(row, opened.get(row.position, {})) for row in ours]


def _opened(
    opener: Opener, rows: Sequence[tuple[EntryRow, frozenset[str]]]
) -> dict[int, dict[str, Any]]:
    """Open values of rows at the paths given; return them by position."""
    opened = opener.open_values(
        [(row.entry_id or "", row.sealed or NOTHING, paths) for row, paths in rows]
    )
    return {row.position: values for (row, _), values in zip(rows, opened, strict=True)}


def _recorded(row: EntryRow, opened: dict[str, Any]) -> Recorded:
    recorded_at = datetime.fromtimestamp(row.recorded_at, UTC)
    if row.type != CONFIDENTIAL:
        envelope, event = read_stored(row.data, opened, EVENT_TYPES)
        return Recorded(row.position, recorded_at, envelope, event)
    indexed = Envelope(
        entry_id=row.entry_id or "",
        stream=row.stream,
        version=row.version,
        # No more than the day is said of a confidential entry.
        at=recorded_at.replace(hour=0, minute=0, second=0),
        effective=iso_date(row.effective),
        actor="",
        actor_id="",
        policy="",
    )
    envelope, event = read_confidential(indexed, opened, EVENT_TYPES)
    return Recorded(row.position, recorded_at, envelope, event)
