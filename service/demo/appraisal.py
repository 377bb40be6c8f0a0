"""The review: who is asked, what is found and assessed, which plans are agreed."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.decision import RefusalCode
from domain.membership.plans import OpenImprovementPlan
from domain.membership.review import (
    AssessStandard,
    AssignReviewer,
    DeclareConflict,
    RecordFinding,
    RecordReview,
    RecuseReviewer,
)
from domain.policy import Requirement, RequirementKind, Standard
from domain.terms import Assessment, Recommendation
from service.demo.case import Case
from service.demo.part import Ending
from service.demo.plan import Plan
from service.demo.scene import DIRECTOR, REVIEWERS
from service.security.principal import Principal


def assign(case: Case, at: datetime) -> Principal:
    """Add the assignment of one reviewer, sometimes two; return the one who does the work."""
    stage = case.stage
    assigned = stage.rng.sample(REVIEWERS, 2 if stage.happens(4) else 1)
    for reviewer in assigned:
        stage.add(at, DIRECTOR, AssignReviewer(application=case.application, reviewer=reviewer.id))
        at = stage.diary.next(at)
    for second in assigned[1:]:
        _stand_aside(case, second, at)
    return assigned[0]


def _stand_aside(case: Case, reviewer: Principal, at: datetime) -> None:
    """Let some of the second reviewers have no part in it, for what they or the director say."""
    stage = case.stage
    if stage.happens(4):
        conflict = DeclareConflict(
            application=case.application,
            declarer=reviewer.id,
            details="I have worked for the applicant.",
        )
        stage.add(at, reviewer, conflict)
    elif stage.happens(4):
        recusal = RecuseReviewer(
            application=case.application,
            reviewer=reviewer.id,
            reason="Took part in preparing the application.",
        )
        stage.add(at, DIRECTOR, recusal)


def review(case: Case, reviewer: Principal, at: datetime) -> datetime:
    """Add the review; return when it is complete, or how far it came."""
    stage = case.stage
    for requirement in case.requirements:
        at = _find(case, reviewer, requirement, stage.diary.next(at))
    if case.plot.ending is Ending.IN_REVIEW:
        return at
    # The conversation about the standards is on another day.
    at = stage.diary.later(at, 1, 6)
    worked_towards = stage.rng.sample(case.standards, case.plot.plans)
    for standard in case.standards:
        at = _assess(
            case, reviewer, standard, stage.diary.next(at), works_towards=standard in worked_towards
        )
    for standard in worked_towards:
        at = _plan(case, reviewer, standard, stage.diary.next(at))
    at = stage.diary.next(at)
    admit = not case.plot.unmet
    stage.add(
        at,
        reviewer,
        RecordReview(
            application=case.application,
            recommendation=Recommendation.ADMIT if admit else Recommendation.DECLINE,
            reasons=stage.pen.reasons(admit=admit),
        ),
    )
    return at


def _find(case: Case, reviewer: Principal, requirement: Requirement, at: datetime) -> datetime:
    stage, met = case.stage, case.is_met(requirement)

    def finding(*, met: bool) -> RecordFinding:
        return RecordFinding(
            application=case.application,
            requirement=requirement.id,
            met=met,
            note=stage.pen.finding(requirement, met=met),
        )

    if not met and requirement.kind is RequirementKind.POPULATION_SHARE:
        # A share is judged by rule: a reviewer cannot find one met that is too small.
        code = RefusalCode.REQUIREMENT_UNMET
        stage.add(at, reviewer, finding(met=True), refused=code)
        at = stage.diary.next(at)
    stage.add(at, reviewer, finding(met=met))
    return at


def _assess(
    case: Case, reviewer: Principal, standard: Standard, at: datetime, *, works_towards: bool
) -> datetime:
    stage = case.stage
    note: str | None
    if not case.is_met(standard):
        assessment, note = Assessment.DOES_NOT_MEET, stage.pen.not_met(standard)
    elif works_towards:
        assessment, note = Assessment.WORKS_TOWARDS, stage.pen.worked_towards()
    else:
        assessment, note = Assessment.EXHIBITS, stage.pen.exhibited()
    command = AssessStandard(
        application=case.application, standard=standard.id, assessment=assessment, note=note
    )
    stage.add(at, reviewer, command)
    return at


def _plan(case: Case, reviewer: Principal, standard: Standard, at: datetime) -> datetime:
    stage = case.stage
    due = stage.diary.day(at) + timedelta(days=30 * stage.rng.randint(4, 11))
    steps, milestones = stage.pen.steps()
    command = OpenImprovementPlan(
        application=case.application,
        standard=standard.id,
        due=due,
        steps=steps,
        milestones=[*milestones],
    )
    stage.add(at, reviewer, command)
    plan = Plan(
        application=case.application,
        standard=standard.id,
        reviewer=reviewer,
        due=due,
        milestones=len(milestones),
    )
    stage.plans.append(plan)
    return at
