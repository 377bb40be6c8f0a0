"""Which hidden values of an entry somebody may read, by the levels that they may read."""

from __future__ import annotations

import functools
from typing import Final

from domain.catalog import EVENT_TYPES
from domain.ledger.body import CONFIDENTIAL_CLAIMS
from domain.ledger.disclosure import Level, levels

# To open an address is to disclose it, which `discloseAddress` records.
_OPENED_BY_COMMAND: Final = frozenset({"data.address"})

_CONFIDENTIAL_TYPES: Final = [event for event in EVENT_TYPES.values() if event.confidential]


@functools.cache
def readable_paths(stored_name: str | None, readable: frozenset[Level]) -> frozenset[str]:
    """Return the paths of an event's hidden values that have one of some levels.

    Args:
        stored_name: the event's; ``None`` for any of those that confidential entries hide.
        readable: the levels.
    """
    paths: set[str] = set()
    if Level.STAFF in readable:
        paths |= {"actorId"} if stored_name else CONFIDENTIAL_CLAIMS
    withheld = set(_OPENED_BY_COMMAND)
    for event in [EVENT_TYPES[stored_name]] if stored_name else _CONFIDENTIAL_TYPES:
        for name, level in levels(event).items():
            (paths if level in readable else withheld).add(f"data.{name}")
    # The type of a confidential entry is itself hidden: what one of them withholds, all do.
    return frozenset(paths - withheld)
