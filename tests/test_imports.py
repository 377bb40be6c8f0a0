"""What serves keeps nothing in memory that it does not use (docs/adr/0009)."""

import subprocess
import sys

UNUSED = ["alembic", "eventsourcing", "psycopg", "pydantic", "sqlalchemy.dialects.postgresql"]


def test_a_process_that_serves_sqlite_imports_nothing_large_that_it_does_not_use() -> None:
    program = f"import sys, service.app; print([m for m in {UNUSED} if m in sys.modules])"

    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout

    assert said.strip() == "[]"
