"""Others' tools, from npm, against the service: its audits and clients decide what conforms."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.security.principal import Role
from tests.service.coalition import Coalition
from tests.service.http.conftest import new_key
from tests.service.live.served import served

FOLDER = Path(__file__).parent / "conformance"
AUDITS = 61


@pytest.fixture(scope="module")
def node() -> str:
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    return found


@pytest.fixture(scope="module")
def tools(node: str) -> Path:
    """A folder with the scripts and the packages of the lock file, kept for the next run."""
    lock = (FOLDER / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "coalition-ledger" / hashlib.sha256(lock).hexdigest()[:16]
    if not (folder / "installed").exists():
        npm = shutil.which("npm", path=f"{Path(node).parent}:{os.environ.get('PATH', '')}")
        if npm is None:
            pytest.skip("npm is not installed")
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(FOLDER / name, folder)
        done = subprocess.run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"npm cannot install the tools: {done.stderr.strip().splitlines()[:1]}")
        (folder / "installed").touch()
    for script in FOLDER.glob("*.mjs"):
        shutil.copy(script, folder)
    return folder


@pytest.fixture(scope="module")
def coalition(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coalition]:
    folder = tmp_path_factory.mktemp("coalition")
    founded = Coalition(f"sqlite:///{folder / 'ledger.db'}", folder)
    yield founded
    founded.close()


def test_every_audit_of_graphql_over_http_passes(
    coalition: Coalition, node: str, tools: Path
) -> None:
    with served(coalition) as address:
        said = subprocess.run(
            [node, "audits.mjs", f"{address}/graphql"],
            cwd=tools,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout
    found = json.loads(said)
    assert [each for each in found if each["status"] != "ok"] == []
    assert len({each["id"] for each in found}) == AUDITS


@pytest.mark.parametrize("kind", ["ws", "sse"])
def test_the_reference_clients_follow_the_log(
    coalition: Coalition, node: str, tools: Path, kind: str
) -> None:
    key = new_key(coalition, Role.AUDITOR if kind == "ws" else Role.DIRECTOR)
    with served(coalition) as address, coalition.ledger.read() as snapshot:
        before = snapshot.position
        url = f"{address.replace('http', kind) if kind == 'ws' else address}/graphql"
        process = subprocess.Popen(
            [node, "followers.mjs", kind, url, key, str(before + 1)],
            cwd=tools,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        # It has heard what there was, and waits for what comes.
        heard = process.stderr.readline()
        assert heard.strip() == str(before), process.communicate()[1]
        coalition.set_seats("collaborative-partner", 20 if kind == "ws" else 21)
        said, wrong = process.communicate(timeout=60)
    assert process.returncode == 0, wrong
    found = json.loads(said)
    assert found["role"] == ("AUDITOR" if kind == "ws" else "DIRECTOR")
    assert found["codes"] == ["VALIDATION_FAILED"]
    assert found["positions"] == list(range(1, before + 2))
