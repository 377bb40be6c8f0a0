"""The review queue: whom each application waits for, and how long it has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, TypeAlias

import strawberry

from domain.terms import ApplicationKind, Awaited
from projections import queue
from projections.application_folds import ApplicationRow
from projections.paging import Page, Window
from projections.queue import QueueFilter, QueueOrder
from service.graphql.context import Context, Info
from service.graphql.declare import field
from service.graphql.describing import describe
from service.graphql.filters import check_filter
from service.graphql.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    Order,
    PageArguments,
    Paged,
    window_of,
)
from service.graphql.rules import check_places
from service.graphql.types.application import Application, ApplicationBatch

describe(
    QueueOrder,
    "What the review queue is ordered by; what has waited longest comes first.",
    {
        QueueOrder.AGE: "When it was submitted.",
        QueueOrder.WAITING: "Since when it waits for whom it waits for.",
    },
    name="ReviewQueueOrder",
)


@strawberry.input(
    name="ReviewQueueFilter",
    description="Which applications are wanted. Leave a field out to want any.",
)
class ReviewQueueFilterInput:
    """Restrictions that hold together."""

    waiting_on: list[Awaited] | None = strawberry.field(
        default=None, description="Who has to do the next thing."
    )
    kinds: list[ApplicationKind] | None = strawberry.field(
        default=None, description="What they ask for."
    )
    tiers: list[str] | None = strawberry.field(
        default=None, description="Keys of the tiers asked for."
    )
    reviewer: strawberry.ID | None = strawberry.field(
        default=None, description="Who was assigned, by their sign-in."
    )


ReviewQueueFilterArgument: TypeAlias = Annotated[
    ReviewQueueFilterInput | None, strawberry.argument(description="Which applications are wanted.")
]
ReviewQueueOrderArgument: TypeAlias = Annotated[
    QueueOrder, strawberry.argument(description="In which order.")
]


def queue_page(
    context: Context,
    given: ReviewQueueFilterInput | None,
    by: QueueOrder,
    arguments: PageArguments,
) -> Connection[Application]:
    """Return a page of the queue. Who may ask for it may know of every application."""
    given = given or ReviewQueueFilterInput()
    check_filter(given)
    check_places(context, context.now, tiers=given.tiers)
    wanted = QueueFilter(
        on=given.waiting_on, kinds=given.kinds, tiers=given.tiers, reviewer=given.reviewer
    )
    order = Order[ApplicationRow](
        f"queue/{by}",
        tuple[int, str] if by is QueueOrder.AGE else tuple[date, str],
        lambda row: queue.key(row, by),
    )
    connection, now = context.connection, context.now

    def read(window: Window) -> Page[ApplicationRow]:
        return queue.page(connection, now, wanted, by, window)

    def nodes(rows: Sequence[ApplicationRow]) -> Sequence[Application]:
        return list(ApplicationBatch(context, rows, now).objects.values())

    return Connection[Application](
        paged=Paged(
            context,
            order,
            window_of(context, order, arguments),
            read=read,
            nodes=nodes,
            count=lambda: queue.total(connection, now, wanted),
        )
    )


@strawberry.type
class ReviewQueueQueries:
    """The query of the queue."""

    @field
    def review_queue(
        self,
        info: Info,
        filter: ReviewQueueFilterArgument = None,  # noqa: A002 - the argument's name in the schema
        order_by: ReviewQueueOrderArgument = QueueOrder.AGE,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Application] | None:
        """The applications that somebody has to do something for, the longest waiting first.

        For staff.
        """
        arguments = PageArguments(first, after, last, before)
        return queue_page(info.context, filter, order_by, arguments)
