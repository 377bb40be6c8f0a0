"""The queue: the applications that somebody has to do something for, by age or by waiting."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.membership.waiting import AWAITED, ApplicationWaitlisted, SeatOfferExpired
from domain.terms import ApplicationKind, ApplicationPhase, Awaited
from projections import reviews
from projections.application_folds import ApplicationRow
from projections.applications import (
    VIEW,
)
from projections.as_of import AsOf
from projections.paging import Key, Page, Window
from projections.reading import among
from projections.tables import applications


class QueueOrder(StrEnum):
    """What the queue is ordered by; the id decides among equals."""

    AGE = "age"
    WAITING = "waiting"


class QueueFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which applications are asked for. ``None`` asks for nothing; an empty list finds none.

    Attributes:
        on: those that wait for one of these.
        reviewer: those that this person is to review.
    """

    on: Sequence[Awaited] | None = None
    kinds: Sequence[ApplicationKind] | None = None
    tiers: Sequence[str] | None = None
    reviewer: str | None = None


def page(
    connection: Connection, as_of: AsOf, wanted: QueueFilter, order: QueueOrder, window: Window
) -> Page[ApplicationRow]:
    """Return one page of the queue, the oldest or longest waiting first."""
    column = _COLUMNS[order]
    conditions = [column.is_not(None), *_conditions(wanted, as_of)]
    return VIEW.page(connection, as_of, conditions, [column, applications.c.id], window)


def key(row: ApplicationRow, order: QueueOrder) -> Key:
    """Return a row's place in the order, for `Window`."""
    first = row.queued_at if order is QueueOrder.AGE else row.waiting_since
    return (first, row.id)


def total(connection: Connection, as_of: AsOf, wanted: QueueFilter) -> int:
    """Return how many applications wait."""
    conditions = [applications.c.queued_at.is_not(None), *_conditions(wanted, as_of)]
    return VIEW.total(connection, as_of, conditions)


def places(connection: Connection, as_of: AsOf, tiers: Collection[str]) -> dict[str, int]:
    """Return the place of each application on the waitlist of its tier, from 1, by its id.

    Args:
        connection: the transaction to read in.
        as_of: what the places describe.
        tiers: whose waitlists are read.
    """
    columns = applications.c
    came = sa.func.max(_entries.c.position)
    found = connection.execute(
        sa.select(columns.id, columns.tier)
        .join(_entries, _entries.c.stream == columns.id)
        .where(
            as_of.rows_of(applications),
            columns.phase == ApplicationPhase.WAITLISTED,
            columns.tier.in_(tiers),
            _entries.c.type.in_([ApplicationWaitlisted.stored_name, SeatOfferExpired.stored_name]),
            _entries.c.position <= as_of.position,
        )
        .group_by(columns.id, columns.tier)
        .order_by(came)
    )
    lines: dict[str, list[str]] = {}
    for application, tier in found:
        lines.setdefault(tier, []).append(application)
    return {each: place for line in lines.values() for place, each in enumerate(line, start=1)}


# Named here rather than imported: the ledger's own tables belong to service/.
_entries = sa.table(
    "entries",
    sa.column("position", sa.BigInteger),
    sa.column("stream", sa.Text),
    sa.column("type", sa.Text),
)

_COLUMNS = {
    QueueOrder.AGE: applications.c.queued_at,
    QueueOrder.WAITING: applications.c.waiting_since,
}


def _conditions(wanted: QueueFilter, as_of: AsOf) -> list[sa.ColumnElement[bool]]:
    columns = applications.c
    conditions = [*among(columns.kind, wanted.kinds), *among(columns.tier, wanted.tiers)]
    if wanted.on is not None:
        conditions.append(sa.or_(sa.false(), *_on(wanted.on, as_of)))
    if wanted.reviewer is not None:
        conditions.append(reviews.assigned_to(columns.review, wanted.reviewer, as_of))
    return conditions


def _on(wanted: Sequence[Awaited], as_of: AsOf) -> Iterator[sa.ColumnElement[bool]]:
    phase = applications.c.phase
    others = [
        each
        for each, on in AWAITED.items()
        if on in wanted and each is not ApplicationPhase.IN_REVIEW
    ]
    yield phase.in_(others)
    in_review = phase == ApplicationPhase.IN_REVIEW
    reviewed = reviews.has_reviewer(applications.c.review, as_of)
    if Awaited.REVIEWER in wanted:
        yield sa.and_(in_review, reviewed)
    if Awaited.DIRECTOR in wanted:
        yield sa.and_(in_review, sa.not_(reviewed))
