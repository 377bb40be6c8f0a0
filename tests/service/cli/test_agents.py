"""`coalition mcp`, as an agent's program starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.service.cli.conftest import Installation
from tests.service.graphql.story import LISTED, Story


def test_an_agent_speaks_to_it_over_stdin_and_stdout(sqlite_url: str, tmp_path: Path) -> None:
    Story(sqlite_url, tmp_path).close()
    place = Installation(tmp_path, sqlite_url)
    place.kek.write_bytes(bytes(range(32)))
    place.kek.chmod(0o600)
    begin = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test"}}
    found = {"name": "find_members", "arguments": {"text": "shown"}}
    messages = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": begin},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": found},
    ]
    done = subprocess.run(
        [sys.executable, "-c", "from service.cli import app; app()", "mcp"],
        input="".join(json.dumps(each) + "\n" for each in messages),
        env={**os.environ, **place.environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["id"] for each in answers] == [1, 2]
    assert LISTED["organisation"] in answers[1]["result"]["content"][0]["text"]
    assert done.stderr == ""
