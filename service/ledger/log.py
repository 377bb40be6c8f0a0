"""The append-only log in the database: contiguous positions, leaf hashes, tiles, head."""

from __future__ import annotations

from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.engine.interfaces import DBAPICursor

from domain.ledger.merkle import TILE_HASHES, Frontier, TileId, Tree, leaf_hash
from service.faults import CorruptLedgerError
from service.ledger import tables
from service.ledger.sql import CHANNEL, LOCK_KEY, Insert, Statement

# What PostgreSQL plans while a table is small, it keeps, and would go on to read all of it: the
# statements of an append find every row by key, however many it believes there are. So one plan
# is as good for one value as for another, and none is made a second time.
_PLANNING: Final = ", ".join(
    f"set_config('{name}', '{value}', true)"
    for name, value in (
        ("enable_seqscan", "off"),
        ("enable_hashjoin", "off"),
        ("enable_mergejoin", "off"),
        ("plan_cache_mode", "force_generic_plan"),
    )
)

_LEAF: Final = -1  # stands in place of a level where a row is an entry's


class NewEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An entry about to be appended. ``effective`` is an ISO date."""

    stream: str
    version: int
    type: str
    entry_id: str | None
    recorded_at: int
    effective: str | None
    data: bytes
    sealed: bytes | None = None


class Head(msgspec.Struct, frozen=True):
    """The log's end: the tree, and the greatest recorded time so far in seconds.

    ``generation`` counts how often processes had to forget what they knew.
    """

    tree: Tree
    recorded_max: int
    generation: int

    @property
    def size(self) -> int:
        """The number of entries; also the last position."""
        return self.tree.size


class Log:
    """Appends to the log. The caller holds the ledger lock and the transaction."""

    def __init__(self, dialect: Dialect) -> None:
        self._postgres = dialect.name == "postgresql"
        head, tiles = tables.head, tables.tiles
        self._head: Head | None = None
        self._read_head = Statement(
            dialect,
            sa.select(head.c.size, head.c.frontier, head.c.recorded_max, head.c.generation),
        )
        self._update_head = Statement(
            dialect,
            sa.update(head).values(
                size=sa.bindparam("new_size"),
                frontier=sa.bindparam("new_frontier"),
                recorded_max=sa.bindparam("new_max"),
            ),
        )
        self._insert_entries = Insert(dialect, tables.entries)
        self._insert_hidden = Insert(dialect, tables.hidden)
        upsert = sa.text(
            "INSERT INTO tiles (level, tile, hashes) VALUES (:level, :tile, :hashes) "
            "ON CONFLICT (level, tile) DO UPDATE SET hashes = excluded.hashes"
        )
        self._upsert_tile = Statement(dialect, upsert)
        self._tiles = tiles

    def lock(self, cursor: DBAPICursor) -> None:
        """Take the ledger lock until the transaction ends.

        SQLite's BEGIN IMMEDIATE is the lock. On PostgreSQL this must be a statement of
        its own: one that locked and read would read a snapshot from before the lock.
        """
        if self._postgres:
            cursor.execute(f"SELECT pg_advisory_xact_lock({LOCK_KEY}), {_PLANNING}")

    def plan(self, cursor: DBAPICursor) -> None:
        """Have statements planned until the transaction ends as `lock` does, without the lock."""
        if self._postgres:
            cursor.execute(f"SELECT {_PLANNING}")

    def head(self, connection: Connection, cursor: DBAPICursor) -> Head:
        """Return the log's end, reading the tiles only when another process moved it.

        Raises:
            CorruptLedgerError: the head row is missing.
        """
        self.ask_head(cursor)
        return self.take_head(connection, cursor)

    def ask_head(self, cursor: DBAPICursor) -> None:
        """Send for the log's end; `take_head` fetches it from the same cursor."""
        self._read_head.run(cursor, {})

    def take_head(self, connection: Connection, cursor: DBAPICursor) -> Head:
        """Return the log's end that was sent for; see `head`."""
        row = cursor.fetchone()
        if row is None:
            raise CorruptLedgerError("The ledger has no head row: restore it from its backup.")
        size, frontier, recorded_max, generation = row
        if self._head is None or self._head.size != size:
            tree = load_tree(connection, Frontier.from_bytes(bytes(frontier)))
            self._head = Head(tree, recorded_max, generation)
        elif self._head.generation != generation:
            self._head = msgspec.structs.replace(self._head, generation=generation)
        return self._head

    def append(
        self, cursor: DBAPICursor, head: Head, entries: list[NewEntry]
    ) -> tuple[Head, list[bytes]]:
        """Insert entries after ``head``; return the new end and the leaf hashes."""
        hashes = [leaf_hash(entry.data) for entry in entries]
        rows, hidden_rows = [], []
        recorded_max = head.recorded_max
        for position, (entry, leaf) in enumerate(zip(entries, hashes, strict=True), head.size + 1):
            recorded_max = max(recorded_max, entry.recorded_at)
            rows.append(
                {
                    "position": position,
                    "stream": entry.stream,
                    "version": entry.version,
                    "type": entry.type,
                    "entry_id": entry.entry_id,
                    "recorded_at": entry.recorded_at,
                    "recorded_max": recorded_max,
                    "effective": entry.effective,
                    "data": entry.data,
                    "leaf_hash": leaf,
                }
            )
            if entry.sealed is not None:
                hidden_rows.append({"position": position, "sealed": entry.sealed})
        tree, changes = head.tree.extend(hashes)
        self._insert_entries.run(cursor, rows)
        self._insert_hidden.run(cursor, hidden_rows)
        self._upsert_tile.run_many(
            cursor,
            [
                {"level": change.tile.level, "tile": change.tile.number, "hashes": change.hashes}
                for change in changes
            ],
        )
        self._update_head.run(
            cursor,
            {
                "new_size": tree.size,
                "new_frontier": tree.frontier.to_bytes(),
                "new_max": recorded_max,
            },
        )
        if self._postgres:
            cursor.execute(f"NOTIFY {CHANNEL}")
        return Head(tree, recorded_max, head.generation), hashes

    def committed(self, head: Head) -> None:
        """Remember the end that the transaction made durable."""
        self._head = head

    def forget(self) -> None:
        """Read the end again next time: the transaction may or may not have committed."""
        self._head = None


def load_tree(connection: Connection, frontier: Frontier) -> Tree:
    """Return the tree at the log's end, from the stored tiles and the last leaf hashes."""

    def read(wanted: object) -> dict[TileId, bytes]:
        return read_tiles(connection, wanted, frontier.size)  # type: ignore[arg-type]

    return Tree.load(frontier, read)


def read_tiles(connection: Connection, wanted: list[TileId], size: int) -> dict[TileId, bytes]:
    """Return the hashes of the tiles asked for, those of the unfinished one from the entries.

    Args:
        connection: the transaction to read in; it is asked once.
        wanted: which tiles.
        size: a tree that the log has reached; the tile in which it ends has its hashes only.
    """
    tiles, entries = tables.tiles, tables.entries
    filling = TileId(0, size // TILE_HASHES)
    stored = [tuple(tile) for tile in wanted if tile != filling]
    rows = sa.select(tiles.c.level, tiles.c.tile, tiles.c.hashes).where(
        sa.tuple_(tiles.c.level, tiles.c.tile).in_(stored)
    )
    select: sa.Executable = rows
    if filling in wanted:
        first = filling.number * TILE_HASHES
        leaves = sa.select(sa.literal(_LEAF), entries.c.position, entries.c.leaf_hash).where(
            entries.c.position > first, entries.c.position <= size
        )
        select = sa.union_all(rows, leaves) if stored else leaves
    found: dict[TileId, bytes] = {}
    unfinished: dict[int, bytes] = {}
    for level, number, hashes in connection.execute(select).all():
        if level == _LEAF:
            unfinished[number] = bytes(hashes)
        else:
            found[TileId(level, number)] = bytes(hashes)
    if filling in wanted:
        found[filling] = b"".join(unfinished[position] for position in sorted(unfinished))
    return found
