"""What serves keeps nothing in memory that it does not use (docs/adr/0009)."""

import subprocess
import sys

import pytest

UNUSED = [
    "alembic",
    "duckdb",
    "eventsourcing",
    "greenlet",
    "psycopg",
    "pydantic",
    "rich",
    "socketserver",
    "sqlalchemy.dialects.postgresql",
    "stdnum",
    "typer",
    "uvicorn.main",
    "watchfiles",
]


def test_a_process_that_serves_sqlite_imports_nothing_large_that_it_does_not_use() -> None:
    loaded = f"[m for m in {UNUSED} if m in sys.modules]"
    program = f"import sys, service.start, service.app; print({loaded})"

    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout

    assert said.strip() == "[]"


@pytest.mark.parametrize("first", ["service.app", "service.graphql.types.entry"])
def test_the_schema_can_be_built_whatever_is_imported_first(first: str) -> None:
    program = f"import {first}; from service.graphql.schema import build_schema; build_schema()"

    subprocess.run([sys.executable, "-c", program], check=True)
