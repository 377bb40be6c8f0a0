"""Mutations of a membership's standing: suspended, ended, taken back."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias

import strawberry

from domain.membership import standing as commands
from service.graphql.context import Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND, with_membership
from service.graphql.mutations.submitting import CommandInput, command_of, named, perform
from service.graphql.receipts import Accepted, CommandIdReused, Conflict, NotAllowed, Refused
from service.graphql.types.membership import Membership


@input_type
class SuspendMembershipInput(CommandInput):
    """Lets a member not act until a day, until a condition is met, or both."""

    membership: strawberry.ID = strawberry.field(description="The membership.")
    clauses: list[str] = strawberry.field(
        description="The keys of the requirements and standards of the tier that it rests on."
    )
    reason: str = strawberry.field(
        description="Why: up to 4,000 characters. Staff and the member read it."
    )
    until: date | None = strawberry.field(
        default=None, description="The day on which it is to be lifted, after today."
    )
    condition: str | None = strawberry.field(
        default=None, description="What the member is to do first: up to 4,000 characters."
    )


@input_type
class LiftSuspensionInput(CommandInput):
    """Lets a suspended member act again."""

    membership: strawberry.ID = strawberry.field(description="The membership.")
    reason: str | None = strawberry.field(
        default=None, description="Why: up to 4,000 characters. Staff and the member read it."
    )


@input_type
class WithdrawMembershipInput(CommandInput):
    """Says that a member leaves, or has left."""

    membership: strawberry.ID = strawberry.field(description="The membership.")
    reason: str | None = strawberry.field(
        default=None, description="Why: up to 4,000 characters. Staff and the member read it."
    )


@input_type
class TerminateMembershipInput(CommandInput):
    """Lets the closed vote to end a membership take effect."""

    membership: strawberry.ID = strawberry.field(description="The membership.")
    vote: strawberry.ID = strawberry.field(
        description="The vote of the kind termination that passed: the last one on it."
    )
    clauses: list[str] = strawberry.field(
        description="The keys of the requirements and standards of the tier that it rests on."
    )
    reason: str = strawberry.field(
        description="Why: up to 4,000 characters. Staff and the member read it."
    )


@input_type
class ReinstateMembershipInput(CommandInput):
    """Takes a membership that had ended up again."""

    membership: strawberry.ID = strawberry.field(description="The membership.")
    vote: strawberry.ID | None = strawberry.field(
        default=None,
        description="The vote of the kind admission that passed: the last one on it, named or not.",
    )
    reason: str | None = strawberry.field(
        default=None, description="Why: up to 4,000 characters. Staff and the member read it."
    )


@object_type
class SuspendMembershipAccepted(Accepted):
    """The membership is suspended."""

    membership: Membership | None = strawberry.field(description="The membership.")


@object_type
class LiftSuspensionAccepted(Accepted):
    """The suspension is lifted."""

    membership: Membership | None = strawberry.field(description="The membership.")


@object_type
class WithdrawMembershipAccepted(Accepted):
    """The member has left."""

    membership: Membership | None = strawberry.field(description="The membership.")


@object_type
class TerminateMembershipAccepted(Accepted):
    """The membership has ended."""

    membership: Membership | None = strawberry.field(description="The membership.")


@object_type
class ReinstateMembershipAccepted(Accepted):
    """The membership goes on."""

    membership: Membership | None = strawberry.field(description="The membership.")


SuspendMembershipResult: TypeAlias = Annotated[
    SuspendMembershipAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("SuspendMembershipResult", description="What came of `suspendMembership`."),
]
LiftSuspensionResult: TypeAlias = Annotated[
    LiftSuspensionAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("LiftSuspensionResult", description="What came of `liftSuspension`."),
]
WithdrawMembershipResult: TypeAlias = Annotated[
    WithdrawMembershipAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("WithdrawMembershipResult", description="What came of `withdrawMembership`."),
]
TerminateMembershipResult: TypeAlias = Annotated[
    TerminateMembershipAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union(
        "TerminateMembershipResult", description="What came of `terminateMembership`."
    ),
]
ReinstateMembershipResult: TypeAlias = Annotated[
    ReinstateMembershipAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union(
        "ReinstateMembershipResult", description="What came of `reinstateMembership`."
    ),
]


@strawberry.type
class StandingMutations:
    """Mutations of standing."""

    @mutation
    def suspend_membership(
        self, info: Info, given: Annotated[SuspendMembershipInput, COMMAND]
    ) -> SuspendMembershipResult:
        """Let a member not act for a while.

        Its place is kept; its listing is down, and it has no vote.
        """
        return perform(
            info,
            given,
            lambda: command_of(
                commands.SuspendMembership,
                given,
                membership=named(NodeKind.MEMBERSHIP, given.membership),
            ),
            with_membership(SuspendMembershipAccepted),
        )

    @mutation
    def lift_suspension(
        self, info: Info, given: Annotated[LiftSuspensionInput, COMMAND]
    ) -> LiftSuspensionResult:
        """Let a suspended member act again."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.LiftSuspension,
                given,
                membership=named(NodeKind.MEMBERSHIP, given.membership),
            ),
            with_membership(LiftSuspensionAccepted),
        )

    @mutation
    def withdraw_membership(
        self, info: Info, given: Annotated[WithdrawMembershipInput, COMMAND]
    ) -> WithdrawMembershipResult:
        """Leave the coalition, or record that a member has left. The seat is free from then on.

        It is the member's own word. The director records it around no vote on ending the
        membership: not while one is open or passed, nor for the days of an appeal after one failed,
        or after the member has won an appeal; from today on; and the member can appeal for as many
        days.
        """
        return perform(
            info,
            given,
            lambda: command_of(
                commands.WithdrawMembership,
                given,
                membership=named(NodeKind.MEMBERSHIP, given.membership),
            ),
            with_membership(WithdrawMembershipAccepted),
        )

    @mutation
    def terminate_membership(
        self, info: Info, given: Annotated[TerminateMembershipInput, COMMAND]
    ) -> TerminateMembershipResult:
        """Let the closed vote to end a membership take effect. The seat is free from then on."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.TerminateMembership,
                given,
                membership=named(NodeKind.MEMBERSHIP, given.membership),
                vote=named(NodeKind.VOTE, given.vote),
            ),
            with_membership(TerminateMembershipAccepted),
        )

    @mutation
    def reinstate_membership(
        self, info: Info, given: Annotated[ReinstateMembershipInput, COMMAND]
    ) -> ReinstateMembershipResult:
        """Take a membership that had ended up again, in its tier and with its history.

        The listing of one that left or lapsed was withdrawn; it is published anew by the member.
        """
        return perform(
            info,
            given,
            lambda: command_of(
                commands.ReinstateMembership,
                given,
                membership=named(NodeKind.MEMBERSHIP, given.membership),
                vote=None if given.vote is None else named(NodeKind.VOTE, given.vote),
            ),
            with_membership(ReinstateMembershipAccepted),
        )
