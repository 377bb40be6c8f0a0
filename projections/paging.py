"""Pages by key: from a row on, forward or backward, without counting what was passed over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

RowT = TypeVar("RowT")

Key: TypeAlias = tuple[Any, ...]
"""A row's place in an order: the values of the columns ordered by. The last is unique."""


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of an ordered list is asked for.

    Attributes:
        limit: rows at most.
        after: only rows that come after the one with this key.
        before: only rows that come before the one with this key.
        backward: the last rows rather than the first; they are given in order all the same.
        descending: the order is from the greatest key to the least.
    """

    limit: int
    after: Key | None = None
    before: Key | None = None
    backward: bool = False
    descending: bool = False


class Page(msgspec.Struct, Generic[RowT], frozen=True):
    """Rows in order.

    Attributes:
        rows: at most as many as were asked for.
        more: whether there are further ones in the direction of reading.
    """

    rows: tuple[RowT, ...]
    more: bool


def fetch(
    connection: Connection,
    select: sa.Select[Any],
    order: Sequence[sa.ColumnElement[Any]],
    window: Window,
) -> Page[sa.Row[Any]]:
    """Read one page of a select.

    Args:
        connection: the transaction to read in.
        select: columns and conditions, without an order.
        order: what to order by; the last column is unique.
        window: which part.
    """
    key = sa.tuple_(*order)
    least, greatest = window.after, window.before
    if window.descending:
        least, greatest = greatest, least
    if least is not None:
        select = select.where(key > _bound(order, least))
    if greatest is not None:
        select = select.where(key < _bound(order, greatest))
    falling = window.backward is not window.descending
    by = [column.desc() for column in order] if falling else order
    # One row more than asked for tells whether there are further ones.
    rows = connection.execute(select.order_by(*by).limit(window.limit + 1)).all()
    kept = rows[: window.limit]
    return Page(tuple(reversed(kept) if window.backward else kept), len(rows) > window.limit)


def _bound(order: Sequence[sa.ColumnElement[Any]], key: Key) -> sa.Tuple:
    pairs = zip(order, key, strict=True)
    return sa.tuple_(*(sa.literal(value, column.type) for column, value in pairs))
