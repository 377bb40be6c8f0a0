"""`coalition demo`: made whole or not at all, and for this machine only."""

from __future__ import annotations

import fcntl
import json
import os
import re
import select
import shutil
import signal
import socket
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
import sqlalchemy as sa

from service.ledger.engine import begin_writing, create_engine
from service.ledger.tables import api_keys
from service.ledger.tables import sessions as begun
from service.security import sessions
from service.security.principal import Role
from tests.service.cli.conftest import Installation, assert_fault


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A demonstration, made once for the tests of this module."""
    folder = tmp_path_factory.mktemp("demo")
    place = Installation(folder, "unused")
    # What is in the environment is for a coalition of the operator's own.
    place.environment = {"COALITION_KEK": "x", "COALITION_KEYS_URL": "x", "COALITION_HOST": "x"}
    result = place.must("demo", f"--data={folder / 'data'}", "--no-serve")
    (folder / "said").write_text(result.stdout)
    return place


def test_it_says_where_it_is_and_who_may_do_what(made: Installation) -> None:
    said = (made.folder / "said").read_text()
    keys = made.folder / "data" / "demo-keys.json"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    content = json.loads(keys.read_text())
    assert {each["role"] for each in content["keys"]} == set(Role) - {Role.PUBLIC, Role.SYSTEM}
    assert len(content["queries"]) == 4
    partners = made.folder / "data" / "partner-keys.txt"
    assert stat.S_IMODE(partners.stat().st_mode) == 0o600
    assert len(partners.read_text().split()) == 13
    assert str(partners) in said
    assert all(each["key"] in said for each in content["keys"])
    assert "http://127.0.0.1:8000/graphql" in said


def test_a_link_signs_in_as_each_of_them_once(made: Installation, tmp_path: Path) -> None:
    shutil.copytree(made.folder / "data", tmp_path / "data")
    said = made.must("demo", f"--data={tmp_path / 'data'}", "--no-serve").stdout
    content = json.loads((tmp_path / "data" / "demo-keys.json").read_text())
    links = re.findall(r"^  (\S.*)\n +\S+/sign-in\?token=(\S+)$", said, re.MULTILINE)
    assert [label for label, _ in links] == [each["label"] for each in content["keys"]]
    engine = create_engine(f"sqlite:///{tmp_path / 'data' / 'ledger.db'}")
    now = datetime.now(UTC)
    with begin_writing(engine) as connection:
        for _, token in links:
            assert sessions.begin(connection, token, now=now) is not None
            assert sessions.begin(connection, token, now=now) is None
        held = sa.select(api_keys.c.role).join(begun, begun.c.prefix == api_keys.c.prefix)
        roles = set(connection.execute(held).scalars())
    engine.dispose()
    assert roles == {each["role"] for each in content["keys"]}


def test_it_says_how_to_sweep_it_and_that_sweeps_it(made: Installation, tmp_path: Path) -> None:
    shutil.copytree(made.folder / "data", tmp_path / "data")
    said = made.must("demo", f"--data={tmp_path / 'data'}", "--no-serve").stdout
    assert "Nothing is swept here" in said
    lines = said.rstrip().splitlines()[-4:]
    assert lines[-1].endswith("/coalition sweep")
    command = "\n".join(lines)
    told = []
    for _ in range(2):
        swept = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True)  # noqa: PLW1510 - told below
        assert swept.returncode == 0, swept.stderr
        told.append(swept.stderr.splitlines()[-1])
    assert told[0] != "0 done."
    assert told[1] == "0 done."


def test_a_port_that_is_taken_is_said_before_anything_is_made(
    made: Installation, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = made.run("demo", f"--data={tmp_path / 'other'}", f"--port={port}")
    assert_fault(result, 3, str(port))
    assert [*tmp_path.iterdir()] == []


def test_it_is_made_once_and_serves_its_queries_on_loopback(made: Installation) -> None:
    data = made.folder / "data"
    before = (data / "demo-keys.json").read_bytes()
    process = made.start("demo", f"--data={data}", "--port=0")
    try:
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], 30)
        assert ready, "it did not start in time"
        address = process.stdout.readline().split()[1]
        assert address.startswith("http://127.0.0.1:")
        content = json.loads(before)
        keys = {each["role"]: each["key"] for each in content["keys"]}
        for each in content["queries"]:
            key = keys.get(each["role"])
            headers = {} if key is None else {"authorization": f"Bearer {key}"}
            answer = httpx2.post(address, json={"query": each["query"]}, headers=headers)
            assert answer.status_code == 200
            assert "errors" not in answer.json(), answer.text
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.communicate()
    assert (data / "demo-keys.json").read_bytes() == before


def test_what_an_interrupted_run_left_is_thrown_away(made: Installation, tmp_path: Path) -> None:
    partial = tmp_path / "data.partial"
    partial.mkdir()
    (partial / "ledger.db").write_bytes(b"half")
    (partial / "deeper").mkdir()
    result = made.must("demo", f"--data={tmp_path / 'data'}", "--no-serve", "--seed=2")
    assert "thrown away" in result.stderr
    assert not partial.exists()
    assert (tmp_path / "data" / "demo-keys.json").exists()


def test_two_runs_do_not_make_the_same_one(made: Installation, tmp_path: Path) -> None:
    partial = tmp_path / "data.partial"
    partial.mkdir()
    descriptor = os.open(partial, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        result = made.run("demo", f"--data={tmp_path / 'data'}", "--no-serve")
        assert_fault(result, 2, "Another run")
    finally:
        os.close(descriptor)
    assert partial.exists()


def test_a_folder_that_holds_something_else_is_left_alone(
    made: Installation, tmp_path: Path
) -> None:
    (tmp_path / "letter.txt").write_text("Dear reader")
    assert_fault(made.run("demo", f"--data={tmp_path}", "--no-serve"), 2, "--data")
    assert [each.name for each in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])  # noqa: S104
def test_it_is_for_this_machine_only(made: Installation, tmp_path: Path, host: str) -> None:
    data = tmp_path / "data"
    assert_fault(made.run("demo", f"--data={data}", f"--host={host}"), 2, "loopback")
    assert not data.exists()
