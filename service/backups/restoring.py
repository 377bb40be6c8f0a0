"""Restoring a ledger: one transaction, in which the backup is loaded, checked, and only then kept.

A crash before its commit leaves an empty database; after it, all entries are there, and the read
models count as outdated until they are made. What is checked, before anything can be seen of it:

- that it was made with the key store that is there, and nothing of it was changed since;
- the log, entry by entry, as an audit from outside does, to its very end;
- that it extends the checkpoint that was signed last, as the file outside the database remembers;
- that no key is lost, and that every key that was destroyed is accounted for.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from domain.audit.documents import FOLDER as DOCUMENTS
from domain.audit.finding import TamperedError, UnreadableError
from domain.audit.log import CHECKPOINT, Trust, audit_log
from domain.ledger.checkpoint import SigningKey
from domain.ledger.note import Note
from domain.ledger.tiles import TileError, TilePath
from projections import schema
from service.backups.archive import KEY_NAME, Archive, BackupUnusableError, Facts, insert
from service.backups.ledger import EVIDENCE, TABLES
from service.evidence.folder import Folder
from service.faults import NotReadyError
from service.ledger import tables
from service.ledger.custody import custody_of
from service.ledger.engine import begin_writing, create_engine, make_private
from service.ledger.erasing import Eraser
from service.ledger.keys import KeyStore
from service.ledger.signing import known_keys
from service.ledger.sql import LOCK_KEY
from service.ledger.vault import Opener
from service.transparency.published import published, read_tile
from service.transparency.signed_file import SignedFile
from service.transparency.signer import head_of, refuse_fork, verified

Progress = Callable[[int, int], None]

_KEYS_AT_ONCE: Final = 5_000
_FILE_ID: Final = re.compile(r"[0-9a-f]{32}")
_WITH_KEYS: Final = (
    tables.subject_keys,
    tables.drafts,
    tables.evidence_files,
    tables.reminder_addresses,
)


def restore_ledger(  # noqa: PLR0913 - each is a place, or a choice of the operator's
    file: Path,
    url: str,
    keys: KeyStore,
    *,
    evidence: Folder | None,
    signed: SignedFile,
    grant: Callable[[Connection], None] = lambda _: None,
    older: bool = False,
    progress: Progress = lambda *_: None,
) -> Facts:
    """Make a ledger of a backup, in a database that has none.

    Args:
        file: the backup.
        url: the database, as the role that is to own its tables.
        keys: the key store.
        evidence: where files of evidence go.
        signed: remembers the checkpoint signed last.
        grant: gives the role that is to serve its rights.
        older: also where later entries were signed. They are lost then: such a ledger is for
            reading, and is not signed.
        progress: told how many entries are checked, and of how many.

    Raises:
        BackupUnusableError: the backup is damaged, was changed, or is of another key store.
        ForkRefusedError: it is older than what was signed, or another history.
        KeyLost: the key store is older than the backup.
        NotReadyError: there is a ledger; a value was expunged since; or there is no place for
            files of evidence.
    """
    with Archive(file, "ledger") as archive:
        if archive.facts.key_store != keys.store_id:
            raise BackupUnusableError(
                f"{file} belongs to the key store {archive.facts.key_store}, and {keys.store_id} "
                "is there: name its own, or restore that first (`coalition restore keys`)."
            )
        archive.authenticate(keys.named_key(KEY_NAME))
        make_private(url)
        engine = create_engine(url, pool_size=2)
        try:
            with begin_writing(engine) as connection:
                _lock(connection)
                _load(connection, archive)
                _check(connection, engine, keys, signed, older=older, progress=progress)
                grant(connection)
                # Before the commit: a file without a row is deleted by itself, a row without its
                # file would be a loss.
                _restore_files(connection, archive, evidence)
        finally:
            engine.dispose()
        return archive.facts


def _lock(connection: Connection) -> None:
    """Keep migrations, foundings and other restores away."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_KEY)))


def _load(connection: Connection, archive: Archive) -> None:
    made = schema.current(connection)
    if made is not None and _has_rows(connection):
        raise NotReadyError(
            "There is a ledger in this database, and none is overwritten: name an empty database, "
            "or move this one away."
        )
    facts = archive.facts
    if facts.schema not in schema.revisions():
        raise BackupUnusableError(
            f"The backup has the schema {facts.schema}, which this release does not know: restore "
            "it with the release that made it, or a newer one."
        )
    if made is None:
        schema.upgrade(connection, facts.schema)
    elif made != facts.schema:
        raise NotReadyError(
            f"The empty database has the schema {made}, and the backup {facts.schema}: name a "
            "database in which nothing is. The schema is brought up to date after loading."
        )
    for table in archive.tables:
        if table not in TABLES:
            raise BackupUnusableError(f"The backup has rows of {table}, which no backup has.")
        insert(connection, archive, table)
    schema.upgrade(connection)
    schema.forget_versions(connection)
    size = connection.execute(sa.select(tables.head.c.size)).scalar()
    if size != facts.size:
        raise BackupUnusableError("The backup does not have the entries that it says.")


def _has_rows(connection: Connection) -> bool:
    return any(
        connection.execute(sa.select(sa.exists(sa.select(table)))).scalar_one()
        for table in (tables.ledger, tables.head, tables.entries)
    )


def _check(
    connection: Connection,
    engine: Engine,
    keys: KeyStore,
    signed: SignedFile,
    *,
    older: bool,
    progress: Progress,
) -> None:
    origin, coalition = connection.execute(
        sa.select(tables.ledger.c.origin, tables.ledger.c.coalition)
    ).one()
    custody = custody_of(connection, coalition)
    known = known_keys(keys, origin, custody.added)
    head = head_of(connection, origin)
    note = signed.read()
    last = None if note is None else verified(signed.path, note, known)
    if not older:
        refuse_fork(connection, signed.path, last, head)
    signing = [key for key in known if str(key.verifier) not in custody.retired]
    _audit(connection, head_note(connection, origin, signing), known, progress)
    _refuse_lost(connection, keys)
    Eraser(engine, keys, Opener(origin, keys), coalition, str).check(connection)
    _forget_deleted(connection, keys.destroyed())


def head_note(connection: Connection, origin: str, signing: list[SigningKey]) -> Note:
    """Return the log's end, signed for the audit alone: it is never published."""
    head = head_of(connection, origin)
    at = int(time.time())
    return Note(str(head), tuple(key.sign(head, at) for key in signing))


def _audit(
    connection: Connection, end: Note, known: tuple[SigningKey, ...], progress: Progress
) -> None:
    """Check every entry to the log's end, as `coalition audit verify` does."""
    size = int(end.text.splitlines()[1])
    note = published(connection)

    def read(name: str, _most: int) -> bytes | None:
        if name == CHECKPOINT:
            return end.to_bytes()
        if name.startswith(f"{DOCUMENTS}/"):
            content = connection.execute(
                sa.select(tables.documents.c.content).where(
                    tables.documents.c.sha256 == name.removeprefix(f"{DOCUMENTS}/")
                )
            ).scalar()
            return None if content is None else bytes(content)
        try:
            return read_tile(connection, TilePath.parse(name), size)
        except TileError:
            return None

    # A key may have been retired since the checkpoint that is published.
    trust = Trust(
        keys=[key.verifier for key in known],
        earlier=[] if note is None else [note],
        now=int(time.time()),
    )
    try:
        audit_log(read, trust, progress)
    except (TamperedError, UnreadableError) as error:
        where = getattr(error, "position", None)
        place = "" if where is None else f" at position {where}"
        raise BackupUnusableError(
            f"The backup's log does not hold{place}: {error.reason}. Nothing was restored; restore "
            "another backup."
        ) from None


def _refuse_lost(connection: Connection, keys: KeyStore) -> None:
    """Refuse a key store that lacks a key which nobody destroyed."""
    for table in _WITH_KEYS:
        found = connection.execute(
            sa.select(table.c.key_id), execution_options={"yield_per": _KEYS_AT_ONCE}
        ).scalars()
        with found:
            for key_ids in found.partitions():
                keys.get_many(key_ids)


def _forget_deleted(connection: Connection, destroyed: set[str]) -> None:
    """Leave out drafts, files of evidence and addresses that were deleted since."""
    for table in (tables.drafts, tables.evidence_files, tables.reminder_addresses):
        for key_id in destroyed.intersection(connection.scalars(sa.select(table.c.key_id))):
            connection.execute(sa.delete(table).where(table.c.key_id == key_id))


def _restore_files(connection: Connection, archive: Archive, evidence: Folder | None) -> None:
    wanted = set(connection.scalars(sa.select(tables.evidence_files.c.id)))
    for name in archive.facts.parts:
        file_id = name.removeprefix(EVIDENCE)
        if file_id == name or file_id not in wanted or not _FILE_ID.fullmatch(file_id):
            continue
        if evidence is None:
            raise NotReadyError(
                "The backup has files of evidence: name a folder for them with "
                "COALITION_EVIDENCE_FOLDER."
            )
        try:
            evidence.put_sealed(file_id, archive.stream(name))
        except OSError as error:
            raise NotReadyError(
                f"A file of evidence cannot be written ({error.strerror}): name a folder of this "
                "user, with space, with COALITION_EVIDENCE_FOLDER."
            ) from None
