"""The file of a backup: a tar of parts, a manifest with the hash of each, and a MAC over that.

It is written beside its place and moved there when it is whole and on disk. Whoever reads one has
checked all of it first: a part that was changed, left out or added is found, and so is a file that
ends early. The MAC is made with a key of the key store, so that nobody can slip an API key or an
entry into a backup that they get hold of.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Final, Self

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.audit.bundle import BLOCK_BYTES, END, header, padding, parse_header
from domain.audit.finding import UnreadableError
from service.faults import NotReadyError
from service.ledger.key_encryption import sync_folder

KEY_NAME: Final = "backups"
"""The key store's name for the key of the MACs."""

ROWS: Final = 500
"""Rows of a part; the largest that are stored, 65,535 bytes, make one of 32 MB."""

_FORMAT: Final = "coalition-backup/1"
_MANIFEST: Final = "manifest.json"
_MAC: Final = "manifest.hmac"
_CHUNK_BYTES: Final = 1 << 20
_TABLE: Final = re.compile(r"tables/([a-z_]+)/\d{9}")


class BackupUnusableError(NotReadyError):
    """The file is no whole, unchanged backup of what it should be; nothing was changed."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of itself.

    Attributes:
        kind: ``ledger`` or ``keys``.
        key_store: id of the key store that it belongs to, or is.
        schema: the revision of the ledger's tables; empty for keys.
        size: how many entries it has; for keys, how many were destroyed.
        made_at: seconds since 1970, UTC.
        parts: SHA-256 of each part, lower-case hex, in order.
    """

    kind: str
    key_store: str
    schema: str = ""
    size: int
    made_at: int
    parts: dict[str, str] = {}
    format: str = _FORMAT


Part = tuple[str, int, Iterable[bytes]]
"""A part's name, its size in bytes, and its content."""


def write(file: Path, facts: Facts, key: bytes, parts: Generator[Part, None, None]) -> None:
    """Write a backup, for its owner only; a crash leaves at most ``<file>.part``.

    Args:
        file: where to; nothing may be there.
        facts: all but the parts.
        key: of the MAC.
        parts: what is in it.

    Raises:
        NotReadyError: there is a file already, or it cannot be written.
    """
    unfinished = file.parent / f"{file.name}.part"
    digests: dict[str, str] = {}
    try:
        if file.exists():
            raise NotReadyError(f"{file} exists, and no backup is overwritten: name another file.")
        # What reads the database ends with this, and not when somebody finds it was forgotten.
        with open(unfinished, "wb", opener=_private) as target, contextlib.closing(parts):
            for name, size, content in parts:
                digests[name] = _add(target, name, size, content)
            manifest = msgspec.json.encode(msgspec.structs.replace(facts, parts=digests))
            _add(target, _MANIFEST, len(manifest), [manifest])
            mac = hmac.digest(key, manifest, "sha256")
            _add(target, _MAC, len(mac), [mac])
            target.write(END)
            target.flush()
            os.fsync(target.fileno())
        unfinished.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise NotReadyError(
            f"The backup cannot be written to {file} ({error.strerror}): name a file in a folder "
            "that exists, belongs to this user and has space."
        ) from None
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


class Archive:
    """A backup that is read: whole, and each of its parts as it was written.

    Args:
        file: its place.
        kind: what it has to be, ``ledger`` or ``keys``.

    Raises:
        BackupUnusableError: it is not.

    Attributes:
        facts: what it says of itself; not to be believed before `authenticate`.
    """

    def __init__(self, file: Path, kind: str) -> None:
        try:
            self._file: IO[bytes] = file.open("rb")
        except OSError as error:
            raise BackupUnusableError(f"{file} cannot be read ({error.strerror}).") from None
        try:
            self._name = str(file)
            self._places = self._index()
            self.facts = self._checked(kind)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()

    def authenticate(self, key: bytes) -> None:
        """Refuse a backup that was not made with this key.

        Raises:
            BackupUnusableError: it was changed, or belongs to another key store.
        """
        made = hmac.digest(key, self.read(_MANIFEST), "sha256")
        if not hmac.compare_digest(made, self.read(_MAC)):
            raise BackupUnusableError(
                f"{self._name} was not made with the key store that is there: it was changed, or "
                "the key store is older than the first backup. Restore another backup of either."
            )

    def rows(self, table: str) -> Iterator[tuple[list[str], list[list[Any]]]]:
        """Yield the rows of a table, some at a time, each time with the names of the columns."""
        for name in self.facts.parts:
            found = _TABLE.fullmatch(name)
            if found is not None and found[1] == table:
                columns, rows = msgspec.msgpack.decode(
                    self.read(name), type=tuple[list[str], list[list[Any]]]
                )
                yield columns, rows

    @property
    def tables(self) -> list[str]:
        """The tables that it has rows of."""
        found = (_TABLE.fullmatch(name) for name in self.facts.parts)
        return list(dict.fromkeys(each[1] for each in found if each is not None))

    def read(self, name: str) -> bytes:
        """Return a part whole."""
        return b"".join(self.stream(name))

    def stream(self, name: str) -> Iterator[bytes]:
        """Yield a part in pieces."""
        place, size = self._places[name]
        self._file.seek(place)
        while size:
            chunk = self._file.read(min(size, _CHUNK_BYTES))
            if not chunk:
                raise self._incomplete()
            size -= len(chunk)
            yield chunk

    def _index(self) -> dict[str, tuple[int, int]]:
        places: dict[str, tuple[int, int]] = {}
        place = 0
        while any(block := self._block(place)):
            try:
                name, size = parse_header(block)
            except UnreadableError:
                raise self._incomplete() from None
            if name in places:
                raise BackupUnusableError(f"{self._name} has the part {name} twice.")
            place += BLOCK_BYTES
            places[name] = (place, size)
            place += size + -size % BLOCK_BYTES
        if not {_MANIFEST, _MAC} <= set(places):
            raise self._incomplete()
        return places

    def _checked(self, kind: str) -> Facts:
        try:
            facts = msgspec.json.decode(self.read(_MANIFEST), type=Facts)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise self._incomplete() from None
        if facts.format != _FORMAT:
            raise BackupUnusableError(
                f"{self._name} is a backup of another release: restore it with that one."
            )
        if facts.kind != kind:
            raise BackupUnusableError(
                f"{self._name} is a backup of kind {facts.kind}, and one of kind {kind} is needed."
            )
        if list(facts.parts) != [name for name in self._places if name not in {_MANIFEST, _MAC}]:
            raise BackupUnusableError(f"{self._name} has other parts than were written.")
        for name, digest in facts.parts.items():
            made = hashlib.sha256()
            for chunk in self.stream(name):
                made.update(chunk)
            if made.hexdigest() != digest:
                raise BackupUnusableError(
                    f"{self._name} is damaged: its part {name} is not what was written. Restore "
                    "another backup."
                )
        return facts

    def _block(self, place: int) -> bytes:
        self._file.seek(place)
        return self._file.read(BLOCK_BYTES)

    def _incomplete(self) -> BackupUnusableError:
        return BackupUnusableError(
            f"{self._name} is no backup, or ends before it is whole. Restore another backup."
        )


def parts_of(
    connection: Connection, table: sa.Table, columns: Iterable[str]
) -> Generator[Part, None, None]:
    """Yield the rows of a table as parts, as the transaction sees them, in order of the key."""
    names = [str(column) for column in columns]  # SQLAlchemy has a kind of text of its own
    found = connection.execute(
        sa.select(*(table.c[name] for name in names)).order_by(*table.primary_key),
        execution_options={"yield_per": ROWS},
    )
    with found:
        for number, rows in enumerate(found.partitions(), 1):
            content = msgspec.msgpack.encode((names, [list(row) for row in rows]))
            yield f"tables/{table.name}/{number:09d}", len(content), [content]


def insert(connection: Connection, archive: Archive, table: str) -> None:
    """Insert the rows that a backup has of a table, whatever columns that had."""
    for columns, rows in archive.rows(table):
        # Dates have become text, which both databases take for what it is.
        target = sa.table(table, *(sa.column(name) for name in columns))
        connection.execute(
            sa.insert(target), [dict(zip(columns, row, strict=True)) for row in rows]
        )


def _add(target: IO[bytes], name: str, size: int, content: Iterable[bytes]) -> str:
    digest, written = hashlib.sha256(), 0
    target.write(header(name, size))
    for chunk in content:
        target.write(chunk)
        digest.update(chunk)
        written += len(chunk)
    if written != size:
        message = f"{name} has {written} bytes, and {size} were announced"
        raise AssertionError(message)
    target.write(padding(size))
    return digest.hexdigest()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
