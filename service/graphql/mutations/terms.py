"""Mutations of a membership's term: renewing it, and recording who took part."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias

import strawberry

from domain.membership import term as commands
from service.graphql.context import Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND, with_membership
from service.graphql.mutations.submitting import CommandInput, command_of, named, perform
from service.graphql.receipts import Accepted, CommandIdReused, Conflict, NotAllowed, Refused
from service.graphql.types.membership import Membership


@input_type
class RenewMembershipInput(CommandInput):
    """Lets a member stay for another term."""

    membership: strawberry.ID = strawberry.field(description="The membership.")
    clauses: list[str] = strawberry.field(
        description=(
            "The keys of the tier's requirements, each of which the member attests to be met "
            "still: all that apply to its type, save the type itself."
        )
    )


@input_type
class RecordParticipationInput(CommandInput):
    """Records that a member took part in something."""

    membership: strawberry.ID = strawberry.field(description="The membership.")
    took_part_on: date = strawberry.field(
        description="The day, between the admission and today. A day counts once."
    )
    occasion: str = strawberry.field(description="In what: up to 500 characters, for staff.")


@input_type
class WithdrawParticipationInput(CommandInput):
    """Lets a day count no more on which a member was written down wrongly to have taken part."""

    membership: strawberry.ID = strawberry.field(description="The membership.")
    entry: strawberry.ID = strawberry.field(
        description="The entry that recorded it, as the membership's `history` shows it."
    )
    reason: str = strawberry.field(description="Why, for staff: up to 4,000 characters.")


@object_type
class RenewMembershipAccepted(Accepted):
    """The membership is renewed."""

    membership: Membership | None = strawberry.field(description="The membership.")


@object_type
class RecordParticipationAccepted(Accepted):
    """The participation is recorded."""

    membership: Membership | None = strawberry.field(description="The membership.")


@object_type
class WithdrawParticipationAccepted(Accepted):
    """The day counts no more."""

    membership: Membership | None = strawberry.field(description="The membership.")


RenewMembershipResult: TypeAlias = Annotated[
    RenewMembershipAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("RenewMembershipResult", description="What came of `renewMembership`."),
]
RecordParticipationResult: TypeAlias = Annotated[
    RecordParticipationAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union(
        "RecordParticipationResult", description="What came of `recordParticipation`."
    ),
]
WithdrawParticipationResult: TypeAlias = Annotated[
    WithdrawParticipationAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union(
        "WithdrawParticipationResult", description="What came of `withdrawParticipation`."
    ),
]


@strawberry.type
class TermMutations:
    """Mutations of a membership's term."""

    @mutation
    def renew_membership(
        self, info: Info, given: Annotated[RenewMembershipInput, COMMAND]
    ) -> RenewMembershipResult:
        """Stay for another term, once the membership is open for renewal, and attest that what the
        tier asks for is met still.
        """
        return perform(
            info,
            given,
            lambda: command_of(
                commands.RenewMembership,
                given,
                membership=named(NodeKind.MEMBERSHIP, given.membership),
            ),
            with_membership(RenewMembershipAccepted),
        )

    @mutation
    def record_participation(
        self, info: Info, given: Annotated[RecordParticipationInput, COMMAND]
    ) -> RecordParticipationResult:
        """Record that a member took part in something of the coalition's."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.RecordParticipation,
                given,
                membership=named(NodeKind.MEMBERSHIP, given.membership),
            ),
            with_membership(RecordParticipationAccepted),
        )

    @mutation
    def withdraw_participation(
        self, info: Info, given: Annotated[WithdrawParticipationInput, COMMAND]
    ) -> WithdrawParticipationResult:
        """Let a day count no more that was written down wrongly; the entry stays in the log."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.WithdrawParticipation,
                given,
                membership=named(NodeKind.MEMBERSHIP, given.membership),
                entry=named(NodeKind.ENTRY, given.entry),
            ),
            with_membership(WithdrawParticipationAccepted),
        )
