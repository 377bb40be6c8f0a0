"""Plans of how members carry out what they agreed to: milestones, overdue, ends."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.decision import Command
from domain.membership.improving import (
    decide_close_improvement_plan,
    decide_record_milestone,
    decide_record_overdue_plans,
)
from domain.membership.plans import CloseImprovementPlan, RecordMilestone, RecordOverduePlans
from service.planning.plan import Planner, about_review, plain

PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {
        RecordMilestone: about_review(plain(decide_record_milestone)),
        CloseImprovementPlan: about_review(plain(decide_close_improvement_plan)),
        RecordOverduePlans: about_review(
            lambda _, application, review, __, moment: decide_record_overdue_plans(
                application, review, moment
            )
        ),
    }
)
"""How these commands are planned."""
