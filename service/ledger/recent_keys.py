"""Data keys that were used lately, kept in memory so that few reads reach the key store."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable

from service.ledger.sealing import DataKey


class RecentKeys:
    """A bounded memory of keys; safe to use from many threads.

    Args:
        most: how many are kept; the one unused for longest goes first.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._keys: OrderedDict[str, DataKey] = OrderedDict()
        self._lock = threading.Lock()
        self._times_forgotten = 0

    def find(self, key_ids: Collection[str]) -> tuple[list[DataKey], int]:
        """Return those of the keys that are here, and a mark for `add`."""
        with self._lock:
            found = [self._keys[key_id] for key_id in key_ids if key_id in self._keys]
            self._remember(found)
            return found, self._times_forgotten

    def add(self, keys: Iterable[DataKey], mark: int | None = None) -> None:
        """Remember keys, unless some were forgotten since the mark.

        A key destroyed since the reading of it began must not come back into memory.
        """
        with self._lock:
            if mark in (None, self._times_forgotten):
                self._remember(keys)

    def forget(self, key_ids: Iterable[str] | None = None) -> None:
        """Drop keys, or all of them: somebody destroyed some."""
        with self._lock:
            self._times_forgotten += 1
            if key_ids is None:
                self._keys.clear()
                return
            for key_id in key_ids:
                self._keys.pop(key_id, None)

    def _remember(self, keys: Iterable[DataKey]) -> None:
        for key in keys:
            self._keys[key.key_id] = key
            self._keys.move_to_end(key.key_id)
        while len(self._keys) > self._most:
            self._keys.popitem(last=False)
