"""`coalition export`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.service.cli.conftest import Installation, assert_fault
from tests.service.graphql.story import LISTED, STAFF, Story
from tests.service.partners.tables import parquet, rows_of


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
    entries = listed.must("export", "entries.jsonl", "--where", "types=membership.admitted.v1")
    types = {json.loads(line)["type"] for line in entries.stdout.splitlines()}
    assert types == {"membership.admitted.v1"}
    done = listed.must("export", "memberships.csv", "--to", str(file))
    assert done.stdout == ""
    text = file.read_text()
    assert LISTED["organisation"] in text
    assert STAFF["organisation.name"] not in text


def test_a_table_with_types_is_written(
    listed: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = listed.folder / "members.parquet"
    listed.must("export", "memberships.parquet", "--where", "counties=29510", "--to", str(file))
    (row,) = rows_of(parquet(file.read_bytes()))
    assert row["listedName"] == LISTED["organisation"]
    assert row["organisation"] is None
    monkeypatch.setitem(sys.modules, "duckdb", None)
    other = listed.folder / "directory.parquet"
    missing = listed.run("export", "directory.parquet", "--to", str(other))
    assert_fault(missing, 3, "coalition-ledger[parquet]")
    assert not other.exists()


def test_what_cannot_be_written_is_told(listed: Installation) -> None:
    for personal in ("due-dates.ics", "applications.csv"):
        assert_fault(listed.run("export", personal), 2, "no export", "directory.csv")
    assert_fault(listed.run("export", "votes.csv", "--where", "kinds"), 2, "NAME=VALUE")
    assert_fault(listed.run("export", "votes.csv", "--where", "x=1"), 2, "x is none of")
