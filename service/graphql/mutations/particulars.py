"""The mutation by which an organisation is something else than it was."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from domain.membership.particulars import ChangeParticulars
from domain.policy import PartyType
from service.graphql.context import Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND, with_party
from service.graphql.mutations.submitting import CommandInput, command_of, named, perform
from service.graphql.receipts import Accepted, CommandIdReused, Conflict, NotAllowed, Refused
from service.graphql.scalars import Ein, Fips
from service.graphql.types.party import Party


@input_type
class ChangeParticularsInput(CommandInput):
    """Lets an organisation be of another type, or have another EIN or counties, from a day on.

    What is left out stays as it is.
    """

    party: strawberry.ID = strawberry.field(description="The organisation.")
    party_type: PartyType | None = strawberry.field(
        default=None, description="What kind of party it is; none that is a person's."
    )
    ein: Ein | None = strawberry.field(default=None, description="Its EIN.")
    without_ein: bool = strawberry.field(
        default=False, description="Whether it has no EIN any more."
    )
    counties: list[Fips] | None = strawberry.field(
        default=None, description="All the counties it works in."
    )
    reason: str = strawberry.field(description="Why, for staff: up to 4,000 characters.")


@object_type
class ChangeParticularsAccepted(Accepted):
    """The organisation is so.

    A live membership goes on in its tier: `unmet` says what that asks for and the organisation is
    not, or has not.
    """

    party: Party | None = strawberry.field(description="The organisation.")


ChangeParticularsResult: TypeAlias = Annotated[
    ChangeParticularsAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("ChangeParticularsResult", description="What came of `changeParticulars`."),
]


@strawberry.type
class ParticularMutations:
    """Mutations of what organisations are."""

    @mutation
    def change_particulars(
        self, info: Info, given: Annotated[ChangeParticularsInput, COMMAND]
    ) -> ChangeParticularsResult:
        """Let an organisation be of another type, or have another EIN or counties."""
        return perform(
            info,
            given,
            lambda: command_of(ChangeParticulars, given, party=named(NodeKind.PARTY, given.party)),
            with_party(ChangeParticularsAccepted),
        )
