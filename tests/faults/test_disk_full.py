"""A full disk: what was acknowledged is there, nothing is there in part, and it goes on after."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from service.ledger.request import Accepted
from tests.faults.writing import open_ledger, submission
from tests.service.cli.conftest import Installation
from tests.service.coalition import Coalition, organisation
from tests.service.ledger.erasures import assert_views_follow, public


def test_a_full_disk_refuses_and_loses_nothing(sqlite_url: str, tmp_path: Path) -> None:
    coalition = Coalition(sqlite_url, tmp_path)
    places = coalition.places
    coalition.close()
    limit = max(each.stat().st_size for each in tmp_path.iterdir()) + 200_000
    done = subprocess.run(
        [
            sys.executable, "-m", "tests.faults.filling",
            places.database_url, places.keys_url, str(limit),
        ],
        check=False,
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    *acknowledged, fault, position = done.stdout.split("\n")[:-1]
    assert fault == "UnavailableError"
    assert acknowledged

    with closing(open_ledger(places.database_url, places.keys_url)) as ledger:
        before = public(ledger)
        assert len(before) == int(position)
        for line in acknowledged[-100:]:
            command_id, last = line.split()
            outcome = ledger.execute(submission(command_id))
            assert isinstance(outcome, Accepted)
            assert outcome.entries[-1].position == int(last)
        assert public(ledger) == before
        assert_views_follow(ledger)


def test_a_backup_or_a_restore_without_space_leaves_nothing(
    sqlite_url: str, tmp_path: Path
) -> None:
    place = Installation(tmp_path, sqlite_url)
    place.kek.write_bytes(bytes(range(32)))
    place.kek.chmod(0o600)
    coalition = Coalition(sqlite_url, tmp_path)
    for _ in range(100):
        coalition.submit("community-network", organisation())
    coalition.close()
    file = tmp_path / "ledger.backup"

    def limited(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tests.faults.commanding", *command],
            env={**os.environ, **place.environment},
            check=False,
            capture_output=True,
            text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)),
        )

    refused = limited("backup", "ledger", str(file))
    assert refused.returncode == 3, refused.stderr
    assert refused.stderr.startswith("coalition: The backup cannot be written")
    assert len(refused.stderr.splitlines()) == 1
    assert [each for each in tmp_path.iterdir() if "backup" in each.name] == []

    place.must("backup", "ledger", str(file))
    place.environment["COALITION_DATABASE_URL"] = f"sqlite:///{tmp_path / 'restored.db'}"
    refused = limited("restore", "ledger", str(file))
    assert refused.returncode == 3, refused.stderr
    assert refused.stderr.startswith("coalition: The database did not do what was asked")
    place.must("restore", "ledger", str(file))
