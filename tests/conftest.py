"""Fixtures for every test: fresh databases on the real thing, SQLite and PostgreSQL alike."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.databases import SharedPostgres, create_database, drop_database, shared_url

# How long an example takes says how busy the machine is, and nothing of the code.
settings.register_profile("here", deadline=None)
settings.register_profile("drill", deadline=None, max_examples=2_000)
settings.load_profile("here")

OWNED = pytest.StashKey[SharedPostgres]()
FOLDER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Let the main process own the PostgreSQL server; xdist workers are told its folder."""
    worker_input = getattr(config, "workerinput", None)
    if worker_input is None:
        config.stash[OWNED] = SharedPostgres()
        config.stash[FOLDER] = config.stash[OWNED].folder
    else:
        config.stash[FOLDER] = Path(worker_input["postgres_folder"])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Tell an xdist worker where the server of this run is."""
    # xdist is untyped: `node` is its WorkerController.
    node.workerinput["postgres_folder"] = str(node.config.stash[FOLDER])  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server before the run is over."""
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
