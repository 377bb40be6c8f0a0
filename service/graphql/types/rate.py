"""What is left to whoever asks."""

from __future__ import annotations

import strawberry

from service.graphql.declare import object_type


@object_type
class RateLimit:
    """What you may ask for: operations cost their fields, each as often as the pages around it are
    long. Each process of the service counts by itself, so that you may find more left than you
    were told, and never less than your share of one.
    """

    cost: int = strawberry.field(description="What this operation costs.")
    limit: int = strawberry.field(description="The most that can be left; a minute adds as much.")
    remaining: int = strawberry.field(description="What is left after this operation.")
    restored_in_seconds: int = strawberry.field(
        description="In how many seconds all of it is there again."
    )
