"""What changed in memberships from entry to entry, read from the versions of their rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from projections.membership_folds import MembershipRow
from projections.paging import Key, Page, Window, fetch
from projections.reading import View
from projections.tables import FOREVER, memberships


class Change(msgspec.Struct, frozen=True, gc=False):
    """What one entry made of a membership.

    Attributes:
        before: the membership as the entries before left it; ``None`` where this one began it.
    """

    position: int
    before: MembershipRow | None
    after: MembershipRow


class Between(msgspec.Struct, frozen=True):
    """The entries at positions ``after < p <= upto``."""

    after: int
    upto: int


# An entry at a position closes the version that held for all days to come, and opens the next.
_after = memberships.alias("after")
_before = memberships.alias("before")
_AFTER = View(_after, MembershipRow)
_BEFORE = View(_before, MembershipRow)


def page(connection: Connection, between: Between, window: Window) -> Page[Change]:
    """Return one page of changes, in the order of their entries."""
    joined = _after.outerjoin(
        _before,
        sa.and_(
            _before.c.id == _after.c.id,
            _before.c.to_position == _after.c.from_position,
            _before.c.effective_to == FOREVER,
        ),
    )
    select = (
        sa.select(_after.c.from_position, *_AFTER.columns, *_BEFORE.columns)
        .select_from(joined)
        .where(*_conditions(between))
    )
    found = fetch(connection, select, [_after.c.from_position], window)
    return Page(tuple(_change(row) for row in found.rows), found.more)


def key(change: Change) -> Key:
    """Return a change's place in the order, for `Window`."""
    return (change.position,)


def total(connection: Connection, between: Between) -> int:
    """Return how many changes there are."""
    count = sa.select(sa.func.count()).select_from(_after).where(*_conditions(between))
    return connection.execute(count).scalar_one()


def _conditions(between: Between) -> list[sa.ColumnElement[bool]]:
    return [
        _after.c.from_position > between.after,
        _after.c.from_position <= between.upto,
        _after.c.effective_to == FOREVER,
    ]


def _change(row: sa.Row[Any]) -> Change:
    values: Sequence[Any] = row
    split = 1 + len(_AFTER.columns)
    before = values[split:]
    return Change(
        position=values[0],
        before=None if before[0] is None else _BEFORE.codec.decode(before),
        after=_AFTER.codec.decode(values[1:split]),
    )
