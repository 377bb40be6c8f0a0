"""The viewer: who asks, and as what."""

from __future__ import annotations

import strawberry

from service.graphql.context import Info
from service.graphql.declare import field
from service.graphql.types.party import Party, own_resource, parties_of
from service.security.principal import Principal, Role


@strawberry.type(description="Who asks: the identity and role that the answers depend on.")
class Viewer:
    """The principal of the request."""

    asking: strawberry.Private[Principal]

    @field(description="The id of your sign-in; reviewers are assigned by it.")
    def principal(self) -> strawberry.ID:
        """Return the principal's id."""
        return strawberry.ID(self.asking.id)

    @field(description="The role in which you act.")
    def role(self) -> Role:
        """Return the role."""
        return self.asking.role

    @field(description="The party that you speak for, if you do.")
    def party(self, info: Info) -> Party | None:
        """Return the party that the principal represents."""
        party = self.asking.party
        if party is None:
            return None
        context = info.context
        return parties_of(context, {party: own_resource(party)}, context.now).get(party)
