"""What a read describes: the ledger up to a position, and a day."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from projections.columns import holds_now, is_latest

__all__ = ["AsOf", "holds_now", "is_latest", "position_at"]

# Named here rather than imported: the ledger's own tables belong to service/.
_entries = sa.table(
    "entries", sa.column("position", sa.BigInteger), sa.column("recorded_max", sa.BigInteger)
)


class AsOf(msgspec.Struct, frozen=True):
    """What a read describes.

    Attributes:
        position: the last entry taken into account; 0 is the ledger before its founding.
        effective: the day on which facts are to hold.
        current: the position is the head of the snapshot that the connection reads, so that
            the read may use the indexes of rows that hold now. The answer is the same.
    """

    position: int
    effective: date
    current: bool = False

    def rows_of(self, table: sa.FromClause) -> sa.ColumnElement[bool]:
        """Return the condition for the rows of a view, or of an alias of one."""
        columns = table.c
        conditions: list[sa.ColumnElement[bool]] = []
        if self.current:
            conditions.append(holds_now(table))
        else:
            conditions += [
                columns.from_position <= self.position,
                columns.to_position > self.position,
            ]
        if "effective_from" in columns:
            conditions += [
                columns.effective_from <= self.effective,
                columns.effective_to > self.effective,
            ]
        return sa.and_(*conditions)


def position_at(connection: Connection, recorded_at: int) -> int:
    """Return the last position recorded by a time; 0 when nothing was.

    Clocks go backwards, so the running maximum of recorded times counts.

    Args:
        connection: the transaction to read in.
        recorded_at: seconds since 1970, UTC.
    """
    latest: sa.Select[Any] = (
        sa.select(_entries.c.position)
        .where(_entries.c.recorded_max <= recorded_at)
        .order_by(_entries.c.recorded_max.desc(), _entries.c.position.desc())
        .limit(1)
    )
    return connection.execute(latest).scalar_one_or_none() or 0
