"""One hash of a read model's rows, to compare two makings of it.

A row's line is its columns in order as canonical JSON. The digest of a table is the SHA-256 of
the sorted SHA-256 hashes of its lines; that of a read model is the SHA-256 of its tables'. No
order of rows has to be agreed on, so neither database has to sort, and a rebuild hashes rows as
it makes them. Every version of every row that is kept counts: equal digests mean equal answers as
of every position, or at present where there is no history. Hidden values are not in rows, only the
positions of their entries: the digest is the same before and after an erasure, and for whoever
replays the ledger.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from projections.model import ReadModel

CHUNK_ROWS: Final = 5_000


def digest(connection: Connection, model: ReadModel[Any]) -> str:
    """Return the digest, in hex, of the rows that the database has.

    Args:
        connection: the transaction to read in.
        model: the read model.
    """
    return digest_of(_hashes(connection, table) for table in model.tables)


def digest_of(tables: Iterable[Iterable[bytes]]) -> str:
    """Return the digest, in hex, of rows hashed already.

    Args:
        tables: the hashes of each table's rows, in any order.
    """
    of_tables = (hashlib.sha256(b"".join(sorted(hashes))).digest() for hashes in tables)
    return hashlib.sha256(b"".join(of_tables)).hexdigest()


def row_hash(values: Sequence[object]) -> bytes:
    """Return the hash of one row: the values of all columns, in order."""
    return hashlib.sha256(orjson.dumps(values)).digest()


def _hashes(connection: Connection, table: sa.Table) -> Iterator[bytes]:
    select = str(sa.select(*table.columns).compile(connection))
    # The driver's own rows: dates come as dates or as text, and are the same in JSON.
    driver: Any = connection.connection.dbapi_connection
    with contextlib.closing(
        driver.cursor("digest")
        if connection.dialect.name == "postgresql"
        else connection.connection.cursor()
    ) as cursor:
        cursor.execute(select)
        while rows := cursor.fetchmany(CHUNK_ROWS):
            yield from map(row_hash, rows)
