"""The databases that other tests stand on are what they claim to be."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text

from tests.databases import (
    DatabaseUnavailableError,
    PostgresServer,
    SharedPostgres,
    connect,
    create_database,
    drop_database,
    shared_url,
)

ROOT = Path(__file__).parents[1]

# What one xdist worker does, as a process of its own.
WORKER = """
import sys
from pathlib import Path
from tests.databases import connect, create_database, shared_url
with connect(create_database(shared_url(Path(sys.argv[1])))) as connection:
    print(connection.execute("SELECT pg_postmaster_start_time()").fetchone())
"""

# An owner that starts a server and then waits to be killed.
OWNER = """
import time
from tests.databases import SharedPostgres, shared_url
shared = SharedPostgres()
shared_url(shared.folder)
print(shared.folder, flush=True)
time.sleep(60)
"""


def run_worker(folder: Path) -> str:
    command = [sys.executable, "-c", WORKER, str(folder)]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket, and which another account can enter."""
    with tempfile.TemporaryDirectory(prefix="coalition-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_postgresql_is_real_and_recent(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        version = connection.scalar(text("SELECT version()"))
        number = connection.scalar(text("SHOW server_version_num"))
    engine.dispose()
    assert str(version).startswith("PostgreSQL")
    assert int(str(number)) >= 170000


@pytest.mark.parametrize("visit", [1, 2])
def test_every_test_gets_an_empty_database(database_url: str, visit: int) -> None:
    count_tables = {
        "postgresql": "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'",
        "sqlite": "SELECT count(*) FROM sqlite_master",
    }
    engine = create_engine(database_url)
    with engine.begin() as connection:
        count = connection.scalar(text(count_tables[make_url(database_url).get_backend_name()]))
        connection.execute(text("CREATE TABLE left_behind (visit integer)"))
        connection.execute(text("INSERT INTO left_behind VALUES (:visit)"), {"visit": visit})
    engine.dispose()
    assert count == 0


def test_a_database_is_dropped_under_the_sessions_a_test_left_open(
    postgres_server_url: str,
) -> None:
    url = create_database(postgres_server_url)
    with connect(url) as left_open:
        drop_database(postgres_server_url, url)
        with pytest.raises(psycopg.OperationalError):
            left_open.execute("SELECT 1")


def test_workers_share_one_server_and_leave_nothing_behind() -> None:
    shared = SharedPostgres()
    with ThreadPoolExecutor() as pool:
        started_at = list(pool.map(run_worker, [shared.folder] * 3))
    shared.release()
    assert len(set(started_at)) == 1
    assert not shared.folder.exists()


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    with pytest.raises(DatabaseUnavailableError):
        shared_url(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


def test_the_server_ends_when_its_owner_is_killed() -> None:
    command = [sys.executable, "-c", OWNER]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        printed = owner.stdout.readline().strip()
        assert printed, "the owner could not start its server"
        folder = Path(printed)
        url = shared_url(folder)
        connect(url).close()
        owner.kill()
    deadline_s = time.monotonic() + 30
    while folder.exists() and time.monotonic() < deadline_s:
        time.sleep(0.05)
    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError):
        connect(url)


def test_a_killed_server_keeps_what_it_acknowledged(short_folder: Path) -> None:
    with PostgresServer(short_folder / "server") as server:
        with connect(server.url()) as connection:
            connection.execute("CREATE TABLE kept (position integer)")
            connection.execute("INSERT INTO kept VALUES (1)")
            server.kill()
        assert server.pid is None
        server.start()
        with connect(server.url()) as connection:
            assert connection.execute("SELECT position FROM kept").fetchall() == [(1,)]
