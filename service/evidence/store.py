"""Evidence files: which there are, who gave them, and under which key each is kept.

The ledger knows of a file by the salted commitment of its hash, which an applicant attaches to a
requirement. That one is deleted is an entry first, from which on nobody reads it; then its key is
destroyed, and the file and its row are deleted. Whatever a crash leaves of these is deleted before
the next file is sent for the application, and when the service starts or sweeps.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final, TypeAlias

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from projections import deleted_files
from projections.tables import deleted_files as gone_files
from service.evidence.folder import Folder
from service.ledger import tables
from service.ledger.engine import begin_writing
from service.ledger.key_faults import KeyStoreUnavailable
from service.ledger.keys import KeyStore, Missing
from service.ledger.sealing import DataKey
from service.logs import get_logger

MOST_FILES: Final = 50
"""How many one application may have."""

LARGEST_BYTES: Final = 10 * 1024 * 1024

MEDIA_TYPES: Final = frozenset({"application/pdf", "image/jpeg", "image/png", "text/plain"})

_LEFT_S: Final = 86_400.0
_SHA256: Final = re.compile("[0-9a-f]{64}")
_log = get_logger(__name__)
_files = tables.evidence_files
_Row: TypeAlias = sa.Row[Any]


class TooManyError(Exception):
    """The application has as many files as one may."""


class TooLargeError(Exception):
    """The file is larger than one may be."""


class EvidenceFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is kept.

    Attributes:
        sha256: of its content, lower-case hex; names it within its application.
        size: in bytes.
    """

    application: str
    sha256: str
    size: int
    media_type: str


class EvidenceStore:
    """Keeps the files of applications; safe to use from many threads.

    Args:
        engine: of the ledger's database, which says what there is.
        keys: the key store.
        folder: where the files are.
    """

    def __init__(self, engine: Engine, keys: KeyStore, folder: Folder) -> None:
        self._engine = engine
        self._keys = keys
        self._folder = folder

    def put(self, application: str, media_type: str, content: Iterable[bytes]) -> EvidenceFile:
        """Keep a file for an application; the same one again is the one that is there.

        Raises:
            TooLargeError, TooManyError: nothing is kept.
            KeyStoreUnavailable: there is no key for it, or the same file was deleted before, and
                what is left of that cannot be.
            OSError: it cannot be written.
        """
        left = self._finish(application)
        file_id, key = secrets.token_hex(16), self._keys.take()
        measured = _Measured(content)
        self._folder.put(file_id, key, measured)
        file = EvidenceFile(
            application=application,
            sha256=measured.hash.hexdigest(),
            size=measured.size,
            media_type=media_type,
        )
        try:
            if self._recorded(file, file_id, key, left):
                return file
        except BaseException:
            self._folder.delete(file_id)
            raise
        self._folder.delete(file_id)
        return file

    def get(self, application: str, sha256: str) -> tuple[EvidenceFile, Iterator[bytes]] | None:
        """Return a file with its content, or ``None`` where there is none.

        Raises:
            SealBrokenError: raised while reading, when the file was changed.
        """
        row = self._row(application, sha256)
        key = None if row is None else self._keys.get(row.key_id)
        if row is None or not isinstance(key, DataKey):
            return None
        file = EvidenceFile(
            application=application, sha256=sha256, size=row.size, media_type=row.media_type
        )
        return file, self._folder.read(row.id, key)

    def finish(self) -> None:
        """Delete every file that an entry says was deleted, with its key; again does nothing.

        One that cannot be deleted is left, and not read: a later call tries it again.
        """
        self._finish(None)

    def delete(self, file_id: str) -> bool:
        """Delete a file and destroy its key; whether there was one.

        Raises:
            KeyStoreUnavailable: the key could not be destroyed; nothing is deleted.
        """
        with self._engine.connect() as connection, connection.begin():
            asked = sa.select(_files).where(_files.c.id == file_id)
            row = connection.execute(asked).one_or_none()
        if row is None:
            return False
        try:
            self._keys.destroy(row.key_id)
        except KeyStoreUnavailable:
            # A copy may stand in a log for a while, and the key be gone all the same.
            if self._keys.get(row.key_id) is not Missing.DESTROYED:
                raise
        self._folder.delete(row.id)
        with begin_writing(self._engine) as connection:
            connection.execute(sa.delete(_files).where(_files.c.id == row.id))
        return True

    def tidy(self) -> int:
        """Delete what a crash left in the folder without a row, once it is a day old.

        Returns:
            How many files they were.
        """
        left = set(self._folder.aged(_LEFT_S))
        if left:
            with self._engine.connect() as connection, connection.begin():
                left.difference_update(connection.scalars(sa.select(_files.c.id)))
        for file_id in left:
            self._folder.delete(file_id)
        return len(left)

    def _finish(self, application: str | None) -> set[str]:
        """Delete likewise the files of an application, or everybody's; the ids of what is left."""
        with self._engine.connect() as connection, connection.begin():
            wanted = _files.c.application == gone_files.c.application
            if application is not None:
                wanted = sa.and_(wanted, _files.c.application == application)
            gone = deleted_files.rows(connection, sa.exists().where(wanted))
            ids = [file for row in gone for file in row.files]
        left = set()
        for file_id in ids:
            try:
                self.delete(file_id)
            except Exception as error:  # noqa: BLE001 - the others are to be deleted all the same
                _log.error("a deleted file of evidence is left", exc_info=error)
                left.add(file_id)
        return left

    def _recorded(
        self, file: EvidenceFile, file_id: str, key: DataKey, left: Collection[str]
    ) -> bool:
        """Note that a file is there; whether it is the first of its content.

        Args:
            file: what is there.
            file_id: its id.
            key: its own.
            left: the ids of those that are deleted, and still in the way.
        """
        with begin_writing(self._engine) as connection:
            rows = connection.execute(
                sa.select(_files.c.sha256, _files.c.id).where(
                    _files.c.application == file.application
                )
            ).all()
            known = {row.sha256: row.id for row in rows}
            if known.get(file.sha256) in left:
                raise KeyStoreUnavailable(
                    "This file was deleted before, and something of it is left: see the log."
                )
            if file.sha256 in known:
                return False
            if len(known) >= MOST_FILES:
                raise TooManyError
            connection.execute(
                sa.insert(_files).values(
                    id=file_id,
                    application=file.application,
                    sha256=file.sha256,
                    size=file.size,
                    media_type=file.media_type,
                    key_id=key.key_id,
                )
            )
        return True

    def _row(self, application: str, sha256: str) -> _Row | None:
        if not _SHA256.fullmatch(sha256):
            # Not every database takes any text.
            return None
        with self._engine.connect() as connection, connection.begin():
            found = connection.execute(
                sa.select(_files).where(
                    _files.c.application == application, _files.c.sha256 == sha256
                )
            ).one_or_none()
            if found is None:
                return None
            gone = deleted_files.rows(connection, gone_files.c.application == application)
        return None if any(found.id in row.files for row in gone) else found


class _Measured:
    """Content that is measured and hashed while it is read, and broken off when too large."""

    def __init__(self, content: Iterable[bytes]) -> None:
        self._content = content
        self.hash = hashlib.sha256()
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._content:
            self.size += len(chunk)
            if self.size > LARGEST_BYTES:
                raise TooLargeError
            self.hash.update(chunk)
            yield chunk
