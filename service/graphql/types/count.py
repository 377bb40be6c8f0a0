"""Ballots, their count, and the shares of votes that are asked for."""

from __future__ import annotations

import strawberry

from domain.coalition import vote
from domain.policy import Share
from domain.terms import Ballot
from service.graphql.declare import object_type
from service.graphql.types.membership import Membership
from service.security.access import Resource


@object_type
class ShareOfVotes:
    """A share of votes that must be reached, or exceeded where strict."""

    numerator: int = strawberry.field(description="So many")
    denominator: int = strawberry.field(description="of so many")
    strict: bool = strawberry.field(description="Whether it must be exceeded.")

    @classmethod
    def of(cls, share: Share) -> ShareOfVotes:
        """Return the object of a share."""
        return cls(numerator=share.numerator, denominator=share.denominator, strict=share.strict)


@object_type
class Tally:
    """How many ballots said what."""

    approve: int = strawberry.field(description="Ballots for it.")
    against: int = strawberry.field(description="Ballots against it.")
    abstain: int = strawberry.field(description="Ballots that count towards the quorum alone.")

    @classmethod
    def of(cls, tally: vote.Tally) -> Tally:
        """Return the object of a count."""
        return cls(approve=tally.approve, against=tally.against, abstain=tally.abstain)


@object_type
class CastBallot:
    """A ballot of a vote that is closed."""

    resource: strawberry.Private[Resource]
    membership: Membership | None = strawberry.field(
        description="The member; null for the director."
    )
    ballot: Ballot | None = strawberry.field(description="What was said.")
