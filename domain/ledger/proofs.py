"""Proofs over the Merkle tree: made from stored tiles, checked from hashes alone.

An inclusion proof shows that an entry stands at its place under a root; a consistency
proof shows that a later tree begins with an earlier one. Both are lists of hashes,
lowest first, as RFC 6962 §2.1.1 and §2.1.2 define them. Checking needs no storage.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

from domain.ledger.merkle import (
    HASH_BYTES,
    TILE_HASHES,
    TILE_HEIGHT,
    Frontier,
    ProofError,
    ReadTiles,
    TileId,
    first_hashes,
    node_hash,
    require_hashes,
)


def inclusion_proof(leaf_index: int, tree_size: int, read_tiles: ReadTiles) -> list[bytes]:
    """Return the audit path of a leaf (RFC 6962 §2.1.1), lowest hash first.

    Args:
        leaf_index: 0-based, below ``tree_size``.
        tree_size: the tree to prove it in; no larger than what the tiles cover.
        read_tiles: called once, with at most two tiles a level.

    Raises:
        ProofError: the index is not in the tree, or the tiles do not reach so far.
    """
    if not 0 <= leaf_index < tree_size:
        raise ProofError(f"leaf {leaf_index} is not in a tree of size {tree_size}")
    spans: list[tuple[int, int]] = []
    start, end = 0, tree_size
    while end - start > 1:
        middle = start + _split(end - start)
        if leaf_index < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start = middle
    return _roots_of_spans(spans[::-1], read_tiles)


def consistency_proof(from_size: int, to_size: int, read_tiles: ReadTiles) -> list[bytes]:
    """Return the proof that one tree extends another (RFC 6962 §2.1.2), lowest hash first.

    Args:
        from_size: the earlier tree, at least 1: anything extends the empty tree.
        to_size: the later tree; equal sizes have the empty proof.
        read_tiles: called once, with at most three tiles a level.

    Raises:
        ProofError: the sizes are not in order, or the tiles do not reach so far.
    """
    if not 0 < from_size <= to_size:
        raise ProofError(f"no proof leads from size {from_size} to size {to_size}")
    spans: list[tuple[int, int]] = []
    start, end = 0, to_size
    while end != from_size:
        middle = start + _split(end - start)
        if from_size <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start = middle
    if start:  # otherwise what is left is the earlier tree itself, whose root is known
        spans.append((start, end))
    return _roots_of_spans(spans[::-1], read_tiles)


def verify_inclusion(
    leaf: bytes, leaf_index: int, tree_size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that a leaf stands at its index under a root (RFC 9162 §2.1.3.2).

    Args:
        leaf: the leaf's hash, not the entry.
        leaf_index: 0-based.
        tree_size: the size of the tree that has the root.
        proof: hashes of 32 bytes, lowest first.
        root: taken from a checkpoint whose signature was checked.

    Raises:
        ProofError: it does not; ``reason`` tells a malformed proof from a wrong one.
    """
    if not 0 <= leaf_index < tree_size:
        raise ProofError(f"leaf {leaf_index} is not in a tree of size {tree_size}")
    require_hashes([leaf, *proof])
    computed = leaf
    for sibling, on_left in _steps(leaf_index, tree_size - 1, proof):
        computed = node_hash(sibling, computed) if on_left else node_hash(computed, sibling)
    if computed != root:
        raise ProofError(f"leaf {leaf_index} does not lead to the root of size {tree_size}")


def verify_consistency(
    from_size: int, to_size: int, proof: Sequence[bytes], from_root: bytes, to_root: bytes
) -> None:
    """Check that one tree extends another without changing it (RFC 9162 §2.1.4.2).

    Args:
        from_size: the earlier tree, at least 1.
        to_size: the later tree.
        proof: hashes of 32 bytes, lowest first.
        from_root: the root of the earlier tree.
        to_root: the root of the later tree.

    Raises:
        ProofError: it does not; ``reason`` tells which of the roots is not reached.
    """
    if not 0 < from_size <= to_size:
        raise ProofError(f"no proof leads from size {from_size} to size {to_size}")
    if from_size == to_size:
        if proof:
            raise ProofError("the proof has too many hashes")
        if from_root != to_root:
            raise ProofError(f"two roots of size {to_size} differ")
        return
    require_hashes([from_root, *proof])
    # An earlier tree that is complete is a node of the later one: the proof omits its root.
    path = list(proof) if from_size & (from_size - 1) else [from_root, *proof]
    if not proof:
        raise ProofError("the proof has too few hashes")
    node, last = from_size - 1, to_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    earlier = later = path[0]
    for sibling, on_left in _steps(node, last, path[1:]):
        if on_left:
            earlier, later = node_hash(sibling, earlier), node_hash(sibling, later)
        else:
            later = node_hash(later, sibling)
    if earlier != from_root:
        raise ProofError(f"the proof does not lead to the root of size {from_size}")
    if later != to_root:
        raise ProofError(f"the proof does not lead to the root of size {to_size}")


def _steps(node: int, last: int, path: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each hash of a path and whether it stands to the left, on the way to the root.

    ``node`` and ``last`` are the indexes, at one height, of the node to start from and of
    the height's last node: ``fn`` and ``sn`` in RFC 9162 §2.1.3.2 and §2.1.4.2.

    Raises:
        ProofError: the path is longer or shorter than the way to the root.
    """
    for sibling in path:
        if last == 0:
            raise ProofError("the proof has too many hashes")
        on_left = bool(node & 1) or node == last
        yield sibling, on_left
        # The last node of an odd height has no sibling there, and rises to one that has.
        while on_left and not node & 1 and node:
            node, last = node >> 1, last >> 1
        node, last = node >> 1, last >> 1
    if last:
        raise ProofError("the proof has too few hashes")


def _roots_of_spans(spans: Sequence[tuple[int, int]], read_tiles: ReadTiles) -> list[bytes]:
    """Return the root over each span ``[start, end)`` of leaves, reading tiles once."""
    subtrees_by_span = [_complete_subtrees(start, end) for start, end in spans]
    widths: dict[TileId, int] = {}
    for subtree in (subtree for subtrees in subtrees_by_span for subtree in subtrees):
        tile, _, end = _place(*subtree)
        widths[tile] = max(widths.get(tile, 0), end)
    read = read_tiles(list(widths)) if widths else {}
    tiles = {tile: first_hashes(read, tile, width) for tile, width in widths.items()}

    def subtree_root(height: int, index: int) -> bytes:
        tile, start, end = _place(height, index)
        nodes = tiles[tile][start * HASH_BYTES : end * HASH_BYTES]
        while len(nodes) > HASH_BYTES:
            pairs = range(0, len(nodes), 2 * HASH_BYTES)
            nodes = b"".join(
                [sha256(b"\x01" + nodes[at : at + 2 * HASH_BYTES]).digest() for at in pairs]
            )
        return nodes

    # A span's complete subtrees are a frontier of its own.
    return [
        Frontier(end - start, tuple(subtree_root(*subtree) for subtree in subtrees)).root()
        for (start, end), subtrees in zip(spans, subtrees_by_span, strict=True)
    ]


def _complete_subtrees(start: int, end: int) -> list[tuple[int, int]]:
    """Cut a span into complete subtrees, the largest first, each as height and index."""
    subtrees: list[tuple[int, int]] = []
    while start < end:
        height = (end - start).bit_length() - 1
        subtrees.append((height, start >> height))
        start += 1 << height
    return subtrees


def _place(height: int, index: int) -> tuple[TileId, int, int]:
    """Return the tile that a complete subtree's root is made from, and its slice there."""
    level, height_in_tile = divmod(height, TILE_HEIGHT)
    number, start = divmod(index << height_in_tile, TILE_HASHES)
    return TileId(level, number), start, start + (1 << height_in_tile)


def _split(size: int) -> int:
    """Return the largest power of two below a size of at least 2 (RFC 6962 §2.1)."""
    return 1 << ((size - 1).bit_length() - 1)
