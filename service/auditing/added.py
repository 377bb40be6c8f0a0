"""What was added to a log since a position: entries by type and by stream."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from domain.audit.entries import CONFIDENTIAL
from domain.audit.reading import Entry
from domain.catalog import kind_of

MOST_STREAMS: Final = 100
"""Streams that are listed one by one; `record` has them all."""


class Added:
    """Counts the entries after a position; given to an audit, it is told of each.

    Args:
        since: the position.
    """

    def __init__(self, since: int) -> None:
        self.since = since
        self.types: Counter[str] = Counter()
        self._streams: dict[str, Counter[str]] = {}
        self._kinds: dict[str, str] = {}

    def __call__(self, position: int, entry: Entry) -> None:
        """Take one entry."""
        if position <= self.since:
            return
        event = entry.event
        if entry.confidential or event is None:
            self.types[CONFIDENTIAL] += 1
            return
        self.types[event.stored_name] += 1
        self._streams.setdefault(entry.stream, Counter())[event.stored_name] += 1
        self._kinds[entry.stream] = kind_of(event)

    def rows(self) -> list[tuple[str, str, int]]:
        """Return stream, kind and number of entries, of the streams with the most entries."""
        counted = sorted(
            (
                (stream, self._kinds[stream], found.total())
                for stream, found in self._streams.items()
            ),
            key=lambda row: (-row[2], row[0]),
        )
        return counted[:MOST_STREAMS]

    def record(self) -> dict[str, Any]:
        """Return all of it, for JSON."""
        return {"types": self.types, "streams": self._streams}
