"""`coalition sweep`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.service.assembly import Assembly
from tests.service.cli.conftest import Installation, assert_fault


@pytest.fixture
def overdue(database_url: str, tmp_path: Path) -> Installation:
    """A vote that was to be closed long ago."""
    assembly = Assembly(database_url, tmp_path, partners=3)
    assembly.open(assembly.apply())
    assembly.coalition.close()
    place = Installation(tmp_path, database_url)
    place.kek.write_bytes(bytes(range(32)))
    place.kek.chmod(0o600)
    return place


def test_a_dry_run_tells_and_a_sweep_does_and_the_next_one_finds_nothing(
    overdue: Installation,
) -> None:
    told = json.loads(overdue.must("sweep", "--dry-run", "--json").stdout)
    assert (told[0]["kind"], told[0]["command"]) == ("vote-closes", "CloseVote")
    assert [each["command"] for each in told[1:]] == ["OpenRenewal"] * 3
    assert "CloseVote" in overdue.must("sweep", "--dry-run").stdout
    done = json.loads(overdue.must("sweep", "--json").stdout)
    # With its vote closed and not passed, the application is overdue too.
    assert done[: len(told)] == told
    assert [each["command"] for each in done[len(told) :]] == ["ExpireApplication"]
    again = overdue.must("sweep")
    assert (again.stdout, again.stderr) == ("", "0 done.\n")


def test_a_day_is_for_looking_ahead_only(overdue: Installation) -> None:
    earlier = overdue.must("sweep", "--dry-run", "--today", "2023-03-02", "--json")
    assert json.loads(earlier.stdout) == []
    assert_fault(overdue.run("sweep", "--today", "2023-03-02"), 2, "--today goes with --dry-run")
