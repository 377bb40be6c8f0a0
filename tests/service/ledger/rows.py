"""The rows of a ledger's database."""

from __future__ import annotations

import sqlalchemy as sa

from service.ledger import tables
from tests.service.coalition import Coalition


def everything(coalition: Coalition) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table, for comparisons byte for byte."""
    metadata = sa.MetaData()
    metadata.reflect(coalition.ledger.engine)
    with coalition.ledger.engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=repr)
            for table in metadata.sorted_tables
        }


def all_entries(coalition: Coalition) -> list[sa.Row[tuple[object, ...]]]:
    with coalition.ledger.engine.connect() as connection:
        return list(
            connection.execute(sa.select(tables.entries).order_by(tables.entries.c.position))
        )
