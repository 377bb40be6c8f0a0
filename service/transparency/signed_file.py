"""The checkpoint that was signed last, kept in a file outside the ledger's database.

A database that is restored from a backup has forgotten what was signed since, and signing on
from there would fork the log. The file remembers (docs/adr/0012).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.ledger.note import Note, NoteError
from service.faults import NotReadyError
from service.ledger.key_encryption import sync_folder


class SignedFile:
    """A file whose content is there whole and durable, or as it was before.

    Args:
        path: its place; ``<path>.lock`` beside it keeps two signers apart.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Note | None:
        """Return the checkpoint that was signed last; ``None`` if there is no file.

        Raises:
            NotReadyError: the file cannot be read, or is no checkpoint.
        """
        try:
            return Note.parse(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise NotReadyError(
                f"{self.path}, which remembers the checkpoint signed last, cannot be read "
                f"({error.strerror}): give it to the user running the service."
            ) from None
        except NoteError:
            raise NotReadyError(
                f"{self.path}, which remembers the checkpoint signed last, is no checkpoint: "
                "put back the last one that was published, as a witness or a reader has it."
            ) from None

    def write(self, note: Note) -> None:
        """Replace the content; when this returns it is durable.

        Raises:
            NotReadyError: it cannot be written; what was there is there.
        """
        fresh = self.path.with_name(f"{self.path.name}.new")
        try:
            with open(fresh, "wb", opener=_private) as file:
                file.write(note.to_bytes())
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
            sync_folder(self.path.parent)
        except OSError as error:
            raise NotReadyError(
                f"The checkpoint signed last cannot be kept in {self.path} ({error.strerror}): "
                "name a file in a folder of the user running the service, with space left."
            ) from None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other signers out, of this machine, while the block runs.

        Raises:
            NotReadyError: the lock's file cannot be made.
        """
        try:
            descriptor = os.open(f"{self.path}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise NotReadyError(
                f"{self.path}.lock cannot be made ({error.strerror}): name a file with "
                "COALITION_SIGNED_FILE in a folder of the user running the service."
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
