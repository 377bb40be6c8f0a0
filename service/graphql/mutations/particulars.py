"""The mutations by which a party is something else, or should have been said to be."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from domain.membership.particulars import ChangeParticulars
from domain.membership.particulars_correction import CorrectParticulars
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


@input_type
class CorrectParticularsInput(CommandInput):
    """Lets a type, EIN or counties read otherwise than the entry that said them, which stays.

    What is left out reads as it did. What is otherwise from some day on is no correction: see
    `changeParticulars`.
    """

    party: strawberry.ID = strawberry.field(description="The party.")
    entry: strawberry.ID = strawberry.field(
        description="The entry that said them, as `particulars` shows it."
    )
    party_type: PartyType | None = strawberry.field(
        default=None, description="What kind of party it should have said; none of another kind."
    )
    ein: Ein | None = strawberry.field(
        default=None, description="The EIN that it should have said, of an organisation."
    )
    without_ein: bool = strawberry.field(
        default=False, description="Whether it should have said that there is no EIN."
    )
    counties: list[Fips] | None = strawberry.field(
        default=None, description="All the counties that it should have said."
    )
    reason: str = strawberry.field(description="Why, for staff: up to 4,000 characters.")


@object_type
class ChangeParticularsAccepted(Accepted):
    """The organisation is so.

    A live membership goes on in its tier: `unmet` says what that asks for and the organisation is
    not, or has not.
    """

    party: Party | None = strawberry.field(description="The organisation.")


@object_type
class CorrectParticularsAccepted(Accepted):
    """The entry reads so.

    A live membership goes on in its tier, as after a change.
    """

    party: Party | None = strawberry.field(description="The party.")


ChangeParticularsResult: TypeAlias = Annotated[
    ChangeParticularsAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("ChangeParticularsResult", description="What came of `changeParticulars`."),
]
CorrectParticularsResult: TypeAlias = Annotated[
    CorrectParticularsAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("CorrectParticularsResult", description="What came of `correctParticulars`."),
]


@strawberry.type
class ParticularMutations:
    """Mutations of what parties are."""

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

    @mutation
    def correct_particulars(
        self, info: Info, given: Annotated[CorrectParticularsInput, COMMAND]
    ) -> CorrectParticularsResult:
        """Let a type, EIN or counties of a party read otherwise than the entry that said them."""
        return perform(
            info,
            given,
            lambda: command_of(
                CorrectParticulars,
                given,
                party=named(NodeKind.PARTY, given.party),
                entry=named(NodeKind.ENTRY, given.entry),
            ),
            with_party(CorrectParticularsAccepted),
        )
