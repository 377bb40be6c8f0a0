"""What a monitor keeps: the last checkpoint of a log, and what was shown that spoke against it.

A folder holds, for each log, ``<SHA-256 of the origin>.checkpoint``; two checkpoints that do not
go together are kept as evidence beside it, and are never overwritten.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from domain.audit.finding import UnreadableError
from domain.ledger.checkpoint import Checkpoint
from domain.ledger.note import Note, NoteError


class Kept:
    """The last checkpoint of one log.

    Args:
        folder: made where there is none.
        origin: the log's name.
    """

    def __init__(self, folder: Path, origin: str) -> None:
        self._folder = folder
        self._name = hashlib.sha256(origin.encode()).hexdigest()
        self.file = folder / f"{self._name}.checkpoint"

    def read(self) -> Note | None:
        """Return the checkpoint; ``None`` before the first.

        Raises:
            UnreadableError: there is something else in its place.
        """
        try:
            note = Note.parse(self.file.read_bytes())
            Checkpoint.parse(note.text)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UnreadableError(f"{self.file} cannot be read ({error.strerror})") from None
        except NoteError as error:
            raise UnreadableError(f"{self.file} is no checkpoint: {error.reason}") from None
        return note

    def write(self, note: Note) -> None:
        """Replace the checkpoint; when this returns it is durable.

        Raises:
            UnreadableError: it cannot be kept.
        """
        self._write(self.file, note.to_bytes())

    def evidence(self, seen: bytes) -> Path:
        """Keep what a log showed that does not go with the checkpoint that is kept."""
        digest = hashlib.sha256(seen).hexdigest()[:16]
        file = self._folder / f"{self._name}.{digest}.evidence"
        self._write(file, seen)
        return file

    def _write(self, file: Path, content: bytes) -> None:
        fresh = file.with_name(f"{file.name}.new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with fresh.open("wb") as target:
                target.write(content)
                target.flush()
                os.fsync(target.fileno())
            fresh.replace(file)
            descriptor = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise UnreadableError(f"{file} cannot be written ({error.strerror})") from None
