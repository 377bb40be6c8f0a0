"""Watching a log: a checkpoint seen now has to extend the one that was seen before.

It costs a few tiles however long the log is, and finds a fork or a rollback; that the entries keep
the rules is for an audit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from domain.audit.finding import TamperedError, UnreadableError
from domain.audit.log import Read, Trust, check_signatures, read_checkpoint
from domain.ledger.checkpoint import Checkpoint
from domain.ledger.merkle import (
    HASH_BYTES,
    TILE_HASHES,
    TILE_HEIGHT,
    ProofError,
    ReadTiles,
    TileId,
)
from domain.ledger.note import Note
from domain.ledger.proofs import consistency_proof, verify_consistency
from domain.ledger.tiles import TilePath


def follow(read: Read, trust: Trust, known: Note | None) -> Note:
    """Return the log's checkpoint, having checked that it extends the one that is known.

    Args:
        read: the log's files.
        trust: whose signatures are asked for.
        known: the checkpoint that was seen last; ``None`` the first time.

    Raises:
        TamperedError: it is not signed as it has to be, or the log was forked or rolled back.
        UnreadableError: the log cannot be read, or lacks the tiles that would prove it.
    """
    note = read_checkpoint(read)
    check_signatures(note, trust)
    if known is not None:
        _extends(read, Checkpoint.parse(known.text), Checkpoint.parse(note.text))
    return note


def _extends(read: Read, before: Checkpoint, after: Checkpoint) -> None:
    if before.origin != after.origin:
        raise TamperedError("the checkpoint is another log's than the one from earlier")
    if after.size < before.size:
        raise TamperedError(
            f"the log has {after.size} entries, and had {before.size}: it was rolled back",
            after.size + 1,
        )
    if before.size == after.size:
        if before.root != after.root:
            raise TamperedError("two checkpoints of one size have two roots: the log was forked")
        return
    if before.size == 0:
        return
    try:
        proof = consistency_proof(before.size, after.size, _tiles(read, after.size))
    except ProofError as error:
        raise UnreadableError(f"the log lacks tiles: {error.reason}") from None
    try:
        verify_consistency(before.size, after.size, proof, before.root, after.root)
    except ProofError:
        # Whether the tiles or the history are wrong, this server cannot prove what it signed.
        raise TamperedError(
            f"the log does not prove that it extends the checkpoint of {before.size} entries: "
            "it was forked"
        ) from None


def _tiles(read: Read, size: int) -> ReadTiles:
    def tiles(wanted: Collection[TileId]) -> Mapping[TileId, bytes]:
        found = {}
        for tile in wanted:
            hashes = size >> TILE_HEIGHT * tile.level
            width = min(TILE_HASHES, hashes - tile.number * TILE_HASHES)
            path = TilePath(tile.level, tile.number, width)
            content = read(str(path), TILE_HASHES * HASH_BYTES)
            if content is not None:
                found[tile] = content
        return found

    return tiles
