"""Others' tools, from npm, against the service: its audits and clients decide what conforms."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from service.security.principal import Role
from tests.service.coalition import Coalition
from tests.service.http.conftest import new_key
from tests.service.live.served import served

AUDITS = 61
# What is installed from the lock files once takes longer than a test does.
pytestmark = pytest.mark.timeout(300)


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
