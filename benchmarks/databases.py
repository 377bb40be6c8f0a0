"""The databases measured: a PostgreSQL server of one's own, durable, and files for SQLite."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from tests.databases import PostgresServer, connect, create_database, drop_database

T = TypeVar("T")

DATABASES: Final = ("postgresql", "sqlite")

# As it comes, apart from what a test needs and a server has not by default.
_SETTINGS: Final = {"wal_level": "replica"}


class Databases:
    """Gives fresh databases of either kind."""

    def __init__(self, folder: Path, server: PostgresServer, kept: ExitStack) -> None:
        self.folder = folder
        self._kept = kept
        self._made: dict[str, Any] = {}
        self._server = server
        self._files = 0

    @contextmanager
    def fresh(self, kind: str) -> Iterator[str]:
        """Give the URL of an empty database, which is gone afterwards."""
        self._files += 1
        if kind == "sqlite":
            file = self.folder / f"bench-{self._files}.db"
            yield f"sqlite:///{file}"
            for part in self.folder.glob(f"{file.name}*"):
                part.unlink()
        else:
            url = create_database(self._server.url())
            yield url
            drop_database(self._server.url(), url)

    def once(self, name: str, make: Callable[[ExitStack], T]) -> T:
        """Return what is made once a run, and kept to its end."""
        if name not in self._made:
            self._made[name] = make(self._kept)
        made: T = self._made[name]
        return made

    def postgres_version(self) -> str:
        """Return the server's version, having asserted that it is durable."""
        with connect(self._server.url()) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                row = connection.execute(f"SHOW {setting}").fetchone()
                assert row == ("on",), (setting, row)
            major, minor = divmod(connection.info.server_version, 10_000)
            return f"{major}.{minor}"


@contextmanager
def databases() -> Iterator[Databases]:
    """Start a server in a folder of its own, and leave nothing behind."""
    folder = Path(tempfile.mkdtemp(prefix="coalition-bench-"))
    folder.chmod(0o755)  # root's server runs under another account
    try:
        with PostgresServer(folder / "server", _SETTINGS) as server, ExitStack() as kept:
            yield Databases(folder, server, kept)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fdatasync_ms(folder: Path) -> list[float]:
    """Return how long it takes to make 8 KiB durable in a file that has its size, sorted."""
    taken = []
    fd = os.open(folder / "sync-probe", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        os.pwrite(fd, bytes(1 << 20), 0)
        os.fsync(fd)
        for place in range(300):
            os.pwrite(fd, os.urandom(8192), place % 100 * 8192)
            began_s = time.perf_counter()
            os.fdatasync(fd)
            taken.append(1000 * (time.perf_counter() - began_s))
    finally:
        os.close(fd)
        (folder / "sync-probe").unlink()
    return sorted(taken)
