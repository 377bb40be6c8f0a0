"""What of the log is published: the newest checkpoint, and what lies below it.

Nothing here tells of an entry that the published checkpoint does not cover.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.ledger.checkpoint import Checkpoint
from domain.ledger.merkle import HASH_BYTES, ReadTiles
from domain.ledger.note import Note
from domain.ledger.proofs import consistency_proof, inclusion_proof
from domain.ledger.tiles import TilePath, encode_bundle
from domain.ledger.tlog_proof import TlogProof
from service.faults import CorruptLedgerError
from service.ledger import tables
from service.ledger.log import read_tiles

_checkpoint = tables.checkpoint


def published(connection: Connection) -> Note | None:
    """Return the newest checkpoint that was published, with its cosignatures."""
    note = connection.execute(sa.select(_checkpoint.c.note)).scalar()
    return None if note is None else Note.parse(bytes(note))


def publish(connection: Connection, note: Note) -> None:
    """Publish a checkpoint, unless a later one is; the caller commits."""
    row = {"size": Checkpoint.parse(note.text).size, "note": note.to_bytes()}
    earlier = sa.update(_checkpoint).where(_checkpoint.c.size <= row["size"]).values(row)
    if connection.execute(earlier).rowcount == 0 and published(connection) is None:
        connection.execute(sa.insert(_checkpoint).values(id=1, **row))


def read_tile(connection: Connection, tile: TilePath, size: int) -> bytes | None:
    """Return a tile or bundle, byte for byte; ``None`` where a tree of that size has none."""
    if not tile.is_within(size):
        return None
    if tile.entries:
        return encode_bundle(_column(connection, tile, tables.entries.c.data))
    if tile.level == 0:
        # The tile that is filling is not stored, and the entries are there in either case.
        return b"".join(_column(connection, tile, tables.entries.c.leaf_hash))
    tiles = tables.tiles
    hashes = connection.execute(
        sa.select(tiles.c.hashes).where(tiles.c.level == tile.level, tiles.c.tile == tile.number)
    ).scalar()
    wanted = tile.width * HASH_BYTES
    if hashes is None or len(hashes) < wanted:
        raise CorruptLedgerError(f"{tile} is not in the database")
    return bytes(hashes)[:wanted]


def proof_file(connection: Connection, position: int) -> TlogProof | None:
    """Return the proof of an entry; ``None`` unless the published checkpoint covers it."""
    note = published(connection)
    if note is None or not 1 <= position <= (size := Checkpoint.parse(note.text).size):
        return None
    return TlogProof(position - 1, tuple(prove_inclusion(connection, position, size)), note)


def prove_inclusion(connection: Connection, position: int, tree_size: int) -> list[bytes]:
    """Return the inclusion proof of a position in a tree that the log has reached.

    Raises:
        ProofError: the position is not in the tree.
    """
    return inclusion_proof(position - 1, tree_size, _tiles(connection, tree_size))


def prove_consistency(connection: Connection, from_size: int, to_size: int) -> list[bytes]:
    """Return the proof that one tree of the log extends another that it has reached.

    Raises:
        ProofError: the sizes are not in order, or the first is 0.
    """
    return consistency_proof(from_size, to_size, _tiles(connection, to_size))


def _tiles(connection: Connection, size: int) -> ReadTiles:
    # Of the tile in which that tree ends, only its own hashes are read: from the entries, in
    # which they stand whether the tile has been stored since or not.
    return lambda wanted: read_tiles(connection, list(wanted), size)


def _column(connection: Connection, tile: TilePath, column: sa.Column[bytes]) -> list[bytes]:
    position = tables.entries.c.position
    found = connection.execute(
        sa.select(column)
        .where(position > tile.first, position <= tile.first + tile.width)
        .order_by(position)
    ).scalars()
    values = [bytes(value) for value in found]
    if len(values) != tile.width:
        raise CorruptLedgerError(f"{tile} has {len(values)} entries in the database")
    return values
