"""What read models hold, computed from the public part of entries alone.

A row is the canonical JSON of its columns: public values, and of what is hidden the positions of
the entries that hide it. So it is the same for everybody, and an erasure changes none. The digest
of a read model is made of 4,096 buckets by the first twelve bits of a row's id: of each, SHA-256
of the hashes of its rows in the order of their ids; of all, SHA-256 of those. What did not change
is not hashed again.
"""

from __future__ import annotations

import functools
import math
import typing
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from hashlib import sha256
from typing import Any, Final, Protocol

import msgspec
from msgspec import UNSET

from domain import catalog
from domain.audit.rows import MODELS, Model, Row
from domain.coalition.custody import StateAttested
from domain.coalition.vote import Tally
from domain.ledger.commitment import canonical_json
from domain.ledger.disclosure import Event, hidden_fields
from domain.ledger.entry import EntryError
from domain.membership.membership import Membership

BUCKETS: Final = 4_096
MOST_BEHIND: Final = 65_536
"""How many entries an attestation may lie behind the position that it describes."""

_BUCKET_DIGITS: Final = 3
_EMPTY_BUCKET: Final = sha256().digest()

_PARTS: Final[Mapping[type, tuple[str, ...]]] = {
    Membership: ("sent", "signed"),
}
"""Of states that there are very many of, the parts that many have the same."""

_CANDIDATES: Final[tuple[Any, ...]] = (
    *(None, "", 0, False, [], {}, "0" * 32, "0" * 64, "2000-01-01"),
)


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

    state: catalog.State
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
        self._kinds = {kind: folds for folds in self._models.values() for kind in folds.kinds}
        self._reached = 0

    def take(self, position: int, placed: Placed, event: Event) -> None:
        """Take in an open entry; what it hides is not looked at.

        Raises:
            EntryError: it attests what is not so.
        """
        kind = catalog.kind_of(event)
        if (folds := self._kinds.get(kind)) is not None:
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
        self._parts: dict[object, object] = {}

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
        if before is None:
            state, began = catalog.empty_state(kind, stream), position
        else:
            state, began = before.state, before.began
        state = catalog.evolve(state, _filled(event), effective)
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
        while waiting and waiting[0].position <= position:
            folded = waiting.popleft()
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
            self._share(folded.state)
        self._due.clear()

    def _share(self, state: catalog.State) -> None:
        """Let a state have the parts of others that are equal: most memory goes into those."""
        if len(self._parts) > MOST_BEHIND:
            self._parts.clear()
        share = self._parts.setdefault
        for name in _PARTS.get(type(state), ()):
            part = getattr(state, name)
            key = tuple(part.items()) if isinstance(part, dict) else part
            msgspec.structs.force_setattr(state, name, share(key, part))


def _filled(event: Event) -> Event:
    """Return an event with something of the right kind in place of each hidden value.

    Rules read some of them into states; no row that is attested shows what they are.
    """
    fillers = _fillers(type(event))
    return msgspec.structs.replace(event, **fillers) if fillers else event


@functools.cache
def _fillers(event_type: type[Event]) -> dict[str, object]:
    hints = typing.get_type_hints(event_type, include_extras=True)
    return {name: _filler(hints[name]) for name in hidden_fields(event_type)}


def _filler(hint: Any) -> object:  # noqa: ANN401 - a type
    kinds = [each for each in typing.get_args(typing.get_args(hint)[0]) if each is not type(UNSET)]
    for kind in kinds or [typing.get_args(hint)[0]]:
        if isinstance(kind, type) and issubclass(kind, Enum):
            return next(iter(kind))
        if kind is Tally:
            return Tally(approve=0, against=0, abstain=0)
        for candidate in _CANDIDATES:
            try:
                return msgspec.convert(candidate, kind)
            except msgspec.ValidationError:
                continue
    return UNSET
