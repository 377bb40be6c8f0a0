import base64
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ledger.merkle import (
    EMPTY_ROOT,
    TILE_HASHES,
    Frontier,
    ProofError,
    TileChange,
    TileId,
    Tree,
    leaf_hash,
    node_hash,
    root_from_leaves,
)
from domain.ledger.proofs import (
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)

# The leaves and roots that Certificate Transparency implementations have shared since 2013.
KNOWN_LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
KNOWN_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
VECTORS = Path(__file__).parents[3].parent / "shared" / "data" / "rfc6962-vectors"

LEAVES = [leaf_hash(index.to_bytes(4, "big")) for index in range(70_000)]
SIZES = st.one_of(
    st.integers(1, 3000),
    st.sampled_from([1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 66_000, 70_000]),
)


class Tiles:
    """What a writer stores, and a reader over it that counts."""

    def __init__(self, leaves: list[bytes], stored: dict[TileId, bytes]) -> None:
        self.leaves = leaves
        self.stored = stored
        self.reads: list[list[TileId]] = []

    def read(self, wanted: Collection[TileId]) -> Mapping[TileId, bytes]:
        self.reads.append(list(wanted))
        found = {tile: self.stored[tile] for tile in wanted if tile in self.stored}
        for tile in wanted:
            if tile not in found and tile.level == 0:
                found[tile] = b"".join(self.leaves[tile.number * TILE_HASHES :][:TILE_HASHES])
        return found


def written(leaves: list[bytes], batch_size: int = 512) -> tuple[Tree, Tiles]:
    tree, tiles = Tree(), Tiles(leaves, {})
    for start in range(0, len(leaves), batch_size):
        tree, changes = tree.extend(leaves[start : start + batch_size])
        tiles.stored.update(changes)
    return tree, tiles


EVERY_TILE = written(LEAVES)[1]


def root_of(size: int) -> bytes:
    return Frontier().extend(LEAVES[:size]).root()


def flipped(proof: list[bytes], bit: int) -> list[bytes]:
    joined = bytearray(b"".join(proof))
    joined[bit // 8] ^= 1 << bit % 8
    return [bytes(joined[i : i + 32]) for i in range(0, len(joined), 32)]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert Frontier().root() == EMPTY_ROOT == root_from_leaves([])


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_published_for_certificate_transparency(size: int) -> None:
    leaves = [leaf_hash(leaf) for leaf in KNOWN_LEAVES[:size]]
    assert Frontier().extend(leaves).root().hex() == KNOWN_ROOTS[size]
    assert root_from_leaves(leaves).hex() == KNOWN_ROOTS[size]


@given(st.lists(st.integers(0, 700), max_size=8))
def test_any_split_into_batches_gives_the_root_of_the_definition(batches: list[int]) -> None:
    frontier, tree, size = Frontier(), Tree(), 0
    for batch in batches:
        fresh = LEAVES[size : size + batch]
        frontier, (tree, _) = frontier.extend(fresh), tree.extend(fresh)
        size += batch
    assert frontier.size == size
    assert frontier.root() == root_from_leaves(LEAVES[:size])
    assert tree.frontier == frontier


@given(SIZES)
def test_a_frontier_survives_its_encoding(size: int) -> None:
    frontier = Frontier().extend(LEAVES[:size])
    assert Frontier.from_bytes(frontier.to_bytes()) == frontier


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"\x00" * 7,
        b"\x00" * 9,
        (3).to_bytes(8, "big") + b"\x00" * 63,
        (3).to_bytes(8, "big") + b"\x00" * 96,
        (2**63).to_bytes(8, "big") + b"\x00" * 32,
    ],
)
def test_a_malformed_frontier_is_refused(encoded: bytes) -> None:
    with pytest.raises(ProofError, match="does not have"):
        Frontier.from_bytes(encoded)


def test_a_leaf_hash_of_another_length_is_refused() -> None:
    with pytest.raises(ProofError, match="32 bytes"):
        Frontier().extend([b"short"])


@settings(deadline=None, max_examples=20)
@given(SIZES, st.integers(1, 1000))
def test_stored_tiles_are_those_of_the_specification(size: int, batch_size: int) -> None:
    leaves = LEAVES[:size]
    tree, tiles = written(leaves, batch_size)
    expected: dict[TileId, bytes] = {}
    level, hashes = 0, leaves
    while hashes:
        for start in range(0, len(hashes), TILE_HASHES):
            piece = hashes[start : start + TILE_HASHES]
            if level or len(piece) == TILE_HASHES:
                expected[TileId(level, start // TILE_HASHES)] = b"".join(piece)
        level += 1
        hashes = [
            root_from_leaves(hashes[start : start + TILE_HASHES])
            for start in range(0, len(hashes) - TILE_HASHES + 1, TILE_HASHES)
        ]
    assert tiles.stored == expected
    assert Tree.load(tree.frontier, tiles.read) == tree


def test_a_batch_names_each_tile_once() -> None:
    _, changes = Tree().extend(LEAVES[:1000])
    assert [(change.tile, len(change.hashes) // 32) for change in changes] == [
        (TileId(0, 0), 256),
        (TileId(0, 1), 256),
        (TileId(0, 2), 256),
        (TileId(1, 0), 3),
    ]


def test_the_tile_of_a_level_is_stored_again_only_when_it_grew() -> None:
    tree, _ = Tree().extend(LEAVES[:300])
    assert tree.extend(LEAVES[300:500])[1] == []
    grown = tree.extend(LEAVES[300:512])[1]
    second = b"".join(LEAVES[256:512])
    tops = root_from_leaves(LEAVES[:256]) + root_from_leaves(LEAVES[256:512])
    assert grown == [TileChange(TileId(0, 1), second), TileChange(TileId(1, 0), tops)]


@pytest.mark.parametrize("level", [0, 1])
def test_loading_finds_a_tile_that_is_not_the_frontiers(level: int) -> None:
    tree, tiles = written(LEAVES[:1000])

    def garbled(wanted: Collection[TileId]) -> dict[TileId, bytes]:
        read = dict(tiles.read(wanted))
        tile = next(tile for tile in wanted if tile.level == level)
        read[tile] = bytes([read[tile][0] ^ 1]) + read[tile][1:]
        return read

    with pytest.raises(ProofError, match=f"level {level}"):
        Tree.load(tree.frontier, garbled)


def test_loading_finds_a_missing_tile() -> None:
    tree, _ = written(LEAVES[:1000])
    with pytest.raises(ProofError, match="tile 3 of level 0 has 0 bytes; 232 hashes are needed"):
        Tree.load(tree.frontier, lambda _: {})


@settings(deadline=None)
@given(SIZES, st.data())
def test_every_inclusion_proof_verifies_and_no_flipped_bit_does(
    size: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, size - 1))
    tiles = Tiles(LEAVES, EVERY_TILE.stored)
    proof = inclusion_proof(index, size, tiles.read)
    root = root_of(size)
    verify_inclusion(LEAVES[index], index, size, proof, root)
    assert len(tiles.reads) <= 1
    assert sum(map(len, tiles.reads)) <= 6
    for other in {0, index ^ 1, size - 1} - {index}:
        with pytest.raises(ProofError):
            verify_inclusion(LEAVES[index], other, size, proof, root)
    with pytest.raises(ProofError, match="too many"):
        verify_inclusion(LEAVES[index], index, size, [*proof, root], root)
    if proof:
        with pytest.raises(ProofError, match="too few"):
            verify_inclusion(LEAVES[index], index, size, proof[:-1], root)
        bit = data.draw(st.integers(0, 256 * len(proof) - 1))
        with pytest.raises(ProofError, match="does not lead"):
            verify_inclusion(LEAVES[index], index, size, flipped(proof, bit), root)


@settings(deadline=None)
@given(SIZES, st.data())
def test_every_consistency_proof_verifies_and_no_flipped_bit_does(
    to_size: int, data: st.DataObject
) -> None:
    from_size = data.draw(st.integers(1, to_size))
    tiles = Tiles(LEAVES, EVERY_TILE.stored)
    proof = consistency_proof(from_size, to_size, tiles.read)
    from_root, to_root = root_of(from_size), root_of(to_size)
    verify_consistency(from_size, to_size, proof, from_root, to_root)
    assert len(tiles.reads) <= 1
    assert sum(map(len, tiles.reads)) <= 9
    other_root = leaf_hash(b"other")
    with pytest.raises(ProofError):
        verify_consistency(from_size, to_size, proof, other_root, to_root)
    with pytest.raises(ProofError):
        verify_consistency(from_size, to_size, proof, from_root, other_root)
    with pytest.raises(ProofError, match="too many"):
        verify_consistency(from_size, to_size, [*proof, to_root], from_root, to_root)
    if proof:
        bit = data.draw(st.integers(0, 256 * len(proof) - 1))
        with pytest.raises(ProofError, match="does not lead"):
            verify_consistency(from_size, to_size, flipped(proof, bit), from_root, to_root)
        with pytest.raises(ProofError):
            verify_consistency(from_size, to_size, proof[:-1], from_root, to_root)


def test_all_proofs_of_small_trees_verify() -> None:
    roots = [root_of(size) for size in range(41)]
    for size in range(1, 41):
        for index in range(size):
            proof = inclusion_proof(index, size, EVERY_TILE.read)
            verify_inclusion(LEAVES[index], index, size, proof, roots[size])
            proof = consistency_proof(index + 1, size, EVERY_TILE.read)
            verify_consistency(index + 1, size, proof, roots[index + 1], roots[size])


def test_a_proof_of_our_own_for_a_second_implementation() -> None:
    leaves = [leaf_hash(leaf) for leaf in KNOWN_LEAVES]
    tiles = Tiles(leaves, {})
    assert inclusion_proof(5, 8, tiles.read) == [
        leaves[4],
        node_hash(leaves[6], leaves[7]),
        root_from_leaves(leaves[:4]),
    ]
    assert consistency_proof(3, 7, tiles.read) == [
        leaves[2],
        leaves[3],
        node_hash(leaves[0], leaves[1]),
        root_from_leaves(leaves[4:7]),
    ]


@pytest.mark.parametrize(("leaf_index", "tree_size"), [(0, 0), (5, 5), (-1, 5)])
def test_no_inclusion_proof_is_made_or_accepted_outside_the_tree(
    leaf_index: int, tree_size: int
) -> None:
    with pytest.raises(ProofError, match="not in a tree"):
        inclusion_proof(leaf_index, tree_size, EVERY_TILE.read)
    with pytest.raises(ProofError, match="not in a tree"):
        verify_inclusion(LEAVES[0], leaf_index, tree_size, [], LEAVES[0])


@pytest.mark.parametrize(("from_size", "to_size"), [(0, 0), (0, 5), (6, 5), (-1, 5)])
def test_no_consistency_proof_leads_from_nothing_or_backwards(from_size: int, to_size: int) -> None:
    with pytest.raises(ProofError, match="no proof leads"):
        consistency_proof(from_size, to_size, EVERY_TILE.read)
    with pytest.raises(ProofError, match="no proof leads"):
        verify_consistency(from_size, to_size, [], EMPTY_ROOT, EMPTY_ROOT)


def test_a_proof_beyond_the_stored_tiles_is_refused() -> None:
    with pytest.raises(ProofError, match="hashes are needed"):
        inclusion_proof(0, 70_001, EVERY_TILE.read)


def vectors(kind: str) -> list[dict[str, Any]]:
    path = VECTORS / f"{kind}.jsonl"
    if not path.exists():
        pytest.skip("the published RFC 6962 vectors are kept outside the project")
    return [json.loads(line) for line in path.read_text().splitlines()]


def decoded(encoded: str | None) -> bytes:
    return base64.b64decode(encoded or "")


@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_published_proofs_are_judged_as_published(kind: str) -> None:
    for vector in vectors(kind):
        assert verifies(kind, vector) is not vector["wantErr"], vector["name"]


def verifies(kind: str, vector: dict[str, Any]) -> bool:
    proof = [decoded(encoded) for encoded in vector["proof"] or []]
    try:
        if kind == "inclusion":
            leaf, index, size = decoded(vector["leafHash"]), vector["leafIdx"], vector["treeSize"]
            verify_inclusion(leaf, index, size, proof, decoded(vector["root"]))
        else:
            roots = decoded(vector["root1"]), decoded(vector["root2"])
            verify_consistency(vector["size1"], vector["size2"], proof, *roots)
    except ProofError:
        return False
    return True
