"""Others' tools, installed from the lock files beside them, and a coalition to try them on."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.domain.policy.files import CATE_TOML
from tests.service.coalition import Coalition

FOLDER = Path(__file__).parent / "conformance"


def kept(lock: Path, install: Callable[[Path], str | None]) -> Path:
    """Return a folder made from a lock file, kept for the next run.

    Args:
        lock: names what is installed, by version and hash.
        install: installs it in a folder; returns why it cannot, if so.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "coalition-ledger"
    folder = cache / hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    # Tests in other processes may want the same.
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            if reason := install(folder):
                pytest.skip(reason)
            (folder / "installed").touch()
    return folder


def ran(command: list[str], folder: Path) -> str | None:
    """Run an installation; return the first line of what is wrong, if anything."""
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=240, check=False
    )
    if done.returncode == 0:
        return None
    return f"{Path(command[0]).name} cannot install it: {done.stderr.strip().splitlines()[:1]}"


@pytest.fixture(scope="session")
def node() -> str:
    """The program, or a reason to skip."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    return found


@pytest.fixture(scope="session")
def tools(node: str) -> Path:
    """A folder with the scripts and the packages of npm's lock file."""

    def install(folder: Path) -> str | None:
        npm = shutil.which("npm", path=f"{Path(node).parent}:{os.environ.get('PATH', '')}")
        if npm is None:
            return "npm is not installed"
        for name in ("package.json", "package-lock.json"):
            shutil.copy(FOLDER / name, folder)
        return ran([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)

    folder = kept(FOLDER / "package-lock.json", install)
    for script in FOLDER.glob("*.mjs"):
        shutil.copy(script, folder)
    return folder


@pytest.fixture(scope="session")
def ariadne() -> Path:
    """The folder of the programs of an environment for ariadne-codegen and what it generates."""
    lock = FOLDER / "ariadne" / "requirements.txt"

    def install(folder: Path) -> str | None:
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        return ran([sys.executable, "-m", "venv", "."], folder) or ran(
            [*pip, "--require-hashes", "--only-binary=:all:", "-r", str(lock)], folder
        )

    return kept(lock, install) / "bin"


@pytest.fixture(scope="module")
def coalition(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coalition]:
    """A coalition on SQLite for the tests of a module."""
    folder = tmp_path_factory.mktemp("coalition")
    founded = Coalition(f"sqlite:///{folder / 'ledger.db'}", folder, partners=5, policy=CATE_TOML)
    yield founded
    founded.close()
