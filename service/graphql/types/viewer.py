"""The viewer: who asks, and as what."""

from __future__ import annotations

import strawberry

from service.graphql.context import Info
from service.graphql.declare import field, object_type
from service.graphql.types.party import Party, own_resource, parties_of
from service.security.principal import Principal, Role


@object_type
class Viewer:
    """Who asks: the identity and role that the answers depend on."""

    asking: strawberry.Private[Principal]

    @field
    def principal(self) -> strawberry.ID:
        """The id of your sign-in; reviewers are assigned by it."""
        return strawberry.ID(self.asking.id)

    @field
    def role(self) -> Role:
        """The role in which you act."""
        return self.asking.role

    @field
    def party(self, info: Info) -> Party | None:
        """The party that you speak for, if you do."""
        party = self.asking.party
        if party is None:
            return None
        context = info.context
        return parties_of(context, {party: own_resource(party)}, context.now).get(party)
