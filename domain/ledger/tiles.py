"""Where a log's tree lies on a web host, and how its entries are bundled (C2SP tlog-tiles).

    tile/<level>/<number>[.p/<width>]        hashes, 256 unless a width says fewer
    tile/entries/<number>[.p/<width>]        the entries under a tile of level 0

Numbers are written in groups of three digits, all but the last after an ``x``: 1234067 is
``x001/x234/067``. A bundle is each entry after its length as two bytes, big-endian.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from domain.ledger.merkle import TILE_HASHES, TILE_HEIGHT

MAX_LEVEL: Final = 63

_PATH: Final = re.compile(
    r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?",
    re.ASCII,
)
_ENTRIES: Final = "entries"
_LENGTH_BYTES: Final = 2


class TileError(Exception):
    """A path or a bundle is not what its format says.

    Attributes:
        reason: what is wrong, for a person; it never repeats what was given.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, order=True)
class TilePath:
    """A tile of hashes, or a bundle of entries.

    Attributes:
        level: 0 for leaf hashes and for entries.
        number: its 0-based place in its level.
        width: how many hashes or entries it has, 1 to 256.
        entries: whether it is the bundle rather than the hashes.
    """

    level: int
    number: int
    width: int = TILE_HASHES
    entries: bool = False

    @property
    def first(self) -> int:
        """The 0-based place in its level of the first hash."""
        return self.number * TILE_HASHES

    def is_within(self, size: int) -> bool:
        """Whether a tree of this size has all of it."""
        return self.first + self.width <= size >> TILE_HEIGHT * self.level

    def __str__(self) -> str:
        """Return the path, without a leading slash."""
        level = _ENTRIES if self.entries else str(self.level)
        digits = str(self.number)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
        number = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        partial = "" if self.width == TILE_HASHES else f".p/{self.width}"
        return f"tile/{level}/{number}{partial}"

    @classmethod
    def parse(cls, path: str) -> TilePath:
        """Read a path, without a leading slash; each tile has exactly one.

        Raises:
            TileError: it is none.
        """
        found = _PATH.fullmatch(path)
        if found is None:
            raise TileError("this is not the path of a tile")
        level, groups, width = found.groups()
        entries = level == _ENTRIES
        tile = cls(
            0 if entries else int(level),
            int(groups.replace("/", "").replace("x", "")),
            TILE_HASHES if width is None else int(width),
            entries,
        )
        if tile.level > MAX_LEVEL or tile.width > TILE_HASHES or str(tile) != path:
            raise TileError("this is not how the path of a tile is written")
        return tile


def tiles_of(size: int, since: int = 0) -> Iterator[TilePath]:
    """Yield every tile and bundle of a tree, in order, those of an earlier tree left out.

    Args:
        size: the tree, and its partial tiles.
        since: an earlier size, whose full tiles are known.
    """
    level = 0
    while (hashes := size >> TILE_HEIGHT * level) > 0:
        first = (since >> TILE_HEIGHT * level) // TILE_HASHES
        full, width = divmod(hashes, TILE_HASHES)
        for number in range(first, full + bool(width)):
            tile = TilePath(level, number, TILE_HASHES if number < full else width)
            yield tile
            if level == 0:
                yield TilePath(0, number, tile.width, entries=True)
        level += 1


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Return entries, each after its length."""
    return b"".join(len(entry).to_bytes(_LENGTH_BYTES, "big") + entry for entry in entries)


def decode_bundle(bundle: bytes) -> list[bytes]:
    """Return the entries of a bundle; how many they are is for the caller to compare.

    Raises:
        TileError: it ends in the middle of an entry, or has more than 256.
    """
    return list(entries_of(bundle))


def entries_of(bundle: bytes) -> Iterator[bytes]:
    """Yield the entries of a bundle, those before a fault too; see `decode_bundle`."""
    place = count = 0
    while place < len(bundle):
        start = place + _LENGTH_BYTES
        place = start + int.from_bytes(bundle[start - _LENGTH_BYTES : start], "big")
        if start > len(bundle) or place > len(bundle):
            raise TileError(f"the bundle ends in the middle of its entry {count}")
        if count == TILE_HASHES:
            raise TileError(f"a bundle has at most {TILE_HASHES} entries")
        yield bundle[start:place]
        count += 1
