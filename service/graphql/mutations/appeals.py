"""Mutations of appeals: asking for another look at a decision, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeAlias

import strawberry

from domain.membership import contest as commands
from service.graphql.context import Context, Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND, Accept, AcceptedT
from service.graphql.mutations.submitting import (
    CommandInput,
    Done,
    command_of,
    named,
    perform,
)
from service.graphql.receipts import (
    Accepted,
    CommandIdReused,
    Conflict,
    NotAllowed,
    Refused,
    receipt_of,
)
from service.graphql.types.application import Application, applications_by_id
from service.graphql.types.membership import Membership, memberships_by_id


@input_type
class FileAppealInput(CommandInput):
    """Asks those who took no part in a decision to look at it again, once and within the policy's
    days. Name the application or the membership.
    """

    application: strawberry.ID | None = strawberry.field(
        default=None, description="The application that was declined."
    )
    membership: strawberry.ID | None = strawberry.field(
        default=None,
        description="The membership that was suspended or terminated, or of which the director "
        "wrote down that it ended by the member's wish.",
    )
    grounds: str = strawberry.field(
        description="Why the decision is wrong, for staff: up to 4,000 characters."
    )


@input_type
class DecideAppealInput(CommandInput):
    """Lets the closed vote on an appeal take effect; it decides nothing by itself."""

    application: strawberry.ID | None = strawberry.field(
        default=None, description="The application whose decline is appealed."
    )
    membership: strawberry.ID | None = strawberry.field(
        default=None, description="The membership whose suspension or termination is appealed."
    )


@object_type
class FileAppealAccepted(Accepted):
    """The decision is appealed."""

    application: Application | None = strawberry.field(
        description="The application, where it is about one."
    )
    membership: Membership | None = strawberry.field(
        description="The membership, where it is about one."
    )


@object_type
class DecideAppealAccepted(Accepted):
    """The decision stands, or is taken back: see the application's phase, or the standing of the
    membership.
    """

    application: Application | None = strawberry.field(
        description="The application, where it is about one."
    )
    membership: Membership | None = strawberry.field(
        description="The membership, where it is about one."
    )


FileAppealResult: TypeAlias = Annotated[
    FileAppealAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("FileAppealResult", description="What came of `fileAppeal`."),
]
DecideAppealResult: TypeAlias = Annotated[
    DecideAppealAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("DecideAppealResult", description="What came of `decideAppeal`."),
]


def _subject(given: FileAppealInput | DecideAppealInput) -> dict[str, str | None]:
    """Return what an appeal is about, by the field of the command."""
    kinds = {"application": NodeKind.APPLICATION, "membership": NodeKind.MEMBERSHIP}
    texts = {name: getattr(given, name) for name in kinds}
    return {
        name: None if text is None else named(kinds[name], text) for name, text in texts.items()
    }


def _with_subject(accepted_type: Callable[..., AcceptedT]) -> Accept[AcceptedT]:
    """Answer with what the appeal is about."""

    def accept(context: Context, done: Done) -> AcceptedT:
        subject = done.accepted.subject
        return accepted_type(
            receipt=receipt_of(context, done.accepted),
            application=applications_by_id(context, [subject], done.as_of).get(subject),
            membership=memberships_by_id(context, [subject], done.as_of).get(subject),
        )

    return accept


@strawberry.type
class AppealMutations:
    """Mutations of appeals."""

    @mutation
    def file_appeal(
        self, info: Info, given: Annotated[FileAppealInput, COMMAND]
    ) -> FileAppealResult:
        """Appeal a decline, a suspension or a termination, or the director's word that one left.

        A vote of the kind appeal follows: see `openVote`.
        """
        return perform(
            info,
            given,
            lambda: command_of(commands.FileAppeal, given, **_subject(given)),
            _with_subject(FileAppealAccepted),
        )

    @mutation
    def decide_appeal(
        self, info: Info, given: Annotated[DecideAppealInput, COMMAND]
    ) -> DecideAppealResult:
        """Let the vote on an appeal take effect."""
        return perform(
            info,
            given,
            lambda: command_of(commands.DecideAppeal, given, **_subject(given)),
            _with_subject(DecideAppealAccepted),
        )
