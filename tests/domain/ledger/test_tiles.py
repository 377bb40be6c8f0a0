"""Paths of tiles and bundles of entries, by the letter of C2SP tlog-tiles."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.tiles import (
    TileError,
    TilePath,
    decode_bundle,
    encode_bundle,
    tiles_of,
)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (TilePath(0, 0), "tile/0/000"),
        (TilePath(0, 67), "tile/0/067"),
        (TilePath(1, 1067), "tile/1/x001/067"),
        (TilePath(63, 1_234_067), "tile/63/x001/x234/067"),
        (TilePath(0, 999), "tile/0/999"),
        (TilePath(0, 1000, 112), "tile/0/x001/000.p/112"),
        (TilePath(0, 273, 1, entries=True), "tile/entries/273.p/1"),
    ],
)
def test_a_tile_has_one_path(tile: TilePath, path: str) -> None:
    assert str(tile) == path
    assert TilePath.parse(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/tile/0/000",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/0/x000/067",
        "tile/0/001/067",
        "tile/0/x001/x067",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000.p",
        "tile/0/000/",
        "tile/0/000\n",
        "tile/entry/000",
        "tile/0/\u0661\u0661\u0661",
        "tile/0/" + "x001/" * 7 + "000",
    ],
)
def test_anything_else_is_no_path(path: str) -> None:
    with pytest.raises(TileError):
        TilePath.parse(path)


@given(
    st.integers(0, 63), st.integers(0, 2**55), st.integers(1, 256), st.sampled_from([True, False])
)
def test_paths_round_trip(level: int, number: int, width: int, entries: bool) -> None:  # noqa: FBT001 - hypothesis gives them by place
    tile = TilePath(0 if entries else level, number, width, entries)
    assert TilePath.parse(str(tile)) == tile


@given(st.text(alphabet="tile/0123x.pentrs\n٣", max_size=30) | st.text(max_size=30))
def test_whatever_is_read_is_written_back_or_refused(path: str) -> None:
    with contextlib.suppress(TileError):
        assert str(TilePath.parse(path)) == path


def test_a_tree_of_70_000_has_the_tiles_that_the_specification_counts() -> None:
    tiles = list(tiles_of(70_000))
    hashes = [tile for tile in tiles if not tile.entries]
    by_level = [[tile.width for tile in hashes if tile.level == level] for level in range(3)]
    assert by_level == [[256] * 273 + [112], [256, 17], [1]]
    assert [tile.width for tile in tiles if tile.entries] == by_level[0]


def test_a_tree_of_256_has_a_full_tile_and_one_hash_above_it() -> None:
    assert [str(tile) for tile in tiles_of(256)] == [
        "tile/0/000",
        "tile/entries/000",
        "tile/1/000.p/1",
    ]


def test_an_empty_tree_has_none() -> None:
    assert list(tiles_of(0)) == []


@given(st.integers(0, 70_000), st.integers(0, 70_000))
def test_what_came_since_is_what_was_not_there_in_full(since: int, more: int) -> None:
    known = {tile for tile in tiles_of(since) if tile.width == 256}
    size = since + more
    assert list(tiles_of(size, since)) == [tile for tile in tiles_of(size) if tile not in known]


@given(st.integers(0, 70_000))
def test_every_tile_of_a_tree_is_within_it_and_nothing_more_is(size: int) -> None:
    tiles = list(tiles_of(size))
    assert all(tile.is_within(size) for tile in tiles)
    last = max((tile.number for tile in tiles if tile.entries), default=-1)
    assert not TilePath(0, last + 1, 1).is_within(size)
    width = next((tile.width for tile in tiles if tile.entries and tile.number == last), 0)
    if width < 256:
        assert not TilePath(0, max(last, 0), width + 1, entries=True).is_within(size)


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_bundles_round_trip(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries)) == entries


def test_an_entry_of_the_greatest_length_fits() -> None:
    assert decode_bundle(encode_bundle([bytes(65_535)])) == [bytes(65_535)]


@given(st.binary(max_size=600))
def test_whatever_bytes_are_a_bundle_or_refused(bundle: bytes) -> None:
    with contextlib.suppress(TileError):
        assert encode_bundle(decode_bundle(bundle)) == bundle


def test_a_bundle_cut_short_or_too_long_is_refused() -> None:
    bundle = encode_bundle([b"one", b"two"])
    for end in (1, 2, 4, 6, 7, 9):
        with pytest.raises(TileError, match="middle"):
            decode_bundle(bundle[:end])
    with pytest.raises(TileError, match="at most"):
        decode_bundle(encode_bundle([b""] * 257))
