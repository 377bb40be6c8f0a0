"""Salts and ids of entries, drawn from the operating system many at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from domain.ledger.entry import salts_from

_RANDOM_BYTES: Final = 16
_ID_BYTES: Final = 12
_DRAWS: Final = 256


def fresh_salts() -> Iterator[str]:
    """Yield salts for ever."""
    for drawn in _drawn(_RANDOM_BYTES * _DRAWS, 1):
        yield from salts_from(drawn)


def entry_id(recorded_at: datetime, drawn: str) -> str:
    """Return the id of an entry, 32 digits: the day it was recorded on, then what was drawn.

    Ids that begin with their day stand together at the end of their index, however large it
    is. A confidential entry tells its day and no more, so that an id must not either.

    Args:
        recorded_at: in UTC.
        drawn: one of `fresh_ids`.
    """
    return f"{recorded_at:%Y%m%d}{drawn}"


def fresh_ids() -> Iterator[str]:
    """Yield what makes ids of one day different, for ever."""
    for drawn in _drawn(_ID_BYTES, _DRAWS):
        yield drawn.hex()


def _drawn(length: int, count: int) -> Iterator[bytes]:
    """Yield random bytes, drawn many at a time: a system call each costs more."""
    while True:
        drawn = os.urandom(length * count)
        for start in range(0, len(drawn), length):
            yield drawn[start : start + length]
