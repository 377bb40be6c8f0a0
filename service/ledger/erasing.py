"""What entries say was erased is done to keys and views: now, and again at every start.

The entry is durable first. What follows can be repeated, so that a crash between any two steps is
finished by the next start, and a backup that is older than an erasure is brought up to it:

- of a person, the key is destroyed;
- of one value, whatever else its key hides is sealed again under a new key, in one transaction
  that also makes the views of its stream anew; then the old key is destroyed.

Entries are never touched: `hidden` beside them is what changes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from domain.coalition.coalition import PersonErased, ValueExpunged
from domain.ledger.disclosure import revealed
from domain.terms import PersonId
from projections import schema
from projections.inline import InlineProjector
from projections.models import read_models
from service.faults import NotReadyError
from service.ledger import tables
from service.ledger.engine import begin_writing, vacuum
from service.ledger.keys import KeyStore
from service.ledger.reader import EntryRow, StreamReader, decode, select_entries
from service.ledger.sealing import DataKey
from service.ledger.sql import LOCK_KEY, driver_cursor
from service.ledger.vault import Opener, resealed, values_at

_CHUNK_ROWS: Final = 500
_PERSON: Final = "person:"
_TYPES: Final = (PersonErased.stored_name, ValueExpunged.stored_name)


class _Expunged(NamedTuple):
    """A value that an entry says was expunged."""

    entry: str
    path: str


class Eraser:
    """Finishes what the ledger's entries say was erased; safe to use from many threads.

    Args:
        engine: of the ledger's database.
        keys: the key store.
        opener: opens hidden values.
        coalition: id of the coalition's stream, in which erasures stand.
        blind: keyed hash of an EIN.
    """

    def __init__(
        self,
        engine: Engine,
        keys: KeyStore,
        opener: Opener,
        coalition: str,
        blind: Callable[[str], str],
    ) -> None:
        self._engine = engine
        self._keys = keys
        self._opener = opener
        self._coalition = coalition
        self._blind = blind
        self._finishing = threading.Lock()

    def finish(self) -> set[PersonId]:
        """Do whatever was recorded as erased and is not yet.

        Returns:
            People whose key was destroyed though no entry says so: this ledger is a backup that
            is older than their erasure, which is to be recorded again.

        Raises:
            KeyStoreUnavailable: a key could not be destroyed, or a copy of it still stands.
            NotReadyError: another key was destroyed, and no entry says why.
        """
        with self._finishing:
            with self._engine.connect() as connection, connection.begin():
                doomed, sealed = self._doomed(connection)
            for value, found in sealed.items():
                if any(ciphertext for _, ciphertext in found):
                    self._expunge(value)
            destroyed = self._keys.destroyed()
            try:
                if pending := sorted(doomed - destroyed):
                    self._keys.destroy(*pending)
            finally:
                if doomed:
                    # Even where nothing was left to destroy: whoever did it may have been killed
                    # before it could say so here.
                    with begin_writing(self._engine) as connection:
                        _raise_generation(connection)
            with self._engine.connect() as connection, connection.begin():
                return self._unexplained(connection, destroyed - doomed)

    def check(self, connection: Connection) -> None:
        """Refuse a ledger that is older than an expunged value; nothing is done.

        Raises:
            NotReadyError: a key was destroyed, and no entry says why.
        """
        doomed, _ = self._doomed(connection)
        self._unexplained(connection, self._keys.destroyed() - doomed)

    def _doomed(
        self, connection: Connection
    ) -> tuple[set[str], dict[_Expunged, list[tuple[str, bytes]]]]:
        """Return the keys that entries say are destroyed, and what is stored of expunged values."""
        people, values = self._recorded(connection)
        doomed = set(_keys_of(connection, tables.subject_keys.c.subject, people).values())
        sealed = {value: _sealed(connection, value) for value in values}
        doomed.update(key_id for found in sealed.values() for key_id, _ in found)
        return doomed, sealed

    def _recorded(self, connection: Connection) -> tuple[set[str], list[_Expunged]]:
        """Return the subjects that were erased, and the values that were expunged."""
        entries = tables.entries
        rows = connection.execute(
            select_entries()
            .where(entries.c.stream == self._coalition, entries.c.type.in_(_TYPES))
            .order_by(entries.c.position)
        ).all()
        people: set[str] = set()
        values: list[_Expunged] = []
        for each in decode(self._opener, [EntryRow(*row) for row in rows], None):
            if isinstance(each.event, PersonErased):
                people.add(f"{_PERSON}{revealed(each.event.person)}")
            elif isinstance(each.event, ValueExpunged):
                field = revealed(each.event.field)
                values.append(_Expunged(each.event.entry, f"data.{field}"))
        return people, values

    def _expunge(self, value: _Expunged) -> None:
        """Seal what else the value's key hides under a new one, and make the views without it."""
        with begin_writing(self._engine) as connection:
            _lock(connection)
            found = [(key_id, data) for key_id, data in _sealed(connection, value) if data]
            for key_id, _ in found:
                old = self._keys.get(key_id)
                # Of somebody who was erased nothing is left to seal again.
                keys = (old, self._keys.take()) if isinstance(old, DataKey) else None
                self._reseal(connection, key_id, value, keys)
            self._project_again(connection, value.entry)
            _raise_generation(connection)

    def _reseal(
        self,
        connection: Connection,
        key_id: str,
        expunged: _Expunged,
        keys: tuple[DataKey, DataKey] | None,
    ) -> None:
        hidden, entries, subject_keys = tables.hidden, tables.entries, tables.subject_keys
        # The key's id stands in the bytes: what it hides is found by reading all that is hidden.
        holds = sa.text(
            "position(:key_id in hidden.sealed) > 0"
            if connection.dialect.name == "postgresql"
            else "instr(hidden.sealed, :key_id) > 0"
        ).bindparams(key_id=key_id.encode())
        position = 0
        while rows := connection.execute(
            sa.select(hidden.c.position, entries.c.entry_id, hidden.c.sealed)
            .join(entries, entries.c.position == hidden.c.position)
            .where(hidden.c.position > position, holds)
            .order_by(hidden.c.position)
            .limit(_CHUNK_ROWS)
        ).all():
            for row in rows:
                where = (self._opener.origin, row.entry_id)
                without = expunged.path if row.entry_id == expunged.entry else None
                sealed = resealed(where, bytes(row.sealed), without, keys)
                connection.execute(
                    sa.update(hidden).where(hidden.c.position == row.position).values(sealed=sealed)
                )
            position = rows[-1].position
        if keys is not None:
            connection.execute(
                sa.update(subject_keys)
                .where(subject_keys.c.key_id == key_id)
                .values(key_id=keys[1].key_id)
            )

    def _project_again(self, connection: Connection, entry: str) -> None:
        """Make the rows of the entry's stream anew, as a rebuild would."""
        models = read_models(blind=self._blind)
        if schema.outdated(connection, models):
            # These views are to be rebuilt before they serve.
            return
        entries = tables.entries
        stream = connection.execute(
            sa.select(entries.c.stream).where(entries.c.entry_id == entry)
        ).scalar_one()
        cursor = driver_cursor(connection)
        recorded = StreamReader(connection.dialect, self._opener).read(cursor, [stream])[stream]
        cursor.close()
        for model in models:
            connection.execute(sa.delete(model.table).where(model.table.c.id == stream))
            if model.index is not None:
                index = model.index
                connection.execute(sa.delete(index.table).where(index.key == stream))
        InlineProjector(models).apply_batch(connection, recorded)

    @staticmethod
    def _unexplained(connection: Connection, destroyed: set[str]) -> set[PersonId]:
        """Return whose keys are gone without an entry; of a stream's, that is a fault."""
        used = _keys_of(connection, tables.subject_keys.c.key_id, destroyed)
        people = {subject for subject in used if subject.startswith(_PERSON)}
        if len(people) < len(used):
            raise NotReadyError(
                f"{len(used) - len(people)} keys of streams were destroyed, and no entry of this "
                "ledger says why: it is older than its key store. Restore the backup of the "
                "ledger's database that was made after the last value was expunged."
            )
        return {PersonId(subject.removeprefix(_PERSON)) for subject in people}


def purge(engine: Engine, keys: KeyStore) -> bool:
    """Write the files of both databases anew, without what was overwritten or deleted.

    Args:
        engine: of the ledger's database; on PostgreSQL, as the role that owns the tables.
        keys: the key store.

    Returns:
        Whether nothing is left in SQLite's write-ahead log.

    Raises:
        KeyStoreUnavailable: something reads the key store, and copies stay in its log.
    """
    keys.purge()
    models = read_models(blind=str)
    return vacuum(
        engine,
        [tables.hidden.name, *(str(table.name) for model in models for table in model.tables)],
    )


def _keys_of(
    connection: Connection, column: sa.Column[str], values: Collection[str]
) -> dict[str, str]:
    """Return key ids by subject, of those whose subject or key is among some values."""
    subject_keys = tables.subject_keys
    found: dict[str, str] = {}
    wanted = sorted(values)
    for start in range(0, len(wanted), _CHUNK_ROWS):
        rows = connection.execute(
            sa.select(subject_keys.c.subject, subject_keys.c.key_id).where(
                column.in_(wanted[start : start + _CHUNK_ROWS])
            )
        )
        found.update({row.subject: row.key_id for row in rows})
    return found


def _sealed(connection: Connection, value: _Expunged) -> list[tuple[str, bytes]]:
    """Return the key's id and the ciphertext of a value; nothing where it was never given."""
    hidden, entries = tables.hidden, tables.entries
    sealed = connection.execute(
        sa.select(hidden.c.sealed)
        .join(entries, entries.c.position == hidden.c.position)
        .where(entries.c.entry_id == value.entry)
    ).scalar()
    return [] if sealed is None else values_at(bytes(sealed), value.path)


def _lock(connection: Connection) -> None:
    """Keep everybody else from appending until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_KEY)))


def _raise_generation(connection: Connection) -> None:
    """Let every process forget what it remembers of keys, states and rows."""
    head = tables.head
    connection.execute(sa.update(head).values(generation=head.c.generation + 1))
