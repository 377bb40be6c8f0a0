"""Mutations of reviews: who reviews, what is found and assessed, what is recommended."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias

import strawberry

from domain.membership import plans
from domain.membership import review as commands
from domain.terms import Assessment, PrincipalId, Recommendation
from service.graphql.context import Context, Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND, with_application
from service.graphql.mutations.submitting import (
    CommandInput,
    NothingSuchError,
    command_of,
    named,
    perform,
    refuse,
    sign_in,
)
from service.graphql.receipts import Accepted, CommandIdReused, Conflict, NotAllowed, Refused
from service.graphql.types.application import Application
from service.security import api_keys
from service.security.access import Kind, Resource, may
from service.security.principal import Role


@input_type
class AssignReviewerInput(CommandInput):
    """Asks somebody to review an application."""

    application: strawberry.ID = strawberry.field(description="The application.")
    reviewer: strawberry.ID = strawberry.field(
        description="The reviewer's sign-in, as `Viewer.principal` gives it."
    )


@input_type
class RecordFindingInput(CommandInput):
    """Finds a requirement met or not met; after the review what is in the way of a yes."""

    application: strawberry.ID = strawberry.field(description="The application.")
    requirement: str = strawberry.field(description="The policy clause.")
    met: bool = strawberry.field(description="Whether it is met.")
    note: str | None = strawberry.field(
        default=None, description="What there is to note: up to 4,000 characters."
    )


@input_type
class AssessStandardInput(CommandInput):
    """Assesses the applicant by one standard; after the review what is in the way of a yes."""

    application: strawberry.ID = strawberry.field(description="The application.")
    standard: str = strawberry.field(description="The policy clause of the standard.")
    assessment: Assessment = strawberry.field(description="What was found.")
    note: str | None = strawberry.field(
        default=None, description="What there is to note: up to 4,000 characters."
    )


@input_type
class OpenImprovementPlanInput(CommandInput):
    """Agrees how a standard that is worked towards will be met."""

    application: strawberry.ID = strawberry.field(description="The application.")
    standard: str = strawberry.field(description="The policy clause of the standard.")
    due: date = strawberry.field(description="The day by which it is to be met.")
    steps: str = strawberry.field(description="What was agreed: up to 4,000 characters.")
    milestones: list[str] = strawberry.field(
        default_factory=list,
        description="What shows on the way how far it has come: up to 20, of 500 characters each.",
    )


@input_type
class RecordReviewInput(CommandInput):
    """Completes a review."""

    application: strawberry.ID = strawberry.field(description="The application.")
    recommendation: Recommendation = strawberry.field(description="What is recommended.")
    reasons: str = strawberry.field(description="Why: up to 4,000 characters.")


@object_type
class AssignReviewerAccepted(Accepted):
    """The reviewer is assigned."""

    application: Application | None = strawberry.field(description="The application.")


@object_type
class RecordFindingAccepted(Accepted):
    """The finding is in the ledger."""

    application: Application | None = strawberry.field(description="The application.")


@object_type
class AssessStandardAccepted(Accepted):
    """The assessment is in the ledger."""

    application: Application | None = strawberry.field(description="The application.")


@object_type
class OpenImprovementPlanAccepted(Accepted):
    """The improvement plan is in the ledger."""

    application: Application | None = strawberry.field(description="The application.")


@object_type
class RecordReviewAccepted(Accepted):
    """The review is complete."""

    application: Application | None = strawberry.field(description="The application.")


AssignReviewerResult: TypeAlias = Annotated[
    AssignReviewerAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("AssignReviewerResult", description="What came of `assignReviewer`."),
]
RecordFindingResult: TypeAlias = Annotated[
    RecordFindingAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("RecordFindingResult", description="What came of `recordFinding`."),
]
AssessStandardResult: TypeAlias = Annotated[
    AssessStandardAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("AssessStandardResult", description="What came of `assessStandard`."),
]
OpenImprovementPlanResult: TypeAlias = Annotated[
    OpenImprovementPlanAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union(
        "OpenImprovementPlanResult", description="What came of `openImprovementPlan`."
    ),
]
RecordReviewResult: TypeAlias = Annotated[
    RecordReviewAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("RecordReviewResult", description="What came of `recordReview`."),
]


@strawberry.type
class ReviewMutations:
    """Mutations of reviews."""

    @mutation
    def assign_reviewer(
        self, info: Info, given: Annotated[AssignReviewerInput, COMMAND]
    ) -> AssignReviewerResult:
        """Ask a reviewer, other than the applicant, to review an application.

        `expectedVersion` is that of the application's review, 0 before there is one.
        """
        return perform(
            info,
            given,
            lambda: command_of(
                commands.AssignReviewer,
                given,
                application=named(NodeKind.APPLICATION, given.application),
                reviewer=_reviewer(info.context, given.reviewer),
            ),
            with_application(AssignReviewerAccepted),
        )

    @mutation
    def record_finding(
        self, info: Info, given: Annotated[RecordFindingInput, COMMAND]
    ) -> RecordFindingResult:
        """Find a requirement met or not met, whatever its kind: a determination of the EIN and the
        acceptance of a population share are findings about their requirements. An EIN that was
        changed or corrected since it was verified is verified anew, until the decision.
        `expectedVersion` is that of the application's review.
        """
        return perform(
            info,
            given,
            lambda: command_of(
                commands.RecordFinding,
                given,
                application=named(NodeKind.APPLICATION, given.application),
            ),
            with_application(RecordFindingAccepted),
        )

    @mutation
    def assess_standard(
        self, info: Info, given: Annotated[AssessStandardInput, COMMAND]
    ) -> AssessStandardResult:
        """Assess the applicant by one minimum standard.

        `expectedVersion` is that of the application's review.
        """
        return perform(
            info,
            given,
            lambda: command_of(
                commands.AssessStandard,
                given,
                application=named(NodeKind.APPLICATION, given.application),
            ),
            with_application(AssessStandardAccepted),
        )

    @mutation
    def open_improvement_plan(
        self, info: Info, given: Annotated[OpenImprovementPlanInput, COMMAND]
    ) -> OpenImprovementPlanResult:
        """Agree how and until when a standard that is worked towards will be met.

        `expectedVersion` is that of the application's review.
        """
        return perform(
            info,
            given,
            lambda: command_of(
                plans.OpenImprovementPlan,
                given,
                application=named(NodeKind.APPLICATION, given.application),
            ),
            with_application(OpenImprovementPlanAccepted),
        )

    @mutation
    def record_review(
        self, info: Info, given: Annotated[RecordReviewInput, COMMAND]
    ) -> RecordReviewResult:
        """Complete a review with a recommendation and its reasons.

        `expectedVersion` is that of the application's review.
        """
        return perform(
            info,
            given,
            lambda: command_of(
                commands.RecordReview,
                given,
                application=named(NodeKind.APPLICATION, given.application),
            ),
            with_application(RecordReviewAccepted),
        )


def _reviewer(context: Context, given: str) -> str:
    """Return the sign-in of somebody who can sign in as a reviewer.

    Who reviewers are is told to nobody but those who may assign them; the writer asks again.
    """
    if not may(
        context.principal, commands.AssignReviewer.__name__, Resource(kind=Kind.APPLICATION)
    ):
        raise NothingSuchError
    reviewer = PrincipalId(sign_in("reviewer", given))
    now = context.ledger.clock()
    if not api_keys.has_role(context.connection, reviewer, Role.REVIEWER, now=now):
        raise refuse(
            "reviewer",
            "known-reviewer",
            "Nobody can sign in as this reviewer.",
            "The sign-in of somebody who has an API key for the role of a reviewer.",
        )
    return reviewer
