"""What reads of every view have in common: rows by id, pages, and counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Generic

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from projections.as_of import AsOf
from projections.codec import Codec
from projections.model import RowT
from projections.paging import Page, Window, fetch


class View(Generic[RowT]):
    """Reads the rows of one table.

    Args:
        table: the table of a read model, or an alias of it.
        row_type: what its rows are.
    """

    def __init__(self, table: sa.FromClause, row_type: type[RowT]) -> None:
        self.table = table
        self.codec = Codec(row_type)
        self.columns = [table.c[name] for name in self.codec.columns]

    def rows(
        self, connection: Connection, as_of: AsOf, *conditions: sa.ColumnElement[bool]
    ) -> list[RowT]:
        """Return the rows that meet conditions, in no order."""
        select = sa.select(*self.columns).where(as_of.rows_of(self.table), *conditions)
        return [self.codec.decode(row) for row in connection.execute(select)]

    def by_ids(self, connection: Connection, as_of: AsOf, ids: Iterable[str]) -> dict[str, RowT]:
        """Return rows by id; ids without a row are left out."""
        rows = self.rows(connection, as_of, self.table.c.id.in_(list(ids)))
        return {row.id: row for row in rows}

    def page(
        self,
        connection: Connection,
        as_of: AsOf,
        conditions: Iterable[sa.ColumnElement[bool]],
        order: Sequence[sa.ColumnElement[Any]],
        window: Window,
    ) -> Page[RowT]:
        """Return one page of the rows that meet conditions."""
        select = sa.select(*self.columns).where(as_of.rows_of(self.table), *conditions)
        page = fetch(connection, select, order, window)
        return Page(tuple(self.codec.decode(row) for row in page.rows), page.more)

    def total(
        self,
        connection: Connection,
        as_of: AsOf,
        conditions: Iterable[sa.ColumnElement[bool]],
    ) -> int:
        """Return how many rows meet conditions."""
        count = sa.select(sa.func.count()).select_from(self.table)
        where = count.where(as_of.rows_of(self.table), *conditions)
        return connection.execute(where).scalar_one()


def among(
    column: sa.ColumnElement[str], values: Sequence[str] | None
) -> list[sa.ColumnElement[bool]]:
    """Return the condition that a column has one of some values; ``None`` asks for nothing."""
    return [] if values is None else [column.in_(list(values))]
