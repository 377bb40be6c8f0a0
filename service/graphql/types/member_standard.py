"""How a member stands to a minimum standard."""

from __future__ import annotations

import strawberry

from domain.terms import Assessment
from service.graphql.declare import object_type
from service.graphql.types.policy import Standard
from service.security.access import Resource


@object_type
class MemberStandard:
    """How a member stands to a minimum standard."""

    resource: strawberry.Private[Resource]
    standard: Standard = strawberry.field(description="The standard.")
    assessment: Assessment = strawberry.field(description="As assessed, or by how its plan ended.")
