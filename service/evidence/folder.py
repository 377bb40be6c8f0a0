"""A folder of encrypted files: put, read, deleted, each under a key of its own.

A file is a sequence of blocks, each of four bytes of length and a sealed value (see
`service.ledger.sealing`). What a block is bound to is the file's id, the block's number, and
whether it is the last, so that none can be moved, left out or added. Whoever needs another place
for files, such as an object store, makes another class with these methods.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from service.ledger.key_encryption import sync_folder
from service.ledger.sealing import DataKey, SealBrokenError, open_sealed, place, seal

BLOCK_BYTES: Final = 64 * 1024

_ORIGIN: Final = "evidence"
_LENGTH_BYTES: Final = 4


class Folder:
    """Keeps files by id: 128 random bits in lower-case hex.

    Args:
        path: the folder, which is made for its owner only when it is first needed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def put(self, file_id: str, key: DataKey, content: Iterable[bytes]) -> None:
        """Keep a file durably; a crash before the end leaves none of this id.

        Raises:
            OSError: it cannot be written.
        """
        self.put_sealed(file_id, _sealed(file_id, key, content))

    def put_sealed(self, file_id: str, content: Iterable[bytes]) -> None:
        """Keep what `sealed` gave, likewise; one that is there is replaced.

        Raises:
            OSError: it cannot be written.
        """
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self._path / f"{file_id}.part"
        try:
            with part.open("wb") as file:
                for chunk in content:
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._path / file_id)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        sync_folder(self._path)

    def sealed(self, file_id: str) -> tuple[int, Iterator[bytes]] | None:
        """Return the size of a file and its content as it is kept; ``None`` where there is none.

        What is deleted meanwhile is still read to its end.
        """
        try:
            file = (self._path / file_id).open("rb")
        except FileNotFoundError:
            return None
        return os.fstat(file.fileno()).st_size, _chunks(file)

    def read(self, file_id: str, key: DataKey) -> Iterator[bytes]:
        """Yield a file, block by block.

        Raises:
            FileNotFoundError: there is none.
            SealBrokenError: it was changed; what came before was not.
        """
        with (self._path / file_id).open("rb") as file:
            number, is_last = 0, False
            sealed = _next(file.read(_LENGTH_BYTES), file.read)
            while sealed is not None:
                following = file.read(_LENGTH_BYTES)
                is_last = not following
                yield open_sealed(key, _place(file_id, number, is_last=is_last), sealed)
                sealed = None if is_last else _next(following, file.read)
                number += 1
        if not is_last:
            message = f"the file {file_id} has no end"
            raise SealBrokenError(message)

    def delete(self, file_id: str) -> None:
        """Delete a file; one that is not there is deleted already."""
        with suppress(FileNotFoundError):
            (self._path / file_id).unlink()

    def aged(self, seconds: float) -> Iterator[str]:
        """Yield the id of every file, broken off or whole, that was written so long ago."""
        if not self._path.exists():
            return
        before = time.time() - seconds
        for file in self._path.iterdir():
            if file.stat().st_mtime < before:
                yield file.name


def _sealed(file_id: str, key: DataKey, content: Iterable[bytes]) -> Iterator[bytes]:
    for number, (block, is_last) in enumerate(_blocks(content)):
        sealed = seal(key, _place(file_id, number, is_last=is_last), block)
        yield len(sealed).to_bytes(_LENGTH_BYTES, "big") + sealed


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(BLOCK_BYTES):
            yield chunk


def _blocks(content: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield blocks of equal length and whether each is the last; an empty file has one."""
    waiting = bytearray()
    for chunk in content:
        waiting += chunk
        while len(waiting) > BLOCK_BYTES:
            yield bytes(waiting[:BLOCK_BYTES]), False
            del waiting[:BLOCK_BYTES]
    yield bytes(waiting), True


def _next(length: bytes, read: Callable[[int], bytes]) -> bytes | None:
    if len(length) < _LENGTH_BYTES:
        return None
    return read(int.from_bytes(length, "big"))


def _place(file_id: str, number: int, *, is_last: bool) -> bytes:
    return place(_ORIGIN, file_id, f"{number}{'.' if is_last else ''}")
