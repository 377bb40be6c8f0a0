"""Mutations of standing aside: conflicts of interest, and who has no part in a review."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from domain.membership import review as commands
from domain.terms import PrincipalId
from service.graphql.context import Context, Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND, with_application
from service.graphql.mutations.submitting import (
    CommandInput,
    Done,
    NothingSuchError,
    command_of,
    named,
    perform,
    refuse,
    sign_in,
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
from service.graphql.types.vote import Vote, votes_by_id
from service.security import api_keys
from service.security.access import Kind, Resource, may


@input_type
class DeclareConflictInput(CommandInput):
    """Stands aside: oneself, or one's organisation. Name the application or the vote."""

    application: strawberry.ID | None = strawberry.field(
        default=None, description="The application that one has no further part in."
    )
    vote: strawberry.ID | None = strawberry.field(
        default=None,
        description=(
            "A vote that is open, whatever it is about, in which your organisation has a vote, or "
            "you as the director."
        ),
    )
    details: str = strawberry.field(
        description="What keeps one from judging it: up to 4,000 characters. Staff alone read it."
    )


@input_type
class RecuseReviewerInput(CommandInput):
    """Lets somebody have no part in an application."""

    application: strawberry.ID = strawberry.field(description="The application.")
    reviewer: strawberry.ID = strawberry.field(
        description="Their sign-in, as `Viewer.principal` gives it."
    )
    reason: str | None = strawberry.field(
        default=None, description="Why: up to 4,000 characters. Staff alone read it."
    )


@object_type
class DeclareConflictAccepted(Accepted):
    """The conflict of interest is in the ledger."""

    application: Application | None = strawberry.field(
        description="The application that was named, if you may still know of it."
    )
    vote: Vote | None = strawberry.field(description="The vote that was named.")


@object_type
class RecuseReviewerAccepted(Accepted):
    """The person has no part in the application."""

    application: Application | None = strawberry.field(description="The application.")


DeclareConflictResult: TypeAlias = Annotated[
    DeclareConflictAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("DeclareConflictResult", description="What came of `declareConflict`."),
]
RecuseReviewerResult: TypeAlias = Annotated[
    RecuseReviewerAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("RecuseReviewerResult", description="What came of `recuseReviewer`."),
]


@strawberry.type
class ConflictMutations:
    """Mutations of standing aside."""

    @mutation
    def declare_conflict(
        self, info: Info, given: Annotated[DeclareConflictInput, COMMAND]
    ) -> DeclareConflictResult:
        """Stand aside from an application, or in a vote, for a conflict of interest.

        A ballot that was cast counts no more. One declared in a vote on an application is one
        about that.
        """
        principal = info.context.principal
        return perform(
            info,
            given,
            lambda: command_of(
                commands.DeclareConflict,
                given,
                application=_named(NodeKind.APPLICATION, given.application),
                vote=_named(NodeKind.VOTE, given.vote),
                declarer=principal.id,
                party=principal.party,
            ),
            _declared,
        )

    @mutation
    def recuse_reviewer(
        self, info: Info, given: Annotated[RecuseReviewerInput, COMMAND]
    ) -> RecuseReviewerResult:
        """Let somebody have no part in an application.

        `expectedVersion` is that of the application's review.
        """
        return perform(
            info,
            given,
            lambda: command_of(
                commands.RecuseReviewer,
                given,
                application=named(NodeKind.APPLICATION, given.application),
                reviewer=_judge(info.context, given.reviewer),
            ),
            with_application(RecuseReviewerAccepted),
        )


def _judge(context: Context, given: str) -> PrincipalId:
    """Return the sign-in of somebody who has, or had, a key.

    Who that is is told to nobody but those who may recuse them.
    """
    if not may(
        context.principal, commands.RecuseReviewer.__name__, Resource(kind=Kind.APPLICATION)
    ):
        raise NothingSuchError
    judge = PrincipalId(sign_in("reviewer", given))
    if judge != context.principal.id and not api_keys.is_known(context.connection, judge):
        raise refuse(
            "reviewer",
            "known-judge",
            "Nobody signs in by this, so that nobody would be recused.",
            "The sign-in of somebody for whom an API key was made.",
        )
    return judge


def _named(kind: NodeKind, text: strawberry.ID | None) -> str | None:
    return None if text is None else named(kind, text)


def _declared(context: Context, done: Done) -> DeclareConflictAccepted:
    subject = done.accepted.subject
    return DeclareConflictAccepted(
        receipt=receipt_of(context, done.accepted),
        application=applications_by_id(context, [subject], done.as_of).get(subject),
        vote=votes_by_id(context, [subject], done.as_of).get(subject),
    )
