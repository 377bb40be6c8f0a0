"""The command line on an installation in a folder."""

from __future__ import annotations

import dataclasses
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli import app

FOUNDING = (
    "init",
    "--name=Coalition of the Test",
    "--origin=test.example/ledger",
    "--source=Minutes of the founding meeting",
    "--seats=collaborative-partner=8",
)


@dataclasses.dataclass
class Installation:
    """Where an operator has put things, and the commands they run there."""

    folder: Path
    database_url: str
    environment: dict[str, str] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Say in the environment where things are."""
        self.environment = {
            "COALITION_DATABASE_URL": self.database_url,
            "COALITION_KEYS_URL": f"sqlite:///{self.keys}",
            "COALITION_KEK_FILE": str(self.kek),
            "COALITION_PORT": "0",
            **self.environment,
        }

    @property
    def keys(self) -> Path:
        """The key store."""
        return self.folder / "keys.db"

    @property
    def kek(self) -> Path:
        """The file of the key-encryption key."""
        return self.folder / "kek"

    def run(self, *arguments: str) -> Result:
        """Run a command in this process."""
        return CliRunner().invoke(app, arguments, env=self.environment)

    def must(self, *arguments: str) -> Result:
        """Run a command that is to succeed."""
        result = self.run(*arguments)
        assert result.exit_code == 0, result.output
        return result

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Run a command in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-c", "from service.start import main; main()", *arguments],
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def assert_fault(result: Result, code: int, *said: str) -> None:
    """A fault is an exit code and one clear line on stderr: no traceback, no data."""
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("coalition: ")
    for part in said:
        assert part in lines[0]


@pytest.fixture(autouse=True)
def _keep_logging() -> Iterator[None]:
    """Give the logging back as it was: commands configure it for the whole process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("service").setLevel(logging.NOTSET)


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Installation:
    """An installation in which nothing is yet."""
    return Installation(tmp_path, database_url)


@pytest.fixture
def small_place(sqlite_url: str, tmp_path: Path) -> Installation:
    """The same on SQLite alone."""
    return Installation(tmp_path, sqlite_url)
