"""Improvement plans of members: what was agreed, and how far they have come."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final, TypeAlias

import strawberry

from domain.membership.plans import ASSESSED
from domain.terms import Assessment, PlanOutcome, PlanPhase
from projections import mergers, plans
from projections.as_of import AsOf
from projections.membership_folds import MembershipRow
from projections.plans import PlanProgress
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.describing import describe
from service.graphql.hidden import HiddenValues
from service.security.access import Resource

describe(
    PlanOutcome,
    "How an improvement plan came to its end.",
    {
        PlanOutcome.CARRIED_OUT: "It was carried out: the standard is exhibited.",
        PlanOutcome.GIVEN_UP: "It will not be carried out: the standard is not met.",
    },
)
describe(
    PlanPhase,
    "Where an improvement plan stands.",
    {
        PlanPhase.OPEN: "There is time left.",
        PlanPhase.OVERDUE: "Its day is over, and it is not carried out.",
        PlanPhase.CARRIED_OUT: "It was carried out.",
        PlanPhase.GIVEN_UP: "It will not be carried out.",
        PlanPhase.REPLACED: "The member was assessed anew before it came to its end.",
    },
)

Ended: TypeAlias = Mapping[str, Assessment]
"""How a member stands to standards, by their clause."""

Decided: TypeAlias = Mapping[str, str | None]
"""The application that was decided, by membership; ``None`` where there was none."""

_OUTCOMES: Final = {PlanPhase(each.value): each for each in PlanOutcome}
_AGREED: Final = {
    "data.standard": "MemberPlan.standard",
    "data.due": "MemberPlan.dueOn",
    "data.steps": "MemberPlan.steps",
    "data.milestones": "MemberPlan.milestones",
}


class PlanBatch:
    """The plans of memberships that are siblings in a response.

    Args:
        context: the request.
        resources: what each membership is to the viewer, by its id.
        rows: the memberships' rows.
        as_of: what the rows describe.
    """

    def __init__(
        self,
        context: Context,
        resources: Mapping[str, Resource],
        rows: Sequence[MembershipRow],
        as_of: AsOf,
    ) -> None:
        self.context = context
        self.resources = resources
        self.rows = rows
        self.as_of = as_of

    def of(self, row: MembershipRow) -> list[MemberPlan]:
        """Return the plans of a membership, in the order of their opening."""
        return [
            MemberPlan(plan=plan, batch=self, resource=self.resources[row.id])
            for plan in self.found.get(row.id, [])
        ]

    def is_improving(self, row: MembershipRow) -> bool:
        """Whether a plan of a membership is open, in time or not."""
        phases = {plan.phase for plan in self.found.get(row.id, [])}
        return not phases.isdisjoint({PlanPhase.OPEN, PlanPhase.OVERDUE})

    def ended(self, row: MembershipRow, decided: Callable[[], Decided]) -> Ended:
        """Return how a membership stands to the standards whose plans have come to their end.

        Args:
            row: the membership.
            decided: the applications by which memberships have their tiers; asked for only where
                a plan has ended. What was agreed for a tier before says nothing of this one.
        """
        ended = [each for each in self.found.get(row.id, []) if each.phase in _OUTCOMES]
        found: dict[str, Assessment] = {}
        for plan in ended:
            standard = self.agreed.value(plan.position, "data.standard", str)
            if standard is not None and self.applications[plan.position] == decided()[row.id]:
                found[standard] = ASSESSED[_OUTCOMES[plan.phase]]
        return found

    @functools.cached_property
    def found(self) -> dict[str, list[PlanProgress]]:
        """The plans, by membership."""
        found: dict[str, list[PlanProgress]] = {}
        for membership, _, some in self._known:
            found.setdefault(membership, []).extend(some)
        return {each: sorted(some, key=lambda plan: plan.position) for each, some in found.items()}

    @functools.cached_property
    def applications(self) -> dict[int, str]:
        """With which application each plan was agreed, by the plan's position."""
        return {plan.position: by for _, by, some in self._known for plan in some}

    @functools.cached_property
    def _known(self) -> list[tuple[str, str, Sequence[PlanProgress]]]:
        """The plans, with the membership and the application of each."""
        connection, as_of = self.context.connection, self.as_of
        # A membership that passed on in a merger was applied for by what is a part now.
        parties = mergers.with_parts(connection, as_of, {row.party for row in self.rows})
        by_application = {row.application: row.id for row in self.rows if row.application}
        ids = {row.id for row in self.rows}
        found = plans.of_members(connection, as_of, parties)
        of = ((by_application.get(by, changed), by, row) for by, changed, row in found)
        return [(each, by, [*row.plans.values()]) for each, by, row in of if each in ids]

    @functools.cached_property
    def agreed(self) -> HiddenValues:
        """What was agreed."""
        positions = {
            plan.position: self.resources[membership]
            for membership, some in self.found.items()
            for plan in some
        }
        return HiddenValues(self.context, positions, _AGREED)


@object_type
class Milestone:
    """A milestone of an improvement plan."""

    resource: strawberry.Private[Resource]
    text: str = strawberry.field(description="What was agreed.")
    met: bool = strawberry.field(description="Whether the member has come so far.")


@object_type
class MemberPlan:
    """How and until when a member meets a standard that it works towards."""

    plan: strawberry.Private[PlanProgress]
    batch: strawberry.Private[PlanBatch]
    resource: strawberry.Private[Resource]

    @field
    def standard(self) -> str | None:
        """The policy clause of the standard; null where that was erased."""
        return self.batch.agreed.value(self.plan.position, "data.standard", str)

    @field
    def due_on(self) -> date:
        """The last day on which it is carried out in time."""
        return self.plan.due

    @field
    def steps(self) -> str | None:
        """What was agreed; null where that was erased."""
        return self.batch.agreed.value(self.plan.position, "data.steps", str)

    @field
    def milestones(self) -> list[Milestone]:
        """Its milestones, in order."""
        texts = self.batch.agreed.value(self.plan.position, "data.milestones", list[str]) or []
        return [
            Milestone(resource=self.resource, text=text, met=place in self.plan.met)
            for place, text in enumerate(texts, start=1)
        ]

    @field
    def phase(self) -> PlanPhase:
        """Where it stands."""
        return self.plan.phase
