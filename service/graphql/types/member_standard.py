"""How a member stands to a minimum standard."""

from __future__ import annotations

import strawberry

from domain.terms import Assessment
from service.graphql.types.policy import Standard
from service.security.access import Resource


@strawberry.type(description="How a member stands to a minimum standard.")
class MemberStandard:
    """A standard of the membership's class, as assessed last or by the end of its plan."""

    resource: strawberry.Private[Resource]
    standard: Standard = strawberry.field(description="The standard.")
    assessment: Assessment = strawberry.field(description="As assessed, or by how its plan ended.")
