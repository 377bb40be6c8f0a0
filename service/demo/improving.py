"""Improving: milestones of the plans that members agreed to, and how the plans end."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum, auto

from domain.membership.plans import CloseImprovementPlan, RecordMilestone, RecordOverduePlans
from domain.terms import PlanOutcome
from service.demo.plan import Plan
from service.demo.scene import SWEEP
from service.demo.stage import Stage


class _Course(Enum):
    """How a plan goes."""

    IN_TIME = auto()
    LATE = auto()
    GIVEN_UP = auto()


# No two neighbours are late: two plans of one member may be due on one day.
_COURSES = (_Course.IN_TIME, _Course.LATE, _Course.IN_TIME, _Course.GIVEN_UP)


def tell(stage: Stage) -> None:
    """Add what becomes of each plan whose applicant is a member."""
    agreed = [each for each in stage.plans if each.application in stage.approved]
    for number, plan in enumerate(agreed):
        _carry_out(stage, plan, _COURSES[number % len(_COURSES)])


def _carry_out(stage: Stage, plan: Plan, course: _Course) -> None:
    """Add milestones at even distances, all of them where it is carried out, and the end."""
    diary, begun = stage.diary, stage.approved[plan.application]
    met = 1 if course is _Course.GIVEN_UP else plan.milestones
    days = (plan.due - diary.day(begun)).days // (met + 2)
    at = begun
    for milestone in range(1, met + 1):
        at = diary.later(at, days - 5, days)
        command = RecordMilestone(
            application=plan.application, standard=plan.standard, milestone=milestone
        )
        stage.add(at, plan.reviewer, command)
    if course is _Course.LATE:
        note = RecordOverduePlans(application=plan.application)
        stage.add(diary.night(plan.due + timedelta(days=1)), SWEEP, note)
        at = diary.on(plan.due + timedelta(days=1))
    _close(stage, plan, diary.later(at, 4, max(5, days - 5)), given_up=course is _Course.GIVEN_UP)


def _close(stage: Stage, plan: Plan, at: datetime, *, given_up: bool) -> None:
    close = CloseImprovementPlan(
        application=plan.application,
        standard=plan.standard,
        outcome=PlanOutcome.GIVEN_UP if given_up else PlanOutcome.CARRIED_OUT,
        note="Whoever was to train the staff has left." if given_up else None,
    )
    stage.add(at, plan.reviewer, close)
