"""Mutations of the committee: deciding applications."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from domain.membership import membership as commands
from service.graphql.context import Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND, with_application, with_membership
from service.graphql.mutations.submitting import (
    CommandInput,
    command_of,
    fresh_id,
    named,
    perform,
)
from service.graphql.receipts import Accepted, CommandIdReused, Conflict, NotAllowed, Refused
from service.graphql.types.application import Application
from service.graphql.types.membership import Membership


@input_type
class AdmitMemberInput(CommandInput):
    """Decides an application for admission with yes."""

    application: strawberry.ID = strawberry.field(description="The application.")


@input_type
class DeclineApplicationInput(CommandInput):
    """Decides an application with no."""

    application: strawberry.ID = strawberry.field(description="The application.")
    clauses: list[str] = strawberry.field(
        description="The policy clauses that are not met: at least one."
    )
    note: str | None = strawberry.field(
        default=None, description="What there is to note: up to 4,000 characters."
    )


@input_type
class ChangeTierInput(CommandInput):
    """Decides an application for another tier with yes."""

    application: strawberry.ID = strawberry.field(description="The application.")


@object_type
class AdmitMemberAccepted(Accepted):
    """The party is a member."""

    membership: Membership | None = strawberry.field(
        description="The membership: a new one, or that of whoever was a member, which goes on."
    )


@object_type
class DeclineApplicationAccepted(Accepted):
    """The application is declined."""

    application: Application | None = strawberry.field(description="The application.")


@object_type
class ChangeTierAccepted(Accepted):
    """The membership has the other tier."""

    membership: Membership | None = strawberry.field(description="The membership.")


AdmitMemberResult: TypeAlias = Annotated[
    AdmitMemberAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("AdmitMemberResult", description="What came of `admitMember`."),
]
DeclineApplicationResult: TypeAlias = Annotated[
    DeclineApplicationAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("DeclineApplicationResult", description="What came of `declineApplication`."),
]
ChangeTierResult: TypeAlias = Annotated[
    ChangeTierAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("ChangeTierResult", description="What came of `changeTier`."),
]


@strawberry.type
class DecisionMutations:
    """Mutations of the committee."""

    @mutation
    def admit_member(
        self, info: Info, given: Annotated[AdmitMemberInput, COMMAND]
    ) -> AdmitMemberResult:
        """Decide an application for admission with yes.

        `expectedVersion` is that of the application's review.
        """
        return perform(
            info,
            given,
            lambda: command_of(
                commands.AdmitMember,
                given,
                application=named(NodeKind.APPLICATION, given.application),
                membership=fresh_id(),
            ),
            with_membership(AdmitMemberAccepted),
        )

    @mutation
    def decline_application(
        self, info: Info, given: Annotated[DeclineApplicationInput, COMMAND]
    ) -> DeclineApplicationResult:
        """Decide an application with no, by clauses of the policy.

        `expectedVersion` is that of the application's review.
        """
        return perform(
            info,
            given,
            lambda: command_of(
                commands.DeclineApplication,
                given,
                application=named(NodeKind.APPLICATION, given.application),
            ),
            with_application(DeclineApplicationAccepted),
        )

    @mutation
    def change_tier(
        self, info: Info, given: Annotated[ChangeTierInput, COMMAND]
    ) -> ChangeTierResult:
        """Decide a member's application, for another tier or for its own, with yes.

        `expectedVersion` is that of the application's review.
        """
        return perform(
            info,
            given,
            lambda: command_of(
                commands.ChangeTier,
                given,
                application=named(NodeKind.APPLICATION, given.application),
            ),
            with_membership(ChangeTierAccepted),
        )
