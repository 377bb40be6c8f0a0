"""What read models hold, computed from the public part of entries alone.

A row is the canonical JSON of its columns: public values, and of what is hidden the positions of
the entries that hide it. So it is the same for everybody, and an erasure changes none. The digest
of a read model is made of 4,096 buckets by the first twelve bits of a row's id: of each, SHA-256
of the hashes of its rows in the order of their ids; of all, SHA-256 of those. What did not change
is not hashed again.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from datetime import date
from hashlib import sha256
from typing import Any, Final, Protocol

import msgspec

from domain import catalog
from domain.audit.rows import MODELS, Model, Row
from domain.coalition.custody import StateAttested
from domain.ledger.commitment import canonical_json
from domain.ledger.disclosure import Event
from domain.ledger.entry import EntryError

BUCKETS: Final = 4_096
MOST_BEHIND: Final = 65_536
"""How many entries an attestation may lie behind the position that it describes."""

_BUCKET_DIGITS: Final = 3
_EMPTY_BUCKET: Final = sha256().digest()


class Rows:
    """The rows of one read model, as their hashes."""

    def __init__(self) -> None:
        self._buckets: dict[int, tuple[dict[str, bytes], list[str]]] = {}
        self._hashes = [_EMPTY_BUCKET] * BUCKETS
        self._changed: set[int] = set()
        self.count = 0

    def put(self, row_id: str, hashed: bytes) -> None:
        """Set the hash of a row."""
        number = int(row_id[:_BUCKET_DIGITS], 16)
        if (bucket := self._buckets.get(number)) is None:
            bucket = self._buckets[number] = ({}, [])
        rows, order = bucket
        if row_id not in rows:
            self.count += 1
            order.append(row_id)
        rows[row_id] = hashed
        self._changed.add(number)

    def digest(self) -> str:
        """Return the digest over all rows, lower-case hex."""
        for number in self._changed:
            rows, order = self._buckets[number]
            order.sort()  # most of them stand in their order since the last time
            self._hashes[number] = sha256(b"".join(map(rows.__getitem__, order))).digest()
        self._changed.clear()
        return sha256(b"".join(self._hashes)).hexdigest()


def row_hash(row: Row) -> bytes:
    """Return the hash of one row."""
    return sha256(canonical_json(row)).digest()


def digest_of(rows: Iterable[Row]) -> tuple[int, str]:
    """Return how many rows there are, and their digest."""
    found = Rows()
    for row in rows:
        found.put(str(row[0]), row_hash(row))
    return found.count, found.digest()


class _Folded(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A stream's state after an entry, and the positions that rows tell."""

    state: Any
    began: int
    position: int


class Placed(Protocol):
    """Where an entry stands, as `Envelope` says it."""

    @property
    def stream(self) -> str:
        """The id of its stream."""

    @property
    def effective(self) -> date:
        """The day from which it holds."""


class PublicState:
    """Folds what entries show, and checks attestations against it.

    Rows are made as late as an attestation needs them, since it describes a position before its
    own, and most rows change again before the next.
    """

    def __init__(self) -> None:
        self.checked = 0
        self._models = {name: _Folds(model) for name, model in MODELS.items()}
        self._takes = {
            event_type: (kind, folds)
            for kind, event_type in catalog.KINDS
            for folds in self._models.values()
            if kind in folds.kinds
        }
        self._reached = 0

    def take(self, position: int, placed: Placed, event: Event) -> None:
        """Take in an open entry; what it hides is not looked at.

        Raises:
            EntryError: it attests what is not so.
        """
        if (taken := self._takes.get(type(event))) is not None:
            kind, folds = taken
            folds.take(position, kind, placed.stream, event, placed.effective)
        elif isinstance(event, StateAttested):
            self._check(position, event)

    def digest(self, name: str) -> tuple[int, str]:
        """Return number and digest of a model's rows after all that was taken in."""
        for folds in self._models.values():
            self._reached = max(self._reached, folds.reach(math.inf))
        return self._models[name].digest()

    def rows(self, name: str) -> dict[str, Row]:
        """Return a model's rows after all that was taken in, by their ids."""
        return self._models[name].rows()

    def _check(self, position: int, event: StateAttested) -> None:
        model = MODELS.get(event.model)
        if model is None or model.version != event.version:
            raise EntryError("it attests a read model, or a version of one, that is not known here")
        if not self._reached <= event.position < position:
            raise EntryError("it attests a position that is not between the one before and its own")
        if position - event.position > MOST_BEHIND:
            raise EntryError("it attests a position too far behind")
        self._reached = event.position
        folds = self._models[event.model]
        folds.reach(event.position)
        if folds.digest() != (event.rows, event.digest):
            raise EntryError(
                f"what it attests of {event.model} does not follow from the entries up to "
                f"position {event.position}"
            )
        self.checked += 1


class _Folds:
    """The streams of one read model, as they are now and as rows tell them so far."""

    def __init__(self, model: Model) -> None:
        self.kinds = model.kinds
        self._model = model
        self._streams: dict[catalog.StateKind, dict[str, _Folded]] = {
            kind: {} for kind in model.kinds
        }
        self._waiting: deque[_Folded] = deque()
        self._due: dict[str, _Folded] = {}
        self._hashed = Rows()

    def take(
        self,
        position: int,
        kind: catalog.StateKind,
        stream: str,
        event: Event,
        effective: date,
    ) -> None:
        """Fold one event of a kind of stream."""
        streams = self._streams[kind]
        before = streams.get(stream)
        model = self._model
        if before is None:
            state, began = model.begin(kind, stream), position
        else:
            state, began = before.state, before.began
        state = model.fold(state, event, effective)
        streams[stream] = folded = _Folded(state, began, position)
        waiting = self._waiting
        waiting.append(folded)
        if len(waiting) > 2 * MOST_BEHIND:
            # Nothing is attested of what lies further behind.
            self.reach(waiting[MOST_BEHIND].position)
            self._hash_due()

    def reach(self, position: float) -> int:
        """Let rows tell the streams up to a position; return the last that changed one."""
        waiting, due, last = self._waiting, self._due, 0
        while waiting:
            folded = waiting[0]
            if folded.position > position:
                break
            waiting.popleft()
            due[folded.state.id] = folded
            last = folded.position
        return last

    def digest(self) -> tuple[int, str]:
        """Return number and digest of rows."""
        self._hash_due()
        return self._hashed.count, self._hashed.digest()

    def rows(self) -> dict[str, Row]:
        """Return the rows of all streams, as they are now."""
        return {
            stream: self._row(folded)
            for streams in self._streams.values()
            for stream, folded in streams.items()
        }

    def _row(self, folded: _Folded) -> Row:
        return self._model.row(folded.state, folded.began, folded.position)

    def _hash_due(self) -> None:
        for stream, folded in self._due.items():
            self._hashed.put(stream, row_hash(self._row(folded)))
        self._due.clear()
