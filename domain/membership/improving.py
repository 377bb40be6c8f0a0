"""Improving: how far a member has come with what it agreed to at its admission.

An application that was approved keeps its review, and the plans in it: they are carried out by
the member that came of it.
"""

from __future__ import annotations

from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    refuse,
    refuse_input,
    refuse_too_early,
)
from domain.membership.application import Application, refuse_phase
from domain.membership.plans import (
    CloseImprovementPlan,
    MilestoneMet,
    PlanClosed,
    PlanOverdue,
    RecordMilestone,
)
from domain.membership.review import Review
from domain.policy.errors import quoted
from domain.terms import ApplicationPhase


def decide_record_milestone(
    application: Application, review: Review, command: RecordMilestone, moment: Moment
) -> Decision:
    """Say that a member has come to a milestone of its plan, in time or not.

    Refuses an application that is not approved, or after which the member was assessed anew, a
    standard without a plan, and a milestone that the plan does not have.
    """
    if refusal := _refuse(application, review, command, moment):
        return refusal
    plan = review.plans[command.standard]
    if command.milestone in plan.met:
        return []
    if not 1 <= command.milestone <= len(plan.milestones):
        return refuse_input(
            "milestone",
            "plan.milestones",
            f"The plan has {len(plan.milestones)} milestones.",
            "The number of one of them, counted from 1.",
        )
    met = MilestoneMet(standard=command.standard, milestone=command.milestone)
    return [Fact(application.review, met)]


def decide_close_improvement_plan(
    application: Application, review: Review, command: CloseImprovementPlan, moment: Moment
) -> Decision:
    """End a plan: carried out, the standard is exhibited, and given up, it is not met.

    What follows of that for the membership, the coalition decides. Refuses an application that is
    not approved, or after which the member was assessed anew, and a standard without a plan.
    """
    if refusal := _refuse(application, review, command, moment):
        return refusal
    closed = PlanClosed(standard=command.standard, outcome=command.outcome, note=command.note)
    return [Fact(application.review, closed)]


def decide_record_overdue_plans(
    application: Application, review: Review, moment: Moment
) -> Decision:
    """Note which plans of a member are overdue; a plan is noted once.

    Refuses an application that is not approved, and one whose plans all have time left.
    """
    if refusal := refuse_phase(application, ApplicationPhase.APPROVED):
        return refusal
    late = [each for each in review.plans.items() if each[1].due < moment.today]
    if not late:
        return refuse(
            RefusalCode.NOT_YET,
            "plan.due",
            "No plan is overdue.",
            "A day after that by which a plan is to be carried out.",
        )
    if refusal := refuse_too_early(moment, application.since):
        return refusal
    return [
        Fact(application.review, PlanOverdue(standard=standard, due=plan.due))
        for standard, plan in late
        if not plan.overdue
    ]


def refuse_replaced(review: Review) -> Refusal | None:
    """Refuse to go on with what was agreed in a review when the member was assessed anew since."""
    if not review.replaced:
        return None
    return refuse(
        RefusalCode.WRONG_PHASE,
        "newest-assessment",
        "The member has been assessed anew since, and what was agreed here counts no more.",
        "The application by which it was assessed last.",
    )


def _refuse(
    application: Application,
    review: Review,
    command: RecordMilestone | CloseImprovementPlan,
    moment: Moment,
) -> Refusal | None:
    if refusal := (
        refuse_phase(application, ApplicationPhase.APPROVED)
        or refuse_replaced(review)
        or refuse_too_early(moment, application.since)
    ):
        return refusal
    if command.standard not in review.plans:
        return refuse_input(
            "standard",
            "plan.open",
            f"No plan for {quoted(command.standard)} is open.",
            f"One of: {', '.join(review.plans) or 'none'}.",
        )
    return None
