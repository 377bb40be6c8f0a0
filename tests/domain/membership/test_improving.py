"""Improvement plans of members: milestones, overdue, carried out or given up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from domain.decision import Command, Fact, RefusalCode
from domain.membership.plans import (
    CloseImprovementPlan,
    ImprovementPlanOpened,
    MilestoneMet,
    OpenImprovementPlan,
    PlanClosed,
    PlanOverdue,
    RecordMilestone,
    RecordOverduePlans,
    ReviewReplaced,
)
from domain.membership.review import StandardAssessed
from domain.terms import ApplicationId, Assessment, PlanOutcome
from tests.domain.examples import (
    ANOTHER,
    APPLICATION,
    DAY_BEFORE,
    MEMBER,
    REVIEW,
    approved,
    founded,
    organisation,
    ready,
)
from tests.domain.specification import TODAY, Specification, at

DAY = timedelta(days=1)
DUE = date(2026, 9, 1)
STANDARD = "provider.trauma-informed"
OTHER = "provider.client-centered"

MILESTONE = RecordMilestone(application=APPLICATION, standard=STANDARD, milestone=2)
CLOSE = CloseImprovementPlan(
    application=APPLICATION, standard=STANDARD, outcome=PlanOutcome.CARRIED_OUT
)
AGAIN = OpenImprovementPlan(
    application=APPLICATION, standard=STANDARD, due=DUE, steps="Train more."
)
NOTE = RecordOverduePlans(application=APPLICATION)


def planned(standard: str = STANDARD, due: date = DUE) -> list[Fact]:
    opened = ImprovementPlanOpened(
        standard=standard, due=due, steps="Train.", milestones=["A course.", "All trained."]
    )
    assessed = StandardAssessed(standard=standard, assessment=Assessment.WORKS_TOWARDS, note=None)
    return [Fact(REVIEW, assessed), Fact(REVIEW, opened)]


def overdue(standard: str = STANDARD) -> Fact:
    return Fact(REVIEW, PlanOverdue(standard=standard, due=DUE))


waiting = Specification().given(founded(), organisation(), ready(MEMBER), planned())
member = waiting.given(approved())
MET = Fact(REVIEW, MilestoneMet(standard=STANDARD, milestone=2))
REPLACED = Fact(REVIEW, ReviewReplaced(application=ApplicationId(ANOTHER)))
CLOSED = Fact(REVIEW, PlanClosed(standard=STANDARD, outcome=PlanOutcome.CARRIED_OUT, note=None))


def test_a_milestone_is_met_once() -> None:
    member.when(MILESTONE).then(MET)
    member.given(MET).when(MILESTONE).then_nothing()


@pytest.mark.parametrize("milestone", [-1, 0, 3])
def test_a_milestone_is_one_of_the_plan(milestone: int) -> None:
    member.when(replace(MILESTONE, milestone=milestone)).then_refused(
        RefusalCode.INVALID_INPUT, "plan.milestones", field="milestone"
    )


def test_a_plan_is_overdue_when_its_day_is_over_and_is_noted_once() -> None:
    member.when(NOTE, **at(DUE)).then_refused(RefusalCode.NOT_YET, "plan.due")
    member.when(NOTE, **at(DUE + DAY)).then(overdue())
    member.given(overdue()).when(NOTE, **at(DUE + DAY)).then_nothing()


def test_every_plan_that_is_overdue_is_noted() -> None:
    two = waiting.given(planned(OTHER), approved())
    two.when(NOTE, **at(DUE + DAY)).then(overdue(), overdue(OTHER))
    two.given(overdue()).when(NOTE, **at(DUE + DAY)).then(overdue(OTHER))


def test_another_plan_in_its_place_has_its_own_day() -> None:
    later = member.given(overdue(), planned(due=DUE + 9 * DAY)[1])
    later.when(NOTE, **at(DUE + DAY)).then_refused(RefusalCode.NOT_YET, "plan.due")


def test_a_plan_that_was_carried_out_is_one_no_more() -> None:
    member.when(CLOSE).then(CLOSED)
    done = member.given(CLOSED)
    done.when(NOTE, **at(DUE + DAY)).then_refused(RefusalCode.NOT_YET, "plan.due")
    for command in (MILESTONE, CLOSE, replace(CLOSE, outcome=PlanOutcome.GIVEN_UP)):
        done.when(command).then_refused(RefusalCode.INVALID_INPUT, "plan.open", field="standard")


def test_after_a_plan_the_standard_is_assessed_by_how_it_ended() -> None:
    for outcome in PlanOutcome:
        ended = PlanClosed(standard=STANDARD, outcome=outcome, note="As seen.")
        member.given(Fact(REVIEW, ended)).when(AGAIN).then_refused(
            RefusalCode.STANDARD_UNMET, STANDARD, field="standard"
        )


@pytest.mark.parametrize("command", [MILESTONE, CLOSE, NOTE])
def test_only_members_carry_out_plans(command: Command) -> None:
    waiting.when(command, **at(DUE + DAY)).then_refused(
        RefusalCode.WRONG_PHASE, "application.phase"
    )
    assert isinstance(command, RecordMilestone | CloseImprovementPlan | RecordOverduePlans)
    unknown = replace(command, application=ApplicationId(ANOTHER))
    member.when(unknown).then_refused(
        RefusalCode.INVALID_INPUT, "known-application", field="application"
    )


def test_nothing_of_it_holds_from_before_the_application() -> None:
    for command in (MILESTONE, CLOSE, NOTE):
        member.when(command, today=max(TODAY, DUE + DAY), effective=DAY_BEFORE).then_refused(
            RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
        )


def test_a_standard_without_a_plan_has_nothing_to_carry_out() -> None:
    for command in (replace(MILESTONE, standard=OTHER), replace(CLOSE, standard=OTHER)):
        member.when(command).then_refused(RefusalCode.INVALID_INPUT, "plan.open", field="standard")


@pytest.mark.parametrize("command", [MILESTONE, CLOSE, replace(AGAIN, due=DUE + DAY)])
def test_what_was_agreed_counts_no_more_once_the_member_was_assessed_anew(command: Command) -> None:
    member.when(command).then_accepted()
    member.given(REPLACED).when(command).then_refused(
        RefusalCode.WRONG_PHASE, "newest-assessment", because="assessed last"
    )


def test_a_plan_that_counts_no_more_is_not_overdue() -> None:
    member.given(REPLACED).when(NOTE, **at(DUE + DAY)).then_refused(RefusalCode.NOT_YET, "plan.due")
