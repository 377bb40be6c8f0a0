"""Salts and ids of entries, drawn from the operating system many at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from domain.ledger.entry import salts_from

_RANDOM_BYTES: Final = 16
_DRAWS: Final = 256


def fresh_salts() -> Iterator[str]:
    """Yield salts for ever."""
    for drawn in _drawn(_RANDOM_BYTES * _DRAWS, 1):
        yield from salts_from(drawn)


def fresh_ids() -> Iterator[str]:
    """Yield ids for ever."""
    for drawn in _drawn(_RANDOM_BYTES, _DRAWS):
        yield drawn.hex()


def _drawn(length: int, count: int) -> Iterator[bytes]:
    """Yield random bytes, drawn many at a time: a system call each costs more."""
    while True:
        drawn = os.urandom(length * count)
        for start in range(0, len(drawn), length):
            yield drawn[start : start + length]
