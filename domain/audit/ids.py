"""Whether an id was seen before, of very many, in 24 to 40 bytes for each."""

from __future__ import annotations

from array import array
from typing import Final

_ID_BYTES: Final = 16
_FIRST_PLACES: Final = 1 << 14
_TOGETHER: Final = 1 << 10
"""How many ids are packed at a time, which is quicker than each by itself."""
_MARK: Final = (1 << 63) - 1


class Ids:
    """A set of 128-bit ids.

    A table tells by a mark of each id, its hash; what is marked alike is looked for among all.
    Python draws anew in each process how text is hashed, so nobody can make ids that are.
    """

    def __init__(self) -> None:
        self._table = array("Q", bytes(8 * _FIRST_PLACES))
        self._all = bytearray()
        self._latest: list[str] = []

    def add(self, entry_id: str) -> bool:
        """Add an id, lower-case hex, and return whether it is new."""
        mark = hash(entry_id) & _MARK or 1
        table = self._table
        last = len(table) - 1
        place = mark & last
        while there := table[place]:
            if there == mark and self._has(entry_id):
                return False
            place = (place + 1) & last
        table[place] = mark
        self._latest.append(entry_id)
        if len(self._latest) == _TOGETHER:
            self._pack()
            if 2 * len(self._all) > _ID_BYTES * len(table):
                self._grow()
        return True

    def _has(self, entry_id: str) -> bool:
        self._pack()
        sought = bytes.fromhex(entry_id)
        place = self._all.find(sought)
        while place > 0 and place % _ID_BYTES:
            place = self._all.find(sought, place + 1)
        return place >= 0

    def _pack(self) -> None:
        self._all += bytes.fromhex("".join(self._latest))
        self._latest.clear()

    def _grow(self) -> None:
        marks = filter(None, self._table)
        self._table = array("Q", bytes(8 * 2 * len(self._table)))
        table, last = self._table, len(self._table) - 1
        for mark in marks:
            place = mark & last
            while table[place]:
                place = (place + 1) & last
            table[place] = mark
