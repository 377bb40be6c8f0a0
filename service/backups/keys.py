"""The key store's backup: every wrapped key and every tombstone, and nothing that opens them.

It is a file of its own and short-lived: as long as a backup has somebody's key, destroying that
key elsewhere has not erased them.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path

from sqlalchemy.engine import Connection

from service.backups.archive import (
    KEY_NAME,
    Archive,
    BackupUnusableError,
    Facts,
    Part,
    insert,
    parts_of,
    write,
)
from service.ledger import key_rows
from service.ledger.engine import begin_writing, create_engine
from service.ledger.key_encryption import KeyEncryption, sync_folder
from service.ledger.key_faults import reaching, require_kek
from service.ledger.keys import KeyStore


def back_up_keys(url: str, kek: KeyEncryption, file: Path) -> Facts:
    """Write a backup of the key store, which may be in use.

    Raises:
        KeyStoreFault: there is no such key store, or it does not answer.
        NotReadyError: the file cannot be written.
    """
    store = KeyStore.open(url, kek)
    try:
        key = store.named_key(KEY_NAME)
        facts = Facts(
            kind="keys",
            key_store=store.store_id,
            size=len(store.destroyed()),
            made_at=int(time.time()),
        )
    finally:
        store.close()
    engine = create_engine(url)
    try:
        reader = (
            engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            if engine.dialect.name == "postgresql"
            else engine
        )
        with reaching(engine), reader.connect() as connection, connection.begin():
            write(file, facts, key, _parts(connection))
    finally:
        engine.dispose()
    return facts


def restore_keys(url: str, kek: KeyEncryption, file: Path) -> Facts:
    """Make a key store of a backup where there is none; a crash leaves none, or all of it.

    Raises:
        BackupUnusableError: it is no backup of a key store, or was changed.
        WrongKey: another KEK wraps its keys.
        KeyStoreExists: there is a key store, which knows best what was destroyed.
        KeyStoreUnavailable: the database does not answer.
    """
    with Archive(file, "keys") as archive:
        require_kek(_kek_id(archive), kek)
        archive.authenticate(_mac_key(archive, kek))
        engine = create_engine(url, secure_delete=True)
        try:
            with reaching(engine):
                place = key_rows.sqlite_file(engine)
                if place is not None:
                    key_rows.make_private(place)
                with begin_writing(engine) as connection:
                    key_rows.make_tables(connection, engine.url.render_as_string())
                    for table in key_rows.metadata.sorted_tables:
                        insert(connection, archive, table.name)
                if place is not None:
                    sync_folder(place.parent)
        finally:
            engine.dispose()
    KeyStore.open(url, kek).close()
    return archive.facts


def _parts(connection: Connection) -> Generator[Part, None, None]:
    for table in key_rows.metadata.sorted_tables:
        # Rows get new numbers: PostgreSQL would hand out old ones a second time.
        columns = [each.name for each in table.c if each is not key_rows.keys.c.number]
        yield from parts_of(connection, table, columns)


def _kek_id(archive: Archive) -> str | None:
    for columns, rows in archive.rows(key_rows.store.name):
        for row in rows:
            return str(dict(zip(columns, row, strict=True))["kek_id"])
    return None


def _mac_key(archive: Archive, kek: KeyEncryption) -> bytes:
    """Return the key of the MAC, which the backup has itself: who lacks the KEK cannot make one."""
    for columns, rows in archive.rows(key_rows.keys.name):
        place = columns.index("key_id")
        for row in rows:
            if row[place] == KEY_NAME:
                return kek.unwrap(KEY_NAME, row[columns.index("wrapped")])
    raise BackupUnusableError("The backup lacks the key that it was made with.")
