"""Where an auditor finds the files of a log: a folder, a bundle, or a server.

Nothing here needs a database, a key or a setting.
"""

from __future__ import annotations

import contextlib
import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final
from urllib.parse import urlsplit

from domain.audit.bundle import BLOCK_BYTES, parse_header
from domain.audit.finding import TamperedError, UnreadableError
from domain.audit.log import Read

TIMEOUT_S: Final = 20.0

_OK: Final = 200
_ABSENT: Final = frozenset({404, 410})
_ATTEMPTS: Final = 2


@contextmanager
def opened(place: str) -> Iterator[Read]:
    """Give what reads the files of a log.

    Args:
        place: a folder, the file of a bundle, or the address of a service or of its files.

    Raises:
        UnreadableError: there is nothing of the kind, or it cannot be reached.
    """
    if place.startswith(("http://", "https://")):
        with contextlib.closing(_Server(place)) as server:
            yield server.read
        return
    path = Path(place)
    try:
        file = None if path.is_dir() else path.open("rb")
    except OSError as error:
        raise UnreadableError(f"{place} cannot be read ({error.strerror})") from None
    if file is None:
        yield lambda name, most: _file(path / name, most)
        return
    with file:
        yield _Bundle(file).read


def _file(path: Path, most: int) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UnreadableError(f"{path} cannot be read ({error.strerror})") from None


class _Bundle:
    """The files of a bundle by name; only where they lie is kept."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._places: dict[str, tuple[int, int]] = {}
        place = 0
        while any(block := self._read(place, BLOCK_BYTES)):
            try:
                name, size = parse_header(block)
            except UnreadableError:
                if not self._places:
                    raise
                return  # what is missing after this has a position, which the audit names
            if name in self._places:
                raise TamperedError(f"the bundle has {name} twice")
            place += BLOCK_BYTES
            self._places[name] = (place, size)
            place += size + -size % BLOCK_BYTES
        if not self._places:
            raise UnreadableError("this is no bundle: it is empty")

    def read(self, name: str, most: int) -> bytes | None:
        """Return a file."""
        if name not in self._places:
            return None
        place, size = self._places[name]
        return self._read(place, min(size, most + 1))

    def _read(self, place: int, count: int) -> bytes:
        try:
            self._file.seek(place)
            return self._file.read(count)
        except OSError as error:
            raise UnreadableError(f"the bundle cannot be read ({error.strerror})") from None


class _Server:
    """A server of the log's files, over one connection; no redirection is followed."""

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise UnreadableError(f"{url} is no address") from None
        if not parts.hostname:
            raise UnreadableError(f"{url} is no address")
        kind = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        self._connection = kind(parts.hostname, port, timeout=TIMEOUT_S)
        path = parts.path.rstrip("/")
        # The address of a service alone means its log.
        self._prefix = path or "/log/v1"

    def read(self, name: str, most: int) -> bytes | None:
        """Return a file."""
        for attempt in range(_ATTEMPTS):
            try:
                return self._get(name, most)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                # A server may have closed a connection that it kept open for some time.
                if attempt == _ATTEMPTS - 1:
                    raise UnreadableError(f"the server does not answer ({error})") from None
        return None

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _get(self, name: str, most: int) -> bytes | None:
        self._connection.request("GET", f"{self._prefix}/{name}")
        answer = self._connection.getresponse()
        content = answer.read(most + 1)
        if len(content) > most:
            self.close()
        if answer.status in _ABSENT:
            answer.read(most)
            return None
        if answer.status != _OK:
            raise UnreadableError(f"the server answers {answer.status} for {name}")
        return content
