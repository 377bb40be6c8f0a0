"""What read models hold, computed from the public part of entries alone.

A row is the canonical JSON of its columns: public values, and of what is hidden the positions of
the entries that hide it. So it is the same for everybody, and an erasure changes none. The digest
of a read model is made of 4,096 buckets by the first twelve bits of a row's id: of each, SHA-256
of the hashes of its rows in the order of their ids; of all, SHA-256 of those. What did not change
is not hashed again.
"""

from __future__ import annotations

import functools
import typing
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from hashlib import sha256
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import UNSET

from domain import catalog
from domain.coalition.coalition import Coalition
from domain.coalition.custody import StateAttested
from domain.ledger.commitment import canonical_json
from domain.ledger.disclosure import Event, hidden_fields
from domain.ledger.entry import EntryError, Envelope
from domain.membership.application import Application
from domain.membership.membership import Membership

BUCKETS: Final = 4_096
MOST_BEHIND: Final = 65_536
"""How many entries an attestation may lie behind the position that it describes."""

_BUCKET_DIGITS: Final = 3
_EMPTY_BUCKET: Final = sha256().digest()

_CANDIDATES: Final[tuple[Any, ...]] = (
    *(None, "", 0, False, [], {}, "0" * 32, "0" * 64, "2000-01-01"),
)

Row: TypeAlias = Sequence[object]
"""The values of a row's columns; the first is its id."""


class Rows:
    """The rows of one read model, as their hashes."""

    def __init__(self) -> None:
        self._buckets: dict[int, dict[str, bytes]] = {}
        self._hashes = [_EMPTY_BUCKET] * BUCKETS
        self._changed: set[int] = set()
        self.count = 0

    def put(self, row_id: str, hashed: bytes) -> None:
        """Set the hash of a row."""
        number = int(row_id[:_BUCKET_DIGITS], 16)
        bucket = self._buckets.setdefault(number, {})
        self.count += row_id not in bucket
        bucket[row_id] = hashed
        self._changed.add(number)

    def digest(self) -> str:
        """Return the digest over all rows, lower-case hex."""
        for number in self._changed:
            bucket = self._buckets[number]
            hashes = (bucket[row_id] for row_id in sorted(bucket))
            self._hashes[number] = sha256(b"".join(hashes)).digest()
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


class _Folded(msgspec.Struct):
    """A stream's state, and the positions of its entries that rows tell."""

    state: catalog.State
    began: int


class Model(msgspec.Struct, frozen=True):
    """A read model that is attested.

    Attributes:
        version: of what its rows are made of.
        kind: the streams that it has a row of.
        row: makes the row.
    """

    version: int
    kind: catalog.StateKind
    row: Callable[[Any, int, int], Row]


def _membership(state: Membership, began: int, position: int) -> Row:
    return (
        *(state.id, state.tier, state.status, state.agreement),
        *(state.since, state.version, began, position),
    )


def _application(state: Application, began: int, _: int) -> Row:
    return (state.id, state.kind, state.tier, state.phase, state.version, began)


def _coalition(state: Coalition, _: int, __: int) -> Row:
    templates = {name: each.version for name, each in state.templates.items()}
    return (
        *(state.id, state.name, state.time_zone, state.policy, state.policy_version),
        *(state.seats, templates),
    )


MODELS: Final[Mapping[str, Model]] = {
    "applications": Model(1, "application", _application),
    "coalition": Model(1, "coalition", _coalition),
    "memberships": Model(1, "membership", _membership),
}
"""The read models that are attested, by name."""

_MODEL_OF: Final = {model.kind: name for name, model in MODELS.items()}


class PublicState:
    """Folds what entries show, and checks attestations against it.

    Rows are taken in as late as an attestation needs them, since it describes a position before
    its own.
    """

    def __init__(self) -> None:
        self.checked = 0
        self._states: dict[str, _Folded] = {}
        self._rows = {name: Rows() for name in MODELS}
        self._waiting: deque[tuple[int, str, str, bytes]] = deque()
        self._reached = 0

    def take(self, position: int, envelope: Envelope, event: Event) -> None:
        """Take in an open entry; what it hides is not looked at.

        Raises:
            EntryError: it attests what is not so.
        """
        if isinstance(event, StateAttested):
            self._check(position, event)
            return
        kind = catalog.kind_of(event)
        name = _MODEL_OF.get(kind)
        if name is None:
            return
        stream = envelope.stream
        folded = self._states.get(stream)
        if folded is None:
            folded = self._states[stream] = _Folded(catalog.empty_state(kind, stream), position)
        folded.state = catalog.evolve(folded.state, _filled(event), envelope.effective)
        row = MODELS[name].row(folded.state, folded.began, position)
        self.made(name, stream, row)
        self._waiting.append((position, name, stream, row_hash(row)))
        while position - self._waiting[0][0] > MOST_BEHIND:
            self._put()

    def made(self, name: str, stream: str, row: Row) -> None:
        """Called with each row that an entry makes; for whoever compares rows."""

    def digest(self, name: str) -> tuple[int, str]:
        """Return number and digest of a model's rows after all that was taken in."""
        while self._waiting:
            self._put()
        return self._rows[name].count, self._rows[name].digest()

    def _check(self, position: int, event: StateAttested) -> None:
        model = MODELS.get(event.model)
        if model is None or model.version != event.version:
            raise EntryError("it attests a read model, or a version of one, that is not known here")
        if not self._reached <= event.position < position:
            raise EntryError("it attests a position that is not between the one before and its own")
        if position - event.position > MOST_BEHIND:
            raise EntryError("it attests a position too far behind")
        while self._waiting and self._waiting[0][0] <= event.position:
            self._put()
        self._reached = event.position
        rows = self._rows[event.model]
        if (rows.count, rows.digest()) != (event.rows, event.digest):
            raise EntryError(
                f"what it attests of {event.model} does not follow from the entries up to "
                f"position {event.position}"
            )
        self.checked += 1

    def _put(self) -> None:
        position, name, stream, hashed = self._waiting.popleft()
        self._rows[name].put(stream, hashed)
        self._reached = max(self._reached, position)


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
        for candidate in _CANDIDATES:
            try:
                return msgspec.convert(candidate, kind)
            except msgspec.ValidationError:
                continue
    return UNSET
