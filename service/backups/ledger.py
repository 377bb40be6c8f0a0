"""The ledger's backup: its own tables, row by row, and the files of evidence.

All hidden values in it are ciphertext, and none of it is a view: views hold what is published
only until it is withdrawn, and follow from the entries. Sessions and sign-in links are left out,
so that nobody who signed out is signed in again.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path
from typing import Final

import msgspec
import sqlalchemy as sa

from projections import schema
from service.backups.archive import KEY_NAME, Facts, Part, parts_of, write
from service.evidence.folder import Folder
from service.ledger import tables
from service.ledger.keys import Missing
from service.ledger.ledger import Ledger, Snapshot
from service.transparency.published import published

CHECKPOINT: Final = "checkpoint"
"""The part that is the published checkpoint, as it is; for `COALITION_SIGNED_FILE`."""

EVIDENCE: Final = "evidence/"

TABLES: Final = {
    table.name: table
    for table in tables.metadata.sorted_tables
    if table not in {tables.sessions, tables.sign_in_links}
}
"""What a backup has the rows of, by name."""


class BackedUp(msgspec.Struct, frozen=True):
    """What was written.

    Attributes:
        facts: what the backup says of itself.
        missing: how many files of evidence were not there, though nobody deleted them.
    """

    facts: Facts
    missing: int


def back_up_ledger(ledger: Ledger, evidence: Folder | None, file: Path) -> BackedUp:
    """Write a backup of the ledger as it is at one position, while others write to it.

    Raises:
        NotReadyError: the file cannot be written.
    """
    key = ledger.keys.named_key(KEY_NAME)
    missing: list[str] = []
    with ledger.read() as snapshot:
        facts = Facts(
            kind="ledger",
            key_store=ledger.keys.store_id,
            schema=schema.head(),
            size=snapshot.position,
            made_at=int(time.time()),
        )
        write(file, facts, key, _parts(ledger, snapshot, evidence, missing))
    return BackedUp(facts, len(missing))


def _parts(
    ledger: Ledger, snapshot: Snapshot, evidence: Folder | None, missing: list[str]
) -> Generator[Part, None, None]:
    connection = snapshot.connection
    note = published(connection)
    if note is not None:
        content = note.to_bytes()
        yield CHECKPOINT, len(content), [content]
    for table in TABLES.values():
        yield from parts_of(connection, table, table.c.keys())
    files = tables.evidence_files
    for file_id, key_id in connection.execute(sa.select(files.c.id, files.c.key_id)).all():
        sealed = None if evidence is None else evidence.sealed(file_id)
        if sealed is not None:
            yield f"{EVIDENCE}{file_id}", *sealed
        # What was deleted since the snapshot has lost its key first.
        elif ledger.keys.get(key_id) is not Missing.DESTROYED:
            missing.append(file_id)
