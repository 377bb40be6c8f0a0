"""The key store's tables, the statements over them, and the care for SQLite's files."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from service.ledger.key_faults import KeyStoreExists, KeyStoreUnavailable, NotAKeyStore

_ROWS_A_STATEMENT: Final = 500
_CREATION_LOCK: Final = 0x636C6B65  # any number that nothing else locks

metadata = sa.MetaData()

# One row: what the store is, and which KEK wraps its keys. Times here and below are seconds
# since 1970, UTC.
store = sa.Table(
    "key_store",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("format", sa.Integer, nullable=False),
    sa.Column("store_id", sa.Text, nullable=False),
    sa.Column("kek_id", sa.Text, nullable=False),
    sa.Column("check_value", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.CheckConstraint("id = 1", name="key_store_has_one_row"),
)

# Rows are only added at the end and overwritten by as many bytes, never deleted: SQLite then
# has no reason to move a row within its file, which could leave a copy behind.
keys = sa.Table(
    "key_store_keys",
    metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("key_id", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.CheckConstraint("kind IN ('data', 'service')", name="key_store_keys_kind"),
)

# Tombstones. A key destroyed here keeps its row above, with zeros for the wrapped key.
destroyed = sa.Table(
    "key_store_destroyed",
    metadata,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("destroyed_at", sa.BigInteger, nullable=False),
)


def make_tables(connection: Connection, place: str) -> None:
    """Make the tables where there are none, alone until the transaction ends.

    Args:
        connection: in a transaction that may write.
        place: what messages call the database.

    Raises:
        KeyStoreExists: there is a key store already.
        NotAKeyStore: the SQLite file holds something else.
    """
    is_file = connection.dialect.name == "sqlite"
    if not is_file:
        # Two creations at once would both find nothing and collide.
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CREATION_LOCK)))
    tables = sa.inspect(connection).get_table_names()
    if store.name in tables:
        raise KeyStoreExists(place)
    if is_file and tables:
        raise NotAKeyStore(place)
    metadata.create_all(connection)


def lock_kek_id(connection: Connection, *, exclusive: bool) -> str:
    """Return the id of the KEK in use, which cannot change before this transaction ends.

    On PostgreSQL an exclusive lock also keeps away whoever asks for either; on SQLite a
    transaction that writes is alone anyway.
    """
    statement = sa.select(store.c.kek_id).with_for_update(read=not exclusive)
    return str(connection.execute(statement).scalar_one())


def add(connection: Connection, kind: str, wrapped: Collection[tuple[str, bytes]]) -> None:
    """Add wrapped keys by id, of the kind ``data`` or ``service``."""
    created_at = int(time.time())
    connection.execute(
        keys.insert(),
        [
            {"key_id": key_id, "kind": kind, "wrapped": data, "created_at": created_at}
            for key_id, data in wrapped
        ],
    )


def read(
    connection: Connection, key_ids: Collection[str]
) -> tuple[dict[str, bytes], set[str], set[str]]:
    """Return wrapped keys by id, the ids of the KEKs that wrap them, and the ids destroyed.

    Where a wrapped key and a tombstone both answer, the bytes mean nothing. The KEKs are more
    than one only while another transaction rotates them.
    """
    wrapped: dict[str, bytes] = {}
    kek_ids: set[str] = set()
    tombstones: set[str] = set()
    # On PostgreSQL each statement sees its own moment. So the KEK is asked for together with
    # the keys, and tombstones after them: a key destroyed in between has one.
    kek_id = sa.select(store.c.kek_id).scalar_subquery().label("kek_id")
    for ids in _chunks(key_ids):
        found = connection.execute(
            sa.select(keys.c.key_id, keys.c.wrapped, kek_id).where(keys.c.key_id.in_(ids))
        ).all()
        wrapped.update((row.key_id, row.wrapped) for row in found)
        kek_ids.update(row.kek_id for row in found)
        gone = sa.select(destroyed.c.key_id).where(destroyed.c.key_id.in_(ids))
        tombstones.update(connection.scalars(gone))
    return wrapped, kek_ids, tombstones


def overwrite(connection: Connection, key_ids: Collection[str]) -> None:
    """Put zeros in place of wrapped keys, and a tombstone for each id, known or not."""
    destroyed_at = int(time.time())
    for ids in _chunks(key_ids):
        size = sa.func.length(keys.c.wrapped)
        found = connection.execute(
            sa.select(keys.c.number, size.label("size")).where(keys.c.key_id.in_(ids))
        ).all()
        _set_wrapped(connection, [(row.number, bytes(row.size)) for row in found])
        gone = set(
            connection.scalars(sa.select(destroyed.c.key_id).where(destroyed.c.key_id.in_(ids)))
        )
        tombstones = [
            {"key_id": key_id, "destroyed_at": destroyed_at} for key_id in ids if key_id not in gone
        ]
        if tombstones:
            connection.execute(destroyed.insert(), tombstones)


def rewrite(connection: Connection, rewrap: Callable[[str, bytes], bytes]) -> None:
    """Replace every wrapped key by what ``rewrap`` makes of its id and bytes."""
    number = 0
    while rows := connection.execute(
        sa.select(keys.c.number, keys.c.key_id, keys.c.wrapped)
        .where(keys.c.number > number, keys.c.key_id.not_in(sa.select(destroyed.c.key_id)))
        .order_by(keys.c.number)
        .limit(_ROWS_A_STATEMENT)
    ).all():
        _set_wrapped(connection, [(row.number, rewrap(row.key_id, row.wrapped)) for row in rows])
        number = rows[-1].number


def sqlite_file(engine: Engine) -> Path | None:
    """Return the file of an SQLite database, and None for PostgreSQL."""
    return Path(str(engine.url.database)) if engine.dialect.name == "sqlite" else None


def make_private(file: Path) -> None:
    """Make an empty file for its owner only; SQLite gives its log the same mode.

    Raises:
        KeyStoreUnavailable: it cannot be made, or what is there cannot be written.
    """
    try:
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise KeyStoreUnavailable(
            f"The key store cannot be made at {file} ({error.strerror}): "
            "name a folder that exists and that this user may write to."
        ) from None


def _set_wrapped(connection: Connection, wrapped_by_number: list[tuple[int, bytes]]) -> None:
    if wrapped_by_number:
        connection.execute(
            keys.update()
            .where(keys.c.number == sa.bindparam("row_number"))
            .values(wrapped=sa.bindparam("row_wrapped")),
            [
                {"row_number": number, "row_wrapped": wrapped}
                for number, wrapped in wrapped_by_number
            ],
        )


def _chunks(key_ids: Collection[str]) -> Iterator[list[str]]:
    # Databases bound the parameters of one statement, and a repeated id needs one answer.
    distinct = list(dict.fromkeys(key_ids))
    for start in range(0, len(distinct), _ROWS_A_STATEMENT):
        yield distinct[start : start + _ROWS_A_STATEMENT]
