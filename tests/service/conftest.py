"""Fixtures for the service: a founded coalition on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.coalition import Coalition


@pytest.fixture
def coalition(database_url: str, tmp_path: Path) -> Iterator[Coalition]:
    """A coalition that was just founded, on SQLite and on PostgreSQL."""
    founded = Coalition(database_url, tmp_path)
    yield founded
    founded.close()


@pytest.fixture
def small_coalition(sqlite_url: str, tmp_path: Path) -> Iterator[Coalition]:
    """A coalition on SQLite alone, for tests that do not depend on the database."""
    founded = Coalition(sqlite_url, tmp_path)
    yield founded
    founded.close()
