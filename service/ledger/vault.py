"""Hidden values: sealed when an entry is appended, opened when somebody may read them.

A value about a person is sealed under that person's key, any other under the key of
its stream. The ledger's database says which subject uses which key; the key itself is
in the key store, so that destroying it there hides the value for ever.
"""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec
import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPICursor

from domain.ledger.disclosure import Event, Level, levels, person_of
from domain.ledger.entry import Disclosure, Envelope, canonical_json
from service.ledger import tables
from service.ledger.key_faults import KeyStoreFault
from service.ledger.keys import KeyStore, Missing
from service.ledger.sealing import DataKey, open_sealed, place, seal
from service.ledger.sql import Insert, Statement, is_any_of, list_bind

_CACHED_SUBJECTS: Final = 20_000


SealedValue = tuple[str, str, bytes]
"""One hidden value as it is stored: its path, the id of its key, the ciphertext."""

_decoder = msgspec.msgpack.Decoder(list[SealedValue])
_encode = msgspec.msgpack.Encoder().encode

NOTHING: Final = _encode([])
"""The stored form of no values."""


def values_at(stored: bytes, path: str) -> list[tuple[str, bytes]]:
    """Return the key's id and the ciphertext of the value at a path; one, if any."""
    return [(key_id, sealed) for at, key_id, sealed in _decoder.decode(stored) if at == path]


def resealed(
    where: tuple[str, str], stored: bytes, without: str | None, keys: tuple[DataKey, DataKey] | None
) -> bytes:
    """Return an entry's hidden values under another key, one of them without its ciphertext.

    Args:
        where: the log's origin and the entry's id.
        stored: the stored form.
        without: the path of the value that is left empty; its key's id stays beside it.
        keys: the key to leave and the one to take; without them nothing is sealed again.
    """
    origin, entry_id = where

    def again(path: str, key_id: str, sealed: bytes) -> SealedValue:
        if path == without:
            return path, key_id, b""
        if keys is None or key_id != keys[0].key_id or not sealed:
            return path, key_id, sealed
        at = place(origin, entry_id, path)
        return path, keys[1].key_id, seal(keys[1], at, open_sealed(keys[0], at, sealed))

    return _encode([again(*value) for value in _decoder.decode(stored)])


class Unsealed(NamedTuple):
    """A new entry with its hidden values."""

    envelope: Envelope
    event: Event
    disclosures: Sequence[Disclosure]


class Sealer:
    """Seals the values of new entries; used by the writer alone.

    Subjects that got a key in a transaction are collected until the writer stores
    them with `new_subjects`, and taken back with `forget` when it did not commit.
    """

    def __init__(self, dialect: Dialect, origin: str, keys: KeyStore) -> None:
        self._dialect = dialect
        self._origin = origin
        self._keys = keys
        self._known: OrderedDict[str, DataKey] = OrderedDict()
        self._new: dict[str, DataKey] = {}
        subject_keys = tables.subject_keys
        self._find = Statement(
            dialect,
            sa.select(subject_keys.c.subject, subject_keys.c.key_id).where(
                sa.text(is_any_of(dialect, "subject", "subjects"))
            ),
        )
        self._insert = Insert(dialect, subject_keys)

    def unknown(self, entries: Sequence[Unsealed]) -> list[str]:
        """Return the subjects of entries of which it is not known whether they have a key."""
        # A stream that begins now has none.
        begun = {f"stream:{each.envelope.stream}" for each in entries if each.envelope.version == 1}
        subjects = {subject for under in _subjects(entries) for subject in under}
        # Not as a difference of sets, which would walk through all that is known.
        return [each for each in subjects if each not in self._known and each not in begun]

    def ask(self, cursor: DBAPICursor, subjects: Sequence[str]) -> None:
        """Send for the keys of subjects; `take` fetches them from the same cursor."""
        self._find.run(cursor, {"subjects": list_bind(self._dialect, subjects)})

    def take(self, cursor: DBAPICursor) -> None:
        """Know the keys that were sent for.

        Raises:
            KeyStoreFault: a key was destroyed.
        """
        key_ids = dict(cursor.fetchall())
        keys = self._keys.get_many(key_ids.values())
        for subject, key_id in key_ids.items():
            key = keys[key_id]
            if key is Missing.DESTROYED:
                raise KeyStoreFault(
                    f"The key {key_id} was destroyed, and an entry about what it hid was to be "
                    "made."
                )
            self._known[subject] = key

    def seal(self, entries: Sequence[Unsealed]) -> list[bytes]:
        """Return the stored form of each entry's hidden values, after `take`.

        A subject that has no key gets one.
        """
        subjects = _subjects(entries)
        for subject in {subject for under in subjects for subject in under}:
            if subject in self._known:
                self._known.move_to_end(subject)
            else:
                self._known[subject] = self._new[subject] = self._keys.take()
        return [
            _encode(self._sealed(under, envelope.entry_id, disclosures))
            for under, (envelope, _, disclosures) in zip(subjects, entries, strict=True)
        ]

    def store_new_subjects(self, cursor: DBAPICursor) -> None:
        """Insert which keys the new subjects use, in the append transaction."""
        self._insert.run(
            cursor,
            [{"subject": subject, "key_id": key.key_id} for subject, key in self._new.items()],
        )

    def committed(self) -> None:
        """Keep the new subjects: they are durable now."""
        self._new.clear()
        while len(self._known) > _CACHED_SUBJECTS:
            self._known.popitem(last=False)

    def forget_all(self) -> None:
        """Drop every subject: another process gave some of them another key."""
        self._known.clear()
        self._new.clear()

    def forget(self) -> None:
        """Drop the subjects of a transaction that did not commit."""
        for subject in self._new:
            self._known.pop(subject, None)
        self._new.clear()

    def _sealed(
        self, under: Sequence[str], entry_id: str, disclosures: Sequence[Disclosure]
    ) -> list[SealedValue]:
        # The place of every value of an entry begins alike.
        before = place(self._origin, entry_id, "")
        known = self._known
        return [
            (
                path := disclosure.path,
                (key := known[subject]).key_id,
                seal(
                    key,
                    before + path.encode(),
                    canonical_json([disclosure.salt, disclosure.value]),
                ),
            )
            for subject, disclosure in zip(under, disclosures, strict=True)
        ]


class Opener:
    """Opens stored values, for whoever was found entitled to them."""

    def __init__(self, origin: str, keys: KeyStore) -> None:
        self.origin = origin
        self._keys = keys

    def open_all(
        self, sealed: Sequence[tuple[str, bytes, frozenset[str] | None]]
    ) -> list[list[Disclosure]]:
        """Open the values of many entries with one look into the key store.

        Args:
            sealed: for each entry its id, its stored form, and the paths to open, where
                ``None`` opens whatever has a key.

        Returns:
            For each entry its disclosures. A value that was erased is left out.

        Raises:
            KeyLost: a key is missing that nobody destroyed.
            SealBrokenError: a stored value was changed or moved.
        """
        return [
            [Disclosure(path, salt, value) for path, salt, value in opened]
            for opened in self._open(sealed)
        ]

    def open_values(
        self, sealed: Sequence[tuple[str, bytes, frozenset[str] | None]]
    ) -> list[dict[str, Any]]:
        """Do the same for readers who need no salts: return values by path."""
        return [{path: value for path, _, value in opened} for opened in self._open(sealed)]

    def erased(self, stored: Sequence[bytes]) -> list[frozenset[str]]:
        """Return, for the stored form of each entry, the paths of the values that were erased."""
        decoded = [_decoder.decode(each) for each in stored]
        keys = self._keys.get_many({key_id for values in decoded for _, key_id, _ in values})
        return [
            frozenset(
                path
                for path, key_id, sealed in values
                if not sealed or keys[key_id] is Missing.DESTROYED
            )
            for values in decoded
        ]

    def _open(
        self, sealed: Sequence[tuple[str, bytes, frozenset[str] | None]]
    ) -> list[list[tuple[str, str, Any]]]:
        wanted = [
            (
                entry_id,
                [value for value in _decoder.decode(blob) if paths is None or value[0] in paths],
            )
            for entry_id, blob, paths in sealed
        ]
        keys = self._keys.get_many({value[1] for _, values in wanted for value in values})
        origin = self.origin
        return [
            [
                (path, *orjson.loads(open_sealed(key, before + path.encode(), ciphertext)))
                for path, key_id, ciphertext in values
                # What was expunged has no ciphertext, whether or not its key is destroyed yet.
                if ciphertext and isinstance(key := keys[key_id], DataKey)
            ]
            for entry_id, values in wanted
            # The place of every value of an entry begins alike.
            for before in (place(origin, entry_id, ""),)
        ]


def _subjects(entries: Sequence[Unsealed]) -> list[list[str]]:
    """Return whose key hides each value of each entry."""
    return [
        [_subject(envelope, event, each.path) for each in disclosures]
        for envelope, event, disclosures in entries
    ]


def _subject(envelope: Envelope, event: Event, path: str) -> str:
    """Return whose key hides a value.

    An individual is a stream and a person under one id, with two keys: what the rules need must
    outlast the person's erasure.
    """
    if path in _personal_paths(type(event)):
        return f"person:{person_of(envelope.stream, event)}"
    return f"stream:{envelope.stream}"


@functools.cache
def _personal_paths(event_type: type[Event]) -> frozenset[str]:
    return frozenset(
        f"data.{name}" for name, level in levels(event_type).items() if level is Level.PERSONAL
    )
