"""What subscriptions tell of: each names the position up to which everything has been told."""

from __future__ import annotations

import strawberry

from projections.queue import QueueOrder
from service.graphql.context import Info
from service.graphql.declare import field, object_type
from service.graphql.paging import After, Before, Connection, First, Last, PageArguments
from service.graphql.review_queue import queue_page
from service.graphql.types.application import Application
from service.graphql.types.entry import Entry
from service.graphql.types.membership import Membership


@object_type
class NewEntries:
    """Entries that follow each other in the log, of those wanted."""

    position: int = strawberry.field(
        description="All wanted entries up to here have been told: subscribe after it to go on."
    )
    entries: list[Entry] = strawberry.field(description="The entries, in order; never none.")


@object_type
class ChangedMembership:
    """A membership, of which there are new entries."""

    position: int = strawberry.field(
        description="Changes up to here have been told: subscribe after it to go on."
    )
    membership: Membership = strawberry.field(description="The membership as it is now.")


@object_type
class ChangedReviewQueue:
    """The review queue, in which something changed."""

    position: int = strawberry.field(
        description="Changes up to here have been told: subscribe after it to go on."
    )

    @field
    def review_queue(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Application] | None:
        """The applications that wait, the longest first."""
        arguments = PageArguments(first, after, last, before)
        return queue_page(info.context, None, QueueOrder.AGE, arguments)
