"""`coalition export`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.service.cli.conftest import Installation, assert_fault
from tests.service.graphql.story import LISTED, STAFF, Story


@pytest.fixture
def listed(sqlite_url: str, tmp_path: Path) -> Installation:
    """A coalition with a directory."""
    Story(sqlite_url, tmp_path).close()
    place = Installation(tmp_path, sqlite_url)
    place.kek.write_bytes(bytes(range(32)))
    place.kek.chmod(0o600)
    return place


def test_a_file_is_written_as_the_service_gives_it_to_anybody(listed: Installation) -> None:
    shown = listed.must("export", "directory.jsonl", "--where", "counties=29510")
    (row,) = [json.loads(line) for line in shown.stdout.splitlines()]
    assert row["name"] == LISTED["organisation"]
    assert shown.stderr.startswith("directory.jsonl as of position ")
    file = listed.folder / "members.csv"
    done = listed.must("export", "memberships.csv", "--to", str(file))
    assert done.stdout == ""
    text = file.read_text()
    assert LISTED["organisation"] in text
    assert STAFF["organisation.name"] not in text


def test_what_cannot_be_written_is_told(listed: Installation) -> None:
    assert_fault(listed.run("export", "due-dates.ics"), 2, "no export", "directory.csv")
    assert_fault(listed.run("export", "votes.csv", "--where", "kinds"), 2, "NAME=VALUE")
    assert_fault(listed.run("export", "votes.csv", "--where", "x=1"), 2, "x is none of")
