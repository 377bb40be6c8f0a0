"""Things with a global id."""

from __future__ import annotations

import strawberry


@strawberry.interface(
    description="A thing that can be fetched again by its id (Relay's Node), if it is visible."
)
class Node:
    """Anything that `node(id:)` may answer with."""

    id: strawberry.ID = strawberry.field(
        description="Names the thing among everything that has an id. Do not look into it."
    )
