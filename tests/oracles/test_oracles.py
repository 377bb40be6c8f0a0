"""Others' libraries accept the test vectors, and somebody else's witness cosigns our checkpoints.

``make oracles`` makes the environment; without it these are skipped.
"""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from domain.audit.monitor import _tiles
from domain.ledger.checkpoint import Checkpoint, verify
from domain.ledger.note import Note, VerifierKey, parse_lines
from domain.ledger.proofs import consistency_proof
from domain.ledger.witness import AddCheckpoint
from tests.domain.audit.logs import KEY, checkpoint_of, files_of, written

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-oracles" / "bin" / "python"

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="`make oracles` was not run")


def test_others_libraries_verify_signatures_tiles_and_proofs() -> None:
    done = subprocess.run(
        [str(PYTHON), str(ROOT / "tests/oracles/check.py"), str(ROOT / "docs/vectors")],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["aics-tlog", "sigstore"]


@contextmanager
def witness(folder: Path) -> Iterator[tuple[VerifierKey, int]]:
    """Run the witness; give its key and its port."""
    program = [str(PYTHON), "-m", "aics_witness"]
    environment = {"AICS_WITNESS_CONFIG": str(folder / "witness.json")}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [*program, *arguments], check=True, capture_output=True, text=True, env=environment
        )
        return done.stdout

    run("init", "--name", "witness.example/theirs")
    run("add-log", "--origin", KEY.name, "--vkey", str(KEY.verifier))
    key = VerifierKey.parse(json.loads(run("status", "--json"))["witness"]["vkey"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    serve = [*program, "serve", "--listen", f"127.0.0.1:{port}"]
    with subprocess.Popen(serve, env=environment) as served:
        try:
            yield key, port
        finally:
            served.terminate()


def ask(port: int, request: AddCheckpoint) -> tuple[int, str]:
    """Send a request, waiting until the witness listens."""
    for _ in range(100):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("POST", "/add-checkpoint", request.to_bytes())
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except ConnectionRefusedError:
            time.sleep(0.1)
        finally:
            connection.close()
    pytest.fail("the witness did not begin to listen")


def growth(entries: list[bytes], old: int) -> AddCheckpoint:
    """Return the request to cosign the log of these entries."""
    files = files_of(entries)
    tiles = _tiles(lambda name, _: files.get(name), len(entries))
    proof = consistency_proof(old, len(entries), tiles) if old else ()
    return AddCheckpoint(old, tuple(proof), checkpoint_of(files))


def test_a_witness_of_others_cosigns_what_extends_and_nothing_else(tmp_path: Path) -> None:
    entries = written(600)
    forked = [*entries[:200], *entries[201:]]
    with witness(tmp_path) as (key, port):
        for old, size in ((0, 200), (200, 300), (300, 600)):
            request = growth(entries[:size], old)
            status, body = ask(port, request)
            assert status == 200, body
            cosigned = Note(request.note.text, tuple(parse_lines(body)))
            assert verify(cosigned, [key]).checkpoint == Checkpoint.parse(request.note.text)
        assert ask(port, growth(entries[:300], 200)) == (409, "600\n")
        refused = AddCheckpoint(600, (), checkpoint_of(files_of([*forked, entries[200]])))
        assert ask(port, refused)[0] == 422
