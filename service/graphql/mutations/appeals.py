"""Mutations of appeals: asking for another look at a decline, and what came of it."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from domain.membership import application as commands
from service.graphql.context import Info
from service.graphql.declare import mutation
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND, with_application
from service.graphql.mutations.submitting import CommandInput, command_of, named, perform
from service.graphql.receipts import Accepted, CommandIdReused, Conflict, NotAllowed, Refused
from service.graphql.types.application import Application


@strawberry.input(
    description=(
        "Asks those who took no part in a decline to look at it again, once and within the "
        "policy's days."
    )
)
class FileAppealInput(CommandInput):
    """The input of `fileAppeal`."""

    application: strawberry.ID = strawberry.field(description="The application declined.")
    grounds: str = strawberry.field(
        description="Why the decision is wrong, for staff: up to 4,000 characters."
    )


@strawberry.input(
    description="Lets the closed vote on an appeal take effect; it decides nothing by itself."
)
class DecideAppealInput(CommandInput):
    """The input of `decideAppeal`."""

    application: strawberry.ID = strawberry.field(description="The application appealed.")


@strawberry.type(description="The decline is appealed.")
class FileAppealAccepted(Accepted):
    """An accepted `fileAppeal`."""

    application: Application | None = strawberry.field(description="The application.")


@strawberry.type(
    description="The application is declined for good, or can be decided anew: see its phase."
)
class DecideAppealAccepted(Accepted):
    """An accepted `decideAppeal`."""

    application: Application | None = strawberry.field(description="The application.")


FileAppealResult: TypeAlias = Annotated[
    FileAppealAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("FileAppealResult", description="What came of `fileAppeal`."),
]
DecideAppealResult: TypeAlias = Annotated[
    DecideAppealAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("DecideAppealResult", description="What came of `decideAppeal`."),
]


@strawberry.type
class AppealMutations:
    """Mutations of appeals."""

    @mutation(description="Appeal a decline. A vote of the kind appeal follows: see `openVote`.")
    def file_appeal(
        self, info: Info, given: Annotated[FileAppealInput, COMMAND]
    ) -> FileAppealResult:
        """File an appeal."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.FileAppeal,
                given,
                application=named(NodeKind.APPLICATION, given.application),
            ),
            with_application(FileAppealAccepted),
        )

    @mutation(description="Let the vote on an appeal take effect.")
    def decide_appeal(
        self, info: Info, given: Annotated[DecideAppealInput, COMMAND]
    ) -> DecideAppealResult:
        """Decide an appeal."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.DecideAppeal,
                given,
                application=named(NodeKind.APPLICATION, given.application),
            ),
            with_application(DecideAppealAccepted),
        )
