"""The root of subscriptions: what happened after a position.

A subscription is a query over a window of the log, asked again whenever the log has grown, from
where the last answer ended. So each answer is judged like any other, and whoever comes back with
the last position that they have misses nothing and hears nothing twice.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
import sqlalchemy as sa
import strawberry

from projections import tables as views
from projections.paging import Window as PageWindow
from service.graphql import entries
from service.graphql.context import Context, Info
from service.graphql.declare import field, object_type
from service.graphql.entries import EntryFilter
from service.graphql.errors import InvalidArgumentError
from service.graphql.ids import NodeKind, own_id
from service.graphql.paging import DEFAULT_PAGE, LARGEST_PAGE
from service.graphql.types.entry import EntryBatch
from service.graphql.types.ledger import EntryFilterInput, wanted_entries
from service.graphql.types.membership import memberships_by_id
from service.graphql.types.news import ChangedMembership, ChangedReviewQueue, NewEntries
from service.security.access import READ, Kind, Resource, may

AfterPosition = Annotated[
    int | None,
    strawberry.argument(
        description="Everything after this position is told, then what comes; without it, only "
        "what comes."
    ),
]


class Window(msgspec.Struct):
    """A part of the log.

    Attributes:
        after: the position before the first.
        upto: the last position; a field that has more to tell than fits sets an earlier one.
    """

    after: int
    upto: int


class NothingNewError(Exception):
    """The window has nothing that was asked for."""


@object_type
class Subscription:
    """What can be followed, over WebSocket or server-sent events."""

    window: strawberry.Private[Window]

    @field
    def entries(
        self,
        info: Info,
        filter: Annotated[  # noqa: A002 - the argument's name in the schema
            EntryFilterInput | None,
            strawberry.argument(description="Which entries are wanted."),
        ] = None,
        after: AfterPosition = None,  # noqa: ARG002 - it is in the window
        first: Annotated[
            int | None,
            strawberry.argument(
                description="How many are told at once, at most: 25 unless given, up to 100."
            ),
        ] = None,
    ) -> NewEntries:
        """The entries of the log, in order, each once."""
        context, window = info.context, self.window
        limit = DEFAULT_PAGE if first is None else first
        if not 1 <= limit <= LARGEST_PAGE:
            message = f"first is a number from 1 to {LARGEST_PAGE}, and {limit} is not."
            raise InvalidArgumentError("first", "page-size", message)
        found = _entries(context, wanted_entries(context, filter), window, limit)
        return NewEntries(
            position=window.upto, entries=list(EntryBatch(context, found).objects.values())
        )

    @field
    def membership_changed(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="A global id.")],  # noqa: A002 - the argument's name in the schema
        after: AfterPosition = None,  # noqa: ARG002 - it is in the window
    ) -> ChangedMembership:
        """A membership, whenever an entry about it is recorded."""
        context, window = info.context, self.window
        membership = own_id(NodeKind.MEMBERSHIP, id) or ""
        found = memberships_by_id(context, [membership], context.now).get(membership)
        if found is None:
            raise InvalidArgumentError("id", "known-id", "id is no membership.")
        wanted = EntryFilter(
            streams=[membership],
            confidential=may(
                context.principal, READ, Resource(kind=Kind.ENTRY), "ConfidentialEntry.stream"
            ),
        )
        # One is enough: the membership is told as it is at the window's end.
        _entries(context, wanted, Window(window.after, window.upto), 1)
        return ChangedMembership(position=window.upto, membership=found)

    @field
    def review_queue_changed(
        self,
        info: Info,
        after: AfterPosition = None,  # noqa: ARG002 - it is in the window
    ) -> ChangedReviewQueue | None:
        """The review queue, whenever an application or review changes. For staff."""
        since = self.window.after
        changed = (
            sa.select(sa.literal(1)).select_from(table).where(table.c.from_position > since)
            for table in (views.applications, views.reviews)
        )
        if not info.context.connection.execute(sa.union_all(*changed).limit(1)).first():
            raise NothingNewError
        return ChangedReviewQueue(position=self.window.upto)


def _entries(
    context: Context, wanted: EntryFilter, window: Window, limit: int
) -> tuple[entries.EntryRow, ...]:
    """Return the first entries of a window; where there are more, it ends with them.

    Raises:
        NothingNewError: there are none.
    """
    page = entries.page(context.connection, wanted, PageWindow(limit=limit, after=(window.after,)))
    if not page.rows:
        raise NothingNewError
    if page.more:
        window.upto = page.rows[-1].position
    return page.rows
