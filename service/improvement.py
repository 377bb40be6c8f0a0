"""Plans of how members carry out what they agreed to: milestones, overdue, ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from domain.decision import Command, Decision, Moment
from domain.membership.application import Application
from domain.membership.improving import (
    decide_close_improvement_plan,
    decide_record_milestone,
    decide_record_overdue_plans,
)
from domain.membership.review import (
    CloseImprovementPlan,
    RecordMilestone,
    RecordOverduePlans,
    Review,
)
from service.ledger.request import Request
from service.ledger.world import World
from service.plan import Plan, Planner, application_resource


def _plan(decide: Callable[[Application, Review, Any, Moment], Decision]) -> Planner:
    """Plan a command about the improvement plans of an application."""

    def plan(world: World, command: Any, _: Request, moment: Moment) -> Plan:  # noqa: ANN401
        application = world.application(command.application)
        review = world.review(application.review)
        return Plan(
            subject=application.id,
            version=review.version,
            resource=application_resource(world, application),
            decide=lambda: decide(application, review, command, moment),
        )

    return plan


IMPROVEMENT_PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {
        RecordMilestone: _plan(decide_record_milestone),
        CloseImprovementPlan: _plan(decide_close_improvement_plan),
        RecordOverduePlans: _plan(
            lambda application, review, _, moment: decide_record_overdue_plans(
                application, review, moment
            )
        ),
    }
)
"""How these commands are planned."""
