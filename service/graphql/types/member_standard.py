"""How a member was found to stand to a minimum standard."""

from __future__ import annotations

import strawberry

from domain.terms import Assessment
from service.graphql.types.policy import Standard
from service.security.access import Resource


@strawberry.type(description="How a member was found to stand to a minimum standard.")
class MemberStandard:
    """A standard of the membership's class, as assessed at admission or change of tier."""

    resource: strawberry.Private[Resource]
    standard: Standard = strawberry.field(description="The standard.")
    assessment: Assessment = strawberry.field(description="What was found.")
