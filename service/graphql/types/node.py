"""Things with a global id."""

from __future__ import annotations

import strawberry

from service.graphql.declare import interface


@interface
class Node:
    """A thing that can be fetched again by its id (Relay's Node), if it is visible."""

    id: strawberry.ID = strawberry.field(
        description="Names the thing among everything that has an id. Do not look into it."
    )
