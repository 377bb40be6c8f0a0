"""The key store: the data keys that hidden values are encrypted under, each wrapped by the KEK.

It is a database of its own, so that destroying a key there, and letting its short-lived
backups expire, erases every copy of a value wherever the ledger's bytes have gone. It knows
ids and wrapped keys only; the ledger records which person or stream uses which.

A key passes through these states, and a crash leaves it in one of them:

- *in the pool*: created ahead of need, many in one durable transaction. A pool that is lost
  with its process leaves keys that nobody uses, which is harmless.
- *taken*: the caller may commit entries that need it, since it was durable before.
- *destroyed*: its bytes are overwritten and a tombstone says when. A key that the ledger
  names and that has neither bytes nor tombstone is *lost*: the store is not the newest.

What erasing leaves behind: SQLite overwrites the row in place and its write-ahead log is
truncated. On PostgreSQL the table is written anew, and the server's log has the old version
until that is recycled. ``rewrap`` and the end of the old KEK make such remains useless on both.
Python cannot overwrite memory: a key lives in the process's memory until that is used again.
"""

from __future__ import annotations

import enum
import os
import re
import secrets
import threading
import time
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.engine import Engine

from service.ledger import key_rows
from service.ledger.engine import begin_writing, create_engine, truncate_log, vacuum
from service.ledger.key_encryption import KEY_BYTES, KeyEncryption, sync_folder
from service.ledger.key_faults import (
    KeyDestroyed,
    KeyLost,
    KeyStoreFault,
    KeyStoreMissing,
    KeyStoreUnavailable,
    KeyTampered,
    NotAKeyStore,
    reaching,
    require_kek,
)
from service.ledger.recent_keys import RecentKeys
from service.ledger.sealing import DataKey

POOL_KEYS: Final = 256
CACHED_KEYS: Final = 4096

_FORMAT: Final = 1
_STILL_READ: Final = (
    "While something reads the key store, copies stay in its write-ahead log: try again later."
)
_CHECK: Final = b"coalition-ledger/key-store/v1"
# Shorter than the 32 characters of a data key's id, so that the two cannot meet.
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,30}")


class Missing(enum.Enum):
    """Stands in place of a key. There is one reason: a key missing for another is a fault."""

    DESTROYED = "destroyed"  # what it hid is erased


class KeyStore:
    """An open key store; safe to use from many threads, of the process that opened it.

    Attributes:
        store_id: 128 random bits, lower-case hex; the ledger records which store it needs.
    """

    def __init__(self, engine: Engine, kek: KeyEncryption, store_id: str) -> None:
        self.store_id: Final = store_id
        self._engine = engine
        self._kek = kek
        self._process_id = os.getpid()
        # What has been made and not taken. The lock also keeps the KEK from changing.
        self._pool: deque[DataKey] = deque()
        self._filling = threading.Lock()
        self._ahead: threading.Thread | None = None
        self._recent = RecentKeys(CACHED_KEYS)

    @classmethod
    def create(cls, url: str, kek: KeyEncryption) -> KeyStore:
        """Make a key store and open it.

        Args:
            url: as for ``create_engine``; an SQLite file is made for its owner only.
            kek: wraps the keys from now on.

        Raises:
            KeyStoreExists: there is one already.
            NotAKeyStore: the SQLite file holds something else.
            KeyStoreUnavailable: the database cannot be reached or written.
        """
        store_id = secrets.token_hex(16)
        with _opening(url) as engine:
            place, file = engine.url.render_as_string(), key_rows.sqlite_file(engine)
            if file is not None:
                key_rows.make_private(file)
            with begin_writing(engine) as connection:
                key_rows.make_tables(connection, place)
                connection.execute(
                    key_rows.store.insert().values(
                        id=1,
                        format=_FORMAT,
                        store_id=store_id,
                        kek_id=kek.kek_id,
                        check_value=kek.wrap(store_id, _CHECK),
                        created_at=int(time.time()),
                    )
                )
            if file is not None:
                sync_folder(file.parent)
        return cls(engine, kek, store_id)

    @classmethod
    def open(cls, url: str, kek: KeyEncryption) -> KeyStore:
        """Open the key store at a place, and check that the KEK is the one it was wrapped by.

        Raises:
            KeyStoreMissing: there is nothing.
            NotAKeyStore: there is something else, or a store of an unknown format.
            WrongKey: the keys there are wrapped by another KEK.
            KeyTampered: what proves that was changed.
            KeyStoreUnavailable: the database cannot be reached.
        """
        with _opening(url) as engine:
            place, file = engine.url.render_as_string(), key_rows.sqlite_file(engine)
            if file is not None and not file.exists():  # connecting would make it
                raise KeyStoreMissing(place)
            with engine.begin() as connection:
                tables = sa.inspect(connection).get_table_names()
                if key_rows.store.name not in tables:
                    raise NotAKeyStore(place) if file and tables else KeyStoreMissing(place)
                row = connection.execute(sa.select(key_rows.store)).one_or_none()
            if row is None or row.format != _FORMAT:
                raise NotAKeyStore(place)
            require_kek(row.kek_id, kek)
            if kek.unwrap(row.store_id, row.check_value) != _CHECK:
                raise KeyTampered(
                    f"The check value of the key store at {place} was changed: "
                    "restore the key store from its newest backup."
                )
        return cls(engine, kek, row.store_id)

    def close(self) -> None:
        """Close every connection; keys that were taken stay good."""
        if self._ahead is not None:
            self._ahead.join()
        self._engine.dispose()

    def take(self) -> DataKey:
        """Return a key that nobody has yet, and that is durable.

        Once the pool is half empty, a thread of its own fills it again: this waits for the
        disk only the first time, or when keys are taken faster than they can be made.

        Raises:
            KeyStoreUnavailable: the pool is empty and cannot be filled.
            WrongKey: the same, because the KEK was rotated since this store was opened.
        """
        self._refuse_fork()
        key = None
        while key is None:
            try:
                key = self._pool.popleft()
            except IndexError:
                self.replenish()
        running = self._ahead is not None and self._ahead.is_alive()
        if len(self._pool) < POOL_KEYS // 2 and not running:
            self._ahead = threading.Thread(target=self._replenish_ahead, daemon=True)
            self._ahead.start()
        self._recent.add([key])
        return key

    def replenish(self) -> None:
        """Fill the pool now unless it is half full, in one durable transaction.

        Raises:
            KeyStoreUnavailable: the keys could not be stored.
            WrongKey: the KEK was rotated since this store was opened.
        """
        self._refuse_fork()
        with self._filling:
            if len(self._pool) >= POOL_KEYS // 2:
                return
            fresh = [(secrets.token_hex(16), os.urandom(KEY_BYTES)) for _ in range(POOL_KEYS)]
            wrapped = [(key_id, self._kek.wrap(key_id, key)) for key_id, key in fresh]
            with reaching(self._engine), begin_writing(self._engine) as connection:
                # A rotation waits for these rows, so that it wraps them too.
                require_kek(key_rows.lock_kek_id(connection, exclusive=False), self._kek)
                key_rows.add(connection, "data", wrapped)
            self._pool.extend(DataKey(key_id, AESGCM(key)) for key_id, key in fresh)

    def get(self, key_id: str) -> DataKey | Missing:
        """Return the key of one id; see ``get_many``."""
        return self.get_many([key_id])[key_id]

    def get_many(self, key_ids: Collection[str]) -> dict[str, DataKey | Missing]:
        """Return the key of each id, or ``Missing.DESTROYED``.

        Keys used lately are answered from memory; 500 others take two statements.

        Raises:
            KeyLost: an id has neither key nor tombstone, so this store is not the newest.
            KeyTampered: a wrapped key was changed.
            WrongKey: the KEK was rotated since this store was opened.
            KeyStoreUnavailable: the database cannot be reached.
        """
        self._refuse_fork()
        cached, mark = self._recent.find(key_ids)
        found: dict[str, DataKey | Missing] = {key.key_id: key for key in cached}
        unread = [key_id for key_id in key_ids if key_id not in found]
        if unread:
            keys, tombstones = self._read(unread)
            self._recent.add(keys, mark)
            found |= dict.fromkeys(tombstones, Missing.DESTROYED) | {
                key.key_id: key for key in keys
            }
            if lost := [key_id for key_id in unread if key_id not in found]:
                raise KeyLost(lost)
        return found

    def destroy(self, *key_ids: str) -> None:
        """Destroy keys for ever and record when; ids that are not here get a tombstone too.

        So the list of erasures can be applied to any backup, and again. Other processes must
        ``forget`` the keys, which they may still have in memory.

        Raises:
            KeyStoreUnavailable: nothing is destroyed; or, as its message says, everything
                is, but a copy still stands in the write-ahead log.
        """
        self._refuse_fork()
        with reaching(self._engine):
            try:
                with begin_writing(self._engine) as connection:
                    key_rows.lock_kek_id(connection, exclusive=True)
                    key_rows.overwrite(connection, key_ids)
            finally:
                self.forget(*key_ids)
            if self._engine.dialect.name == "postgresql":
                # Until then the row's old version stays in the table's file.
                vacuum(self._engine, [key_rows.keys.name])
            if not truncate_log(self._engine):
                raise KeyStoreUnavailable(f"The keys are destroyed. {_STILL_READ}")

    def destroyed(self) -> set[str]:
        """Return the ids of all keys that were destroyed.

        Raises:
            KeyStoreUnavailable: the database cannot be reached.
        """
        self._refuse_fork()
        with reaching(self._engine), self._engine.begin() as connection:
            return set(connection.scalars(sa.select(key_rows.destroyed.c.key_id)))

    def purge(self) -> None:
        """Write the store's files anew without what was overwritten; raises as `destroy` does."""
        self._refuse_fork()
        with reaching(self._engine):
            if not vacuum(self._engine, [key_rows.keys.name]):
                raise KeyStoreUnavailable(_STILL_READ)

    def forget(self, *key_ids: str) -> None:
        """Drop keys from memory, or without ids all: another process destroyed some."""
        self._recent.forget(key_ids or None)

    def named_key(self, name: str, *, made: bool = True) -> bytes:
        """Return the 32 bytes of a key the service itself uses, made at the first call.

        Args:
            name: its purpose, such as ``blind-index``, ``cursors`` or ``command-inputs``: up
                to 31 lower-case letters, digits and hyphens. It is also the key's id.
            made: whether it is made where there is none; what was used before never is.

        Raises:
            ValueError: the name has another form.
            KeyLost: there is none, and it is not to be made.
            KeyDestroyed: the key of this name was destroyed.
            KeyTampered: the wrapped key was changed.
            WrongKey: the KEK was rotated since this store was opened.
            KeyStoreUnavailable: the database cannot be reached or written.
        """
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name for a key")
        self._refuse_fork()
        with self._filling, reaching(self._engine), begin_writing(self._engine) as connection:
            # Of two first callers at once, one makes the key and the other then finds it.
            require_kek(key_rows.lock_kek_id(connection, exclusive=True), self._kek)
            wrapped, _, tombstones = key_rows.read(connection, [name])
            if name in tombstones:
                raise KeyDestroyed(
                    f"The key {name!r} was destroyed: what needs one must use another name."
                )
            if name in wrapped:
                return self._kek.unwrap(name, wrapped[name])
            if not made:
                raise KeyLost([name])
            key = os.urandom(KEY_BYTES)
            key_rows.add(connection, "service", [(name, self._kek.wrap(name, key))])
        return key

    def rewrap(self, new_kek: KeyEncryption) -> None:
        """Wrap every key by a new KEK, all or none, and remove what the old one wrapped.

        Start other processes again with the new KEK: keys in their memory stay good, but
        whatever else they read or add fails with ``WrongKey`` until then.

        Raises:
            KeyTampered: a wrapped key was changed; nothing is rewrapped.
            WrongKey: the KEK was rotated since this store was opened.
            KeyStoreUnavailable: nothing is rewrapped; or, as its message says, everything
                is, but copies that the old KEK wrapped still stand in the database's files.
        """
        self._refuse_fork()
        with self._filling, reaching(self._engine):
            old_kek = self._kek
            with begin_writing(self._engine) as connection:
                require_kek(key_rows.lock_kek_id(connection, exclusive=True), old_kek)
                key_rows.rewrite(
                    connection,
                    lambda key_id, wrapped: new_kek.wrap(key_id, old_kek.unwrap(key_id, wrapped)),
                )
                connection.execute(
                    key_rows.store.update().values(
                        kek_id=new_kek.kek_id, check_value=new_kek.wrap(self.store_id, _CHECK)
                    )
                )
            self._kek = new_kek
            if not vacuum(self._engine, [key_rows.keys.name]):
                raise KeyStoreUnavailable(
                    "The new key is in use, but while something reads the key store, copies "
                    "wrapped by the old one stay in its write-ahead log until it is closed."
                )

    def _replenish_ahead(self) -> None:
        # What is wrong is said by `take`, when the pool has run empty.
        with suppress(KeyStoreFault):
            self.replenish()

    def _read(self, key_ids: Collection[str]) -> tuple[list[DataKey], set[str]]:
        """Return the keys that are there, and which of the ids were destroyed."""
        while True:
            kek = self._kek
            with reaching(self._engine), self._engine.begin() as connection:
                wrapped, kek_ids, tombstones = key_rows.read(connection, key_ids)
            if kek_ids <= {kek.kek_id}:
                break
            # Unless this process is rotating the KEK itself, it no longer has the right one.
            with self._filling, reaching(self._engine), self._engine.begin() as connection:
                require_kek(connection.scalar(sa.select(key_rows.store.c.kek_id)), self._kek)
        keys = [
            DataKey(key_id, AESGCM(kek.unwrap(key_id, data)))
            for key_id, data in wrapped.items()
            if key_id not in tombstones
        ]
        return keys, tombstones

    def _refuse_fork(self) -> None:
        # A child would hand out the keys of its parent's pool a second time.
        if os.getpid() != self._process_id:
            raise KeyStoreFault("A key store does not survive a fork: open it in the new process.")


@contextmanager
def _opening(url: str) -> Iterator[Engine]:
    """Give an engine that is disposed of again when the block fails."""
    engine = create_engine(url, secure_delete=True)
    try:
        with reaching(engine):
            yield engine
    except BaseException:
        engine.dispose()
        raise
