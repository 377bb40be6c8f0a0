"""Mutations by which organisations become one and their own again, and by which ties end."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from domain.membership.ties import EndAffiliation, MergeParties, SeparateParties
from domain.terms import Affiliation
from service.graphql.context import Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND, with_party
from service.graphql.mutations.submitting import CommandInput, command_of, named, perform
from service.graphql.receipts import Accepted, CommandIdReused, Conflict, NotAllowed, Refused
from service.graphql.types.party import Party


@input_type
class EndAffiliationInput(CommandInput):
    """Says that two parties are so close no longer. A vote that is open keeps its electorate."""

    party: strawberry.ID = strawberry.field(description="The party.")
    affiliate: strawberry.ID = strawberry.field(description="The other party.")
    affiliation: Affiliation = strawberry.field(description="What the first was to the other.")
    reason: str = strawberry.field(description="Why, for staff: up to 4,000 characters.")


@input_type
class MergePartiesInput(CommandInput):
    """Lets an organisation be part of another one.

    What was recorded of it stays under its own id, and leads to the other one.
    """

    survivor: strawberry.ID = strawberry.field(description="The organisation that goes on.")
    merged: strawberry.ID = strawberry.field(description="The one that is part of it from now on.")
    membership: strawberry.ID | None = strawberry.field(
        default=None, description="The membership that goes on, where both have one."
    )
    reason: str = strawberry.field(description="Why, for staff: up to 4,000 characters.")


@input_type
class SeparatePartiesInput(CommandInput):
    """Lets an organisation that is part of another be its own again."""

    party: strawberry.ID = strawberry.field(description="The organisation that was merged.")
    reason: str = strawberry.field(description="Why, for staff: up to 4,000 characters.")


@object_type
class EndAffiliationAccepted(Accepted):
    """The parties are tied so no longer."""

    party: Party | None = strawberry.field(description="The party.")


@object_type
class MergePartiesAccepted(Accepted):
    """The two are one."""

    party: Party | None = strawberry.field(description="The organisation that goes on.")


@object_type
class SeparatePartiesAccepted(Accepted):
    """The two are two again, with what could be given back."""

    party: Party | None = strawberry.field(description="The organisation that is its own again.")


EndAffiliationResult: TypeAlias = Annotated[
    EndAffiliationAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("EndAffiliationResult", description="What came of `endAffiliation`."),
]
MergePartiesResult: TypeAlias = Annotated[
    MergePartiesAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("MergePartiesResult", description="What came of `mergeParties`."),
]
SeparatePartiesResult: TypeAlias = Annotated[
    SeparatePartiesAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("SeparatePartiesResult", description="What came of `separateParties`."),
]


@strawberry.type
class MergerMutations:
    """Mutations of mergers."""

    @mutation
    def end_affiliation(
        self, info: Info, given: Annotated[EndAffiliationInput, COMMAND]
    ) -> EndAffiliationResult:
        """Say that two parties are so close no longer."""
        return perform(
            info,
            given,
            lambda: command_of(
                EndAffiliation,
                given,
                party=named(NodeKind.PARTY, given.party),
                affiliate=named(NodeKind.PARTY, given.affiliate),
            ),
            with_party(EndAffiliationAccepted),
        )

    @mutation
    def merge_parties(
        self, info: Info, given: Annotated[MergePartiesInput, COMMAND]
    ) -> MergePartiesResult:
        """Let an organisation be part of another one: one membership, one seat and one vote remain,
        and the EINs of both are claimed.
        """
        return perform(info, given, lambda: _merge(given), with_party(MergePartiesAccepted))

    @mutation
    def separate_parties(
        self, info: Info, given: Annotated[SeparatePartiesInput, COMMAND]
    ) -> SeparatePartiesResult:
        """Let an organisation be its own again, with the membership that it had where seats, tiers
        and EINs allow it.
        """
        return perform(
            info,
            given,
            lambda: command_of(SeparateParties, given, party=named(NodeKind.PARTY, given.party)),
            with_party(SeparatePartiesAccepted),
        )


def _merge(given: MergePartiesInput) -> MergeParties:
    membership = given.membership
    return command_of(
        MergeParties,
        given,
        survivor=named(NodeKind.PARTY, given.survivor),
        merged=named(NodeKind.PARTY, given.merged),
        membership=None if membership is None else named(NodeKind.MEMBERSHIP, membership),
    )
