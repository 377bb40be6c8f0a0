"""Mutations of what applications wait for, and of how their waiting ends."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from domain.membership import waiting as commands
from service.graphql.context import Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND, with_application
from service.graphql.mutations.submitting import CommandInput, command_of, named, perform
from service.graphql.receipts import Accepted, CommandIdReused, Conflict, NotAllowed, Refused
from service.graphql.types.application import Application


@input_type
class RequestInformationInput(CommandInput):
    """Asks the applicant for what is missing."""

    application: strawberry.ID = strawberry.field(description="The application.")
    question: str = strawberry.field(
        description="What is asked, for the applicant and staff: up to 4,000 characters."
    )


@input_type
class ProvideInformationInput(CommandInput):
    """Answers what was asked."""

    application: strawberry.ID = strawberry.field(description="The application.")
    answer: str = strawberry.field(description="The answer, for staff: up to 4,000 characters.")


@input_type
class WithdrawApplicationInput(CommandInput):
    """Takes an application back."""

    application: strawberry.ID = strawberry.field(description="The application.")
    reason: str | None = strawberry.field(
        default=None, description="Why, for staff: up to 4,000 characters."
    )


@input_type
class ExpireApplicationInput(CommandInput):
    """Ends an application whose deadline has passed."""

    application: strawberry.ID = strawberry.field(description="The application.")


@object_type
class RequestInformationAccepted(Accepted):
    """The applicant is asked, and the clock stands still."""

    application: Application | None = strawberry.field(description="The application.")


@object_type
class ProvideInformationAccepted(Accepted):
    """The answer is in the ledger, and the clock goes on."""

    application: Application | None = strawberry.field(description="The application.")


@object_type
class WithdrawApplicationAccepted(Accepted):
    """The application is withdrawn."""

    application: Application | None = strawberry.field(description="The application.")


@object_type
class ExpireApplicationAccepted(Accepted):
    """The application has expired."""

    application: Application | None = strawberry.field(description="The application.")


RequestInformationResult: TypeAlias = Annotated[
    RequestInformationAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("RequestInformationResult", description="What came of `requestInformation`."),
]
ProvideInformationResult: TypeAlias = Annotated[
    ProvideInformationAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("ProvideInformationResult", description="What came of `provideInformation`."),
]
WithdrawApplicationResult: TypeAlias = Annotated[
    WithdrawApplicationAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union(
        "WithdrawApplicationResult", description="What came of `withdrawApplication`."
    ),
]
ExpireApplicationResult: TypeAlias = Annotated[
    ExpireApplicationAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("ExpireApplicationResult", description="What came of `expireApplication`."),
]


@strawberry.type
class WaitingMutations:
    """Mutations of what applications wait for."""

    @mutation
    def request_information(
        self, info: Info, given: Annotated[RequestInformationInput, COMMAND]
    ) -> RequestInformationResult:
        """Ask the applicant for what is missing; their days do not count."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.RequestInformation,
                given,
                application=named(NodeKind.APPLICATION, given.application),
            ),
            with_application(RequestInformationAccepted),
        )

    @mutation
    def provide_information(
        self, info: Info, given: Annotated[ProvideInformationInput, COMMAND]
    ) -> ProvideInformationResult:
        """Answer what was asked; the application goes on where it was."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.ProvideInformation,
                given,
                application=named(NodeKind.APPLICATION, given.application),
            ),
            with_application(ProvideInformationAccepted),
        )

    @mutation
    def withdraw_application(
        self, info: Info, given: Annotated[WithdrawApplicationInput, COMMAND]
    ) -> WithdrawApplicationResult:
        """Take an application back that nobody has decided yet."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.WithdrawApplication,
                given,
                application=named(NodeKind.APPLICATION, given.application),
            ),
            with_application(WithdrawApplicationAccepted),
        )

    @mutation
    def expire_application(
        self, info: Info, given: Annotated[ExpireApplicationInput, COMMAND]
    ) -> ExpireApplicationResult:
        """End an application whose deadline by the policy has passed."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.ExpireApplication,
                given,
                application=named(NodeKind.APPLICATION, given.application),
            ),
            with_application(ExpireApplicationAccepted),
        )
