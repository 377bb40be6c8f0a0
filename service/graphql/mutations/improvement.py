"""Mutations of members' improvement plans: milestones, and how a plan ends."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from domain.membership import plans as commands
from domain.terms import PlanOutcome
from service.graphql.context import Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND, with_application
from service.graphql.mutations.submitting import CommandInput, command_of, named, perform
from service.graphql.receipts import Accepted, CommandIdReused, Conflict, NotAllowed, Refused
from service.graphql.types.application import Application


@input_type
class RecordMilestoneInput(CommandInput):
    """Says that a member has come to a milestone of its plan."""

    application: strawberry.ID = strawberry.field(
        description="The approved application whose review holds the plan."
    )
    standard: str = strawberry.field(description="The policy clause of the plan's standard.")
    milestone: int = strawberry.field(description="Which milestone, counted from 1.")


@input_type
class CloseImprovementPlanInput(CommandInput):
    """Says how a member's improvement plan came to its end."""

    application: strawberry.ID = strawberry.field(
        description="The approved application whose review holds the plan."
    )
    standard: str = strawberry.field(description="The policy clause of the plan's standard.")
    outcome: PlanOutcome = strawberry.field(description="Whether it was carried out.")
    note: str | None = strawberry.field(
        default=None, description="What was seen: up to 4,000 characters, for staff."
    )


@object_type
class RecordMilestoneAccepted(Accepted):
    """The milestone is in the ledger."""

    application: Application | None = strawberry.field(description="The application.")


@object_type
class CloseImprovementPlanAccepted(Accepted):
    """The improvement plan is closed."""

    application: Application | None = strawberry.field(description="The application.")


RecordMilestoneResult: TypeAlias = Annotated[
    RecordMilestoneAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("RecordMilestoneResult", description="What came of `recordMilestone`."),
]
CloseImprovementPlanResult: TypeAlias = Annotated[
    CloseImprovementPlanAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union(
        "CloseImprovementPlanResult", description="What came of `closeImprovementPlan`."
    ),
]


@strawberry.type
class ImprovementMutations:
    """Mutations of improvement plans."""

    @mutation
    def record_milestone(
        self, info: Info, given: Annotated[RecordMilestoneInput, COMMAND]
    ) -> RecordMilestoneResult:
        """Say that a member has come to a milestone of its plan.

        `expectedVersion` is that of the application's review.
        """
        return perform(
            info,
            given,
            lambda: command_of(
                commands.RecordMilestone,
                given,
                application=named(NodeKind.APPLICATION, given.application),
            ),
            with_application(RecordMilestoneAccepted),
        )

    @mutation
    def close_improvement_plan(
        self, info: Info, given: Annotated[CloseImprovementPlanInput, COMMAND]
    ) -> CloseImprovementPlanResult:
        """End a member's improvement plan: carried out, or given up.

        `expectedVersion` is that of the application's review.
        """
        return perform(
            info,
            given,
            lambda: command_of(
                commands.CloseImprovementPlan,
                given,
                application=named(NodeKind.APPLICATION, given.application),
            ),
            with_application(CloseImprovementPlanAccepted),
        )
