"""Fixtures for every test: fresh databases on the real thing, SQLite and PostgreSQL alike."""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.databases import SharedPostgres, create_database, drop_database, shared_url
from tests.migrated import drop_templates

# How long an example takes says how busy the machine is, and nothing of the code.
settings.register_profile("here", deadline=None)
settings.register_profile("drill", deadline=None, max_examples=2_000)
settings.load_profile("here")

# The suite holds a million objects for its whole run: to search them all for garbage as often as
# Python would takes a sixth of the time.
gc.set_threshold(5_000, 10, 50)

OWNED = pytest.StashKey[SharedPostgres]()
FOLDER = pytest.StashKey[Path]()

MEMORY = Path("/dev/shm")  # noqa: S108 - the folders made in it have random names
NEEDED_BYTES = 3 << 30


def _keep_files_in_memory() -> None:
    """Put what tests write into memory, where there is enough of it and nobody says otherwise.

    A test makes and drops hundreds of files, and none has to outlast a power cut.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    # The programs of PostgreSQL may be copied to it, to be run by another account.
    runs_programs = not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
    if runs_programs and shutil.disk_usage(MEMORY).free >= NEEDED_BYTES:
        # Workers, servers and whatever a test starts inherit it.
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def pytest_configure(config: pytest.Config) -> None:
    """Let the main process own the PostgreSQL server; xdist workers are told its folder."""
    worker_input = getattr(config, "workerinput", None)
    if worker_input is None:
        _keep_files_in_memory()
        config.stash[OWNED] = SharedPostgres()
        config.stash[FOLDER] = config.stash[OWNED].folder
    else:
        config.stash[FOLDER] = Path(worker_input["postgres_folder"])


def pytest_collection_finish() -> None:
    """Leave what was loaded out of every later search for garbage, as the server does."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Tell an xdist worker where the server of this run is."""
    # xdist is untyped: `node` is its WorkerController.
    node.workerinput["postgres_folder"] = str(node.config.stash[FOLDER])  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server before the run is over."""
    drop_templates()
    if OWNED in config.stash:
        config.stash[OWNED].release()


@pytest.fixture(scope="session")
def postgres_server_url(pytestconfig: pytest.Config) -> str:
    """A PostgreSQL server shared by the whole run, or the one named by the environment."""
    return os.environ.get("COALITION_TEST_POSTGRES_URL") or shared_url(pytestconfig.stash[FOLDER])


@pytest.fixture
def postgres_url(postgres_server_url: str) -> Iterator[str]:
    """A fresh, empty PostgreSQL database, dropped after the test."""
    url = create_database(postgres_server_url)
    yield url
    drop_database(postgres_server_url, url)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database of each kind: the test runs on both."""
    fixture = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    url: str = request.getfixturevalue(fixture)
    return url
