"""The Merkle tree over the entries (RFC 6962 §2.1) and its hash tiles.

Leaf index 0 is the entry at position 1. Three values carry the tree as it grows:

- ``Frontier``: the roots of the largest complete subtrees, left to right, one for each
  set bit of the size. It is all that the root needs, and what the head row stores.
- ``TileChange``: a tile that came to be or grew. Tiles follow C2SP tlog-tiles at height
  8: tile ``n`` of level ``L`` holds the hashes ``256n … 256n+255`` of level ``L``, where a
  hash of level ``L`` is the root of 256^L leaves.
- ``Tree``: a frontier and the tile that is still filling at each level, so that a writer
  makes tiles without reading any.

``domain.ledger.proofs`` makes proofs from tiles and checks them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NamedTuple, TypeAlias

HASH_BYTES: Final = 32
TILE_HEIGHT: Final = 8
TILE_HASHES: Final = 1 << TILE_HEIGHT
EMPTY_ROOT: Final = sha256().digest()
"""The root of the tree without leaves: SHA-256 of nothing (RFC 6962 §2.1)."""

_TILE_BYTES: Final = TILE_HASHES * HASH_BYTES
_SIZE_BYTES: Final = 8
_MAX_SIZE: Final = 2**63 - 1  # a position must fit the integers of databases


class TileId(NamedTuple):
    """Where a tile stands: its level, 0 for leaf hashes, and its 0-based number there."""

    level: int
    number: int


class TileChange(NamedTuple):
    """A tile to store: 1 to 256 hashes of 32 bytes, in place of any shorter ones before."""

    tile: TileId
    hashes: bytes


ReadTiles: TypeAlias = Callable[[Collection[TileId]], Mapping[TileId, bytes]]
"""Returns the hashes of each tile asked for, in one go, so that a proof is one query.

A tile may hold more hashes than the tree's size implies, since tiles only grow. The
tile of level 0 that is still filling is not stored: its hashes are those of the entries.
"""


class ProofError(Exception):
    """Hashes do not prove what they are said to prove, or cannot be put to that use.

    Attributes:
        reason: what is wrong, for a person; it holds sizes and indexes, never content.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf, SHA-256(0x00 ‖ entry) (RFC 6962 §2.1)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node, SHA-256(0x01 ‖ left ‖ right) (RFC 6962 §2.1)."""
    return sha256(b"\x01" + left + right).digest()


def root_from_leaves(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the root as RFC 6962 §2.1 defines it: slow, and the measure for the rest."""
    if not leaf_hashes:
        return EMPTY_ROOT
    if len(leaf_hashes) == 1:
        return leaf_hashes[0]
    split = 1 << ((len(leaf_hashes) - 1).bit_length() - 1)  # the largest power of two below
    return node_hash(root_from_leaves(leaf_hashes[:split]), root_from_leaves(leaf_hashes[split:]))


@dataclass(frozen=True, slots=True)
class Frontier:
    """The roots of the largest complete subtrees of a tree: all that its root needs.

    Attributes:
        size: number of leaves.
        roots: one hash for each set bit of the size, the largest subtree first.
    """

    size: int = 0
    roots: tuple[bytes, ...] = ()

    def extend(self, leaf_hashes: Iterable[bytes]) -> Frontier:
        """Return the frontier after more leaves, given as their hashes in order."""
        return _grow(self, list(leaf_hashes))[0]

    def root(self) -> bytes:
        """Return the tree's root (RFC 6962 §2.1)."""
        if not self.roots:
            return EMPTY_ROOT
        root = self.roots[-1]
        for left in self.roots[-2::-1]:
            root = node_hash(left, root)
        return root

    def to_bytes(self) -> bytes:
        """Return the size as 8 bytes, big-endian, and the roots: at most 2,024 bytes."""
        return self.size.to_bytes(_SIZE_BYTES, "big") + b"".join(self.roots)

    @classmethod
    def from_bytes(cls, encoded: bytes) -> Frontier:
        """Read what ``to_bytes`` wrote.

        Raises:
            ProofError: the size is out of range, or the number of roots is not the one
                that the size calls for.
        """
        size = int.from_bytes(encoded[:_SIZE_BYTES], "big")
        expected_bytes = _SIZE_BYTES + HASH_BYTES * size.bit_count()
        if len(encoded) != expected_bytes or size > _MAX_SIZE:
            raise ProofError(f"a frontier of size {size} does not have {len(encoded)} bytes")
        return cls(size, tuple(_split(encoded[_SIZE_BYTES:])))


@dataclass(frozen=True, slots=True)
class Tree:
    """A frontier and, at each level, the tile that is still filling.

    Attributes:
        frontier: what the root is made of.
        filling: for each level, level 0 first, up to 255 hashes of 32 bytes.
    """

    frontier: Frontier = Frontier()
    filling: tuple[bytes, ...] = ()

    @classmethod
    def load(cls, frontier: Frontier, read_tiles: ReadTiles) -> Tree:
        """Return the tree of a stored frontier, reading at most one tile a level.

        Raises:
            ProofError: the tiles are not those of the frontier, which names the level:
                the storage was changed or only partly restored.
        """
        size = frontier.size
        widths = [
            (size >> height) % TILE_HASHES for height in range(0, size.bit_length(), TILE_HEIGHT)
        ]
        last_tiles = [_tile_at(level, size) for level in range(len(widths))]
        wanted = [tile for tile, width in zip(last_tiles, widths, strict=True) if width]
        tiles = read_tiles(wanted) if wanted else {}
        filling: list[bytes] = []
        # The frontier's roots within one level stand together, those of level 0 last.
        end = len(frontier.roots)
        for tile, width in zip(last_tiles, widths, strict=True):
            joined = first_hashes(tiles, tile, width)
            start = end - width.bit_count()
            if Frontier().extend(_split(joined)).roots != frontier.roots[start:end]:
                raise ProofError(f"the last tile of level {tile.level} is not that of size {size}")
            filling.append(joined)
            end = start
        return cls(frontier, tuple(filling))

    @property
    def size(self) -> int:
        """The number of leaves."""
        return self.frontier.size

    def extend(self, leaf_hashes: Iterable[bytes]) -> tuple[Tree, list[TileChange]]:
        """Return the tree after more leaves, and the tiles to store with them.

        Those are the tiles of level 0 that became complete, and, at the levels above,
        every tile that grew; each tile appears once, as it is after these leaves.
        """
        frontier, fresh_by_level = _grow(self.frontier, list(leaf_hashes))
        filling = list(self.filling)
        changes: list[TileChange] = []
        for level, fresh in enumerate(fresh_by_level):
            if level == len(filling):
                filling.append(b"")
            hashes = filling[level] + b"".join(fresh)
            first = _tile_at(level, self.size).number
            complete = len(hashes) // _TILE_BYTES
            pieces = [hashes[i * _TILE_BYTES : (i + 1) * _TILE_BYTES] for i in range(complete + 1)]
            filling[level] = pieces[-1]
            stored = pieces if level and pieces[-1] else pieces[:-1]
            changes += [
                TileChange(TileId(level, first + offset), piece)
                for offset, piece in enumerate(stored)
            ]
        return Tree(frontier, tuple(filling)), changes


def first_hashes(tiles: Mapping[TileId, bytes], tile: TileId, width: int) -> bytes:
    """Return the first ``width`` hashes of a tile that was read, joined as it has them.

    Raises:
        ProofError: the tile is missing, too short, or not made of hashes.
    """
    joined = tiles.get(tile, b"")
    if len(joined) < width * HASH_BYTES or len(joined) % HASH_BYTES:
        raise ProofError(
            f"tile {tile.number} of level {tile.level} has {len(joined)} bytes; "
            f"{width} hashes are needed"
        )
    return joined[: width * HASH_BYTES]


def require_hashes(hashes: Collection[bytes]) -> None:
    """Refuse, with ``ProofError``, whatever does not have the 32 bytes of a hash."""
    if not set(map(len, hashes)) <= {HASH_BYTES}:
        raise ProofError("a hash does not have 32 bytes")


def _grow(frontier: Frontier, nodes: list[bytes]) -> tuple[Frontier, list[list[bytes]]]:
    """Return the frontier after more leaf hashes, and the new hashes of each tile level."""
    require_hashes(nodes)
    size = frontier.size + len(nodes)
    earlier = list(frontier.roots)
    later: list[bytes] = []
    fresh_by_level: list[list[bytes]] = []
    height = 0
    # One height at a time rather than one leaf at a time: a batch then costs little more
    # than its hashes, and the nodes at every eighth height are the new hashes of the tiles.
    while nodes:
        if height % TILE_HEIGHT == 0:
            fresh_by_level.append(nodes)
        if frontier.size >> height & 1:
            nodes = [earlier.pop(), *nodes]
        if len(nodes) & 1:
            later.append(nodes[-1])
        pairs = zip(nodes[::2], nodes[1::2], strict=False)
        nodes = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
        height += 1
    return Frontier(size, (*earlier, *reversed(later))), fresh_by_level


def _tile_at(level: int, size: int) -> TileId:
    """Return the tile of a level that receives the next hash of a tree of this size."""
    return TileId(level, size >> TILE_HEIGHT * (level + 1))


def _split(joined: bytes) -> list[bytes]:
    return [joined[i : i + HASH_BYTES] for i in range(0, len(joined), HASH_BYTES)]
