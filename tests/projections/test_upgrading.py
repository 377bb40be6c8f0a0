"""What stands in the views before a migration stands there after it."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from projections import schema
from projections.record_tables import fundings
from service.ledger.engine import begin_writing, create_engine


def test_fundings_keep_their_rows_and_none_of_them_was_written_down_as_ended(
    database_url: str,
) -> None:
    engine = create_engine(database_url)
    row = {
        "id": "a funding",
        "since": date(2011, 1, 1),
        "precision": "year",
        "until": date(2014, 1, 1),
        "until_precision": "year",
        "entry": "an entry",
        "position": 3,
        "version": 1,
        "from_position": 3,
        "to_position": 2**63 - 1,
        "effective_from": date(2011, 1, 1),
        "effective_to": date(9999, 12, 31),
    }
    with begin_writing(engine) as connection:
        schema.upgrade(connection, "0046_rows_in_keys")
        before = sa.table("fundings", *(sa.column(name, fundings.c[name].type) for name in row))
        connection.execute(sa.insert(before), [row])
        schema.upgrade(connection)
        (found,) = connection.execute(sa.select(fundings)).mappings()
    assert found == row | {"ended_position": None}
    engine.dispose()
