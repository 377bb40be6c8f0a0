"""What stands in the views before a migration stands there after it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from projections import schema, tables
from projections.record_tables import fundings
from service.ledger.engine import begin_writing, create_engine

Rows = dict[str, dict[str, object]]


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    """Give a connection to a database of before the last migrations."""
    engine = create_engine(database_url)
    with begin_writing(engine) as connection:
        schema.upgrade(connection, "0046_rows_in_keys")
        yield connection
    engine.dispose()


def filled(connection: Connection) -> Rows:
    """Put a row with a value in every column into each view; return the rows by view."""
    there = sa.MetaData()
    there.reflect(connection)
    views = there.tables.keys() & tables.metadata.tables.keys() - {"read_models"}
    rows: Rows = {}
    for name in sorted(views):
        rows[name] = {column.name: _value(column.type) for column in there.tables[name].columns}
        connection.execute(sa.insert(there.tables[name]).values(rows[name]))
    return rows


def _value(kind: sa.types.TypeEngine[object]) -> object:
    if isinstance(kind, sa.Date):
        return date(2024, 2, 29)
    return 1 if isinstance(kind, sa.Integer) else "[]"


def test_every_view_keeps_its_rows(connection: Connection) -> None:
    rows = filled(connection)
    assert rows.keys() >= {"votes", "fundings", "memberships"}
    schema.upgrade(connection)
    for name, row in rows.items():
        (found,) = connection.execute(sa.select(tables.metadata.tables[name])).mappings()
        assert row.items() <= found.items(), name


def test_no_funding_is_taken_for_one_that_was_written_down_as_ended(connection: Connection) -> None:
    filled(connection)
    schema.upgrade(connection)
    assert connection.execute(sa.select(fundings.c.ended_position)).scalars().all() == [None]
