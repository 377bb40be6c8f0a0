"""Who reviews, what is found and assessed, what the review recommends."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from domain.decision import Command, Fact, RefusalCode
from domain.membership.application import (
    ApplicationDeclined,
    ApplicationReviewed,
    EvidenceAttached,
    ReviewStarted,
)
from domain.membership.plans import ImprovementPlanOpened, OpenImprovementPlan
from domain.membership.review import (
    AssessStandard,
    AssignReviewer,
    RecordFinding,
    RecordReview,
    RequirementFound,
    ReviewerAssigned,
    ReviewRecorded,
    StandardAssessed,
)
from domain.membership.ties import PartyAffiliated
from domain.terms import (
    Affiliation,
    ApplicationId,
    Assessment,
    PartyId,
    PrincipalId,
    Recommendation,
)
from tests.domain.examples import (
    ANOTHER,
    APPLICANT,
    APPLICATION,
    DAY_BEFORE,
    FERRY,
    LANTERN,
    MEMBER,
    PARTNER,
    REVIEW,
    REVIEWER,
    SHARE,
    WREN,
    approved,
    assessed,
    attested,
    found_met,
    founded,
    individual,
    organisation,
    policy_with,
    review_started,
    reviewed,
    submitted,
)
from tests.domain.specification import TODAY, Specification

application = Specification().given(founded(), organisation(), submitted(PARTNER))
in_review = application.given(review_started())

EXECUTIVE = f"{PARTNER}.executive"
STANDARD = "provider.trauma-informed"
ASSIGN = AssignReviewer(application=APPLICATION, reviewer=REVIEWER)
FIND = RecordFinding(application=APPLICATION, requirement=f"{PARTNER}.commitment", met=True)
ASSESS = AssessStandard(
    application=APPLICATION, standard=STANDARD, assessment=Assessment.WORKS_TOWARDS
)
WORKS_TOWARDS = Fact(
    REVIEW,
    StandardAssessed(standard=STANDARD, assessment=Assessment.WORKS_TOWARDS, note=None),
)
PLAN = OpenImprovementPlan(
    application=APPLICATION, standard=STANDARD, due=date(2026, 9, 1), steps="Train the staff."
)
PLANNED = Fact(
    REVIEW,
    ImprovementPlanOpened(
        standard=STANDARD, due=date(2026, 9, 1), steps="Train the staff.", milestones=None
    ),
)
RECORD = RecordReview(
    application=APPLICATION, recommendation=Recommendation.ADMIT, reasons="All is met."
)
IN_REVIEW_ONLY = [FIND, ASSESS, RECORD]


def found(
    requirement: str, *, met: bool = True, note: str | None = None, ein_told: int | None = None
) -> Fact:
    event = RequirementFound(requirement=requirement, met=met, note=note, ein_told=ein_told)
    return Fact(REVIEW, event)


def test_with_the_first_reviewer_the_review_starts() -> None:
    application.when(ASSIGN).then(
        Fact(REVIEW, ReviewerAssigned(application=APPLICATION, reviewer=REVIEWER)),
        Fact(APPLICATION, ReviewStarted()),
    )


def test_a_second_reviewer_joins_a_review_that_has_started() -> None:
    second = PrincipalId(ANOTHER)
    in_review.when(replace(ASSIGN, reviewer=second)).then(
        Fact(REVIEW, ReviewerAssigned(application=APPLICATION, reviewer=second))
    )


def test_assigning_an_assigned_reviewer_changes_nothing() -> None:
    in_review.when(ASSIGN).then_nothing()
    in_review.given(reviewed()).when(ASSIGN).then_nothing()


@pytest.mark.parametrize("belongs_to", [LANTERN, WREN])
def test_nobody_is_assigned_whose_organisation_has_an_interest_in_it(belongs_to: PartyId) -> None:
    shared = Affiliation.SHARES_LEADERSHIP
    tied = application.given(
        Fact(LANTERN, PartyAffiliated(affiliate=WREN, affiliation=shared)),
        Fact(WREN, PartyAffiliated(affiliate=LANTERN, affiliation=shared)),
    )
    tied.when(ASSIGN, belongs_to=belongs_to).then_refused(
        RefusalCode.CONFLICT_OF_INTEREST, "review.own-cause", field="reviewer"
    )
    tied.when(ASSIGN, belongs_to=FERRY).then(*review_started())


def test_nobody_is_assigned_once_the_review_is_complete() -> None:
    in_review.given(reviewed()).when(replace(ASSIGN, reviewer=PrincipalId(ANOTHER))).then_refused(
        RefusalCode.WRONG_PHASE, "application.phase"
    )


def test_an_applicant_does_not_review_their_own_application() -> None:
    application.when(replace(ASSIGN, reviewer=APPLICANT)).then_refused(
        RefusalCode.INVALID_INPUT, "own-application", field="reviewer"
    )


def test_nobody_is_assigned_before_the_application_was_made() -> None:
    application.when(ASSIGN, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


def test_a_requirement_is_found_met() -> None:
    in_review.when(FIND).then(found(FIND.requirement))


def test_a_requirement_is_found_not_met_whatever_is_on_file() -> None:
    in_review.when(replace(FIND, requirement=SHARE, met=False, note="No numbers.")).then(
        found(SHARE, met=False, note="No numbers.")
    )


def test_the_same_finding_again_changes_nothing() -> None:
    in_review.given(found(FIND.requirement)).when(FIND).then_nothing()


def test_a_later_finding_replaces_an_earlier_one() -> None:
    in_review.given(found(FIND.requirement, met=False)).when(FIND).then(found(FIND.requirement))
    in_review.given(found(FIND.requirement)).when(replace(FIND, note="Again.")).then(
        found(FIND.requirement, note="Again.")
    )


def test_a_requirement_that_is_not_asked_is_not_found() -> None:
    in_review.when(replace(FIND, requirement="coalition-member.population")).then_refused(
        RefusalCode.INVALID_INPUT, "known-requirement", field="requirement", because=EXECUTIVE
    )


def test_a_requirement_of_another_type_of_party_is_not_found() -> None:
    practitioner = Specification().given(
        founded(), individual(), submitted(MEMBER, WREN), review_started()
    )
    finding = replace(FIND, requirement="coalition-member.ein-determination")
    practitioner.when(finding).then_refused(
        RefusalCode.INVALID_INPUT, "known-requirement", field="requirement"
    )


def test_the_type_of_party_is_computed_and_not_found() -> None:
    in_review.when(replace(FIND, requirement=f"{PARTNER}.type")).then_refused(
        RefusalCode.INVALID_INPUT, "known-requirement", field="requirement"
    )


def test_evidence_is_not_found_met_where_nothing_was_attached() -> None:
    finding = replace(FIND, requirement=EXECUTIVE)
    in_review.when(finding).then_refused(
        RefusalCode.REQUIREMENT_UNMET, EXECUTIVE, because="Nothing was attached"
    )
    event = EvidenceAttached(
        requirement=None, clause=EXECUTIVE, description="A letter.", sha256=None
    )
    in_review.given(Fact(APPLICATION, event)).when(finding).then(found(EXECUTIVE))


def test_a_determination_is_not_found_met_without_an_ein() -> None:
    finding = replace(FIND, requirement=f"{PARTNER}.ein-determination")
    without = Specification().given(founded(), organisation(ein=None), submitted(PARTNER))
    without.given(review_started()).when(finding).then_refused(
        RefusalCode.REQUIREMENT_UNMET, f"{PARTNER}.ein-determination", because="EIN"
    )
    in_review.when(finding).then(found(f"{PARTNER}.ein-determination", ein_told=1))


def test_a_share_is_not_found_met_where_none_was_attested() -> None:
    in_review.when(replace(FIND, requirement=SHARE)).then_refused(
        RefusalCode.REQUIREMENT_UNMET, SHARE, because="at least 75 %"
    )


def test_a_share_below_the_minimum_is_not_found_met() -> None:
    in_review.given(attested(749, 1_000)).when(replace(FIND, requirement=SHARE)).then_refused(
        RefusalCode.REQUIREMENT_UNMET, SHARE, because="749 of 1000 served is less than 75 %"
    )


def test_a_share_of_exactly_the_minimum_is_found_met() -> None:
    in_review.given(attested(3, 4)).when(replace(FIND, requirement=SHARE)).then(found(SHARE))


def test_a_standard_is_assessed() -> None:
    in_review.when(ASSESS).then(WORKS_TOWARDS)


def test_the_same_assessment_again_changes_nothing() -> None:
    in_review.given(WORKS_TOWARDS).when(ASSESS).then_nothing()


def test_a_later_assessment_replaces_an_earlier_one() -> None:
    earlier = StandardAssessed(standard=STANDARD, assessment=Assessment.EXHIBITS, note=None)
    in_review.given(Fact(REVIEW, earlier)).when(ASSESS).then(WORKS_TOWARDS)


def test_a_standard_of_another_class_is_not_assessed() -> None:
    in_review.when(replace(ASSESS, standard="network.commitment-to-mission")).then_refused(
        RefusalCode.INVALID_INPUT, "known-standard", field="standard", because=STANDARD
    )


def test_a_plan_is_opened_for_a_standard_that_is_worked_towards() -> None:
    in_review.given(WORKS_TOWARDS).when(PLAN).then(PLANNED)


def test_a_plan_may_be_opened_when_an_admission_waits_for_it() -> None:
    in_review.given(WORKS_TOWARDS, reviewed()).when(PLAN).then(PLANNED)


def test_the_same_plan_again_changes_nothing() -> None:
    in_review.given(WORKS_TOWARDS, PLANNED).when(PLAN).then_nothing()


def test_a_plan_is_not_opened_for_a_standard_that_is_not_worked_towards() -> None:
    exhibits = StandardAssessed(standard=STANDARD, assessment=Assessment.EXHIBITS, note=None)
    for given in ([], [Fact(REVIEW, exhibits)]):
        in_review.given(given).when(PLAN).then_refused(
            RefusalCode.STANDARD_UNMET, STANDARD, field="standard"
        )


def test_a_plan_is_not_opened_for_a_standard_of_another_class() -> None:
    in_review.when(replace(PLAN, standard="network.commitment-to-mission")).then_refused(
        RefusalCode.INVALID_INPUT, "known-standard", field="standard"
    )


@pytest.mark.parametrize("due", [TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=366)])
def test_a_plan_is_due_after_today_and_within_the_policy_s_longest(due: date) -> None:
    in_review.given(WORKS_TOWARDS).when(replace(PLAN, due=due)).then_refused(
        RefusalCode.INVALID_INPUT,
        "deadlines.improvement_plan_maximum_days",
        field="due",
        because="not after 2027-03-02",
    )


@pytest.mark.parametrize("due", [TODAY + timedelta(days=1), TODAY + timedelta(days=365)])
def test_a_plan_may_be_due_on_the_first_day_and_on_the_last(due: date) -> None:
    opened = ImprovementPlanOpened(
        standard=STANDARD, due=due, steps="Train the staff.", milestones=None
    )
    in_review.given(WORKS_TOWARDS).when(replace(PLAN, due=due)).then(Fact(REVIEW, opened))


def test_a_member_may_agree_to_another_plan() -> None:
    member = in_review.given(WORKS_TOWARDS, PLANNED, reviewed(), approved())
    member.when(PLAN).then_nothing()
    later = date(2026, 12, 1)
    opened = ImprovementPlanOpened(
        standard=STANDARD, due=later, steps="Train the staff.", milestones=["Half are trained."]
    )
    again = replace(PLAN, due=later, milestones=["Half are trained."])
    member.when(again).then(Fact(REVIEW, opened))


def test_a_plan_is_not_opened_after_a_decline() -> None:
    declined = Fact(APPLICATION, ApplicationDeclined())
    in_review.given(WORKS_TOWARDS, reviewed(), declined).when(PLAN).then_refused(
        RefusalCode.WRONG_PHASE, "application.phase", because="in review, reviewed"
    )


def test_a_review_is_complete_when_everything_was_found_and_assessed() -> None:
    in_review.given(found_met(PARTNER), assessed(PARTNER)).when(RECORD).then(
        Fact(REVIEW, ReviewRecorded(recommendation=Recommendation.ADMIT, reasons="All is met.")),
        Fact(APPLICATION, ApplicationReviewed()),
    )


def test_recording_the_same_review_again_changes_nothing() -> None:
    in_review.given(reviewed()).when(RECORD).then_nothing()


def test_another_review_after_the_review_is_refused() -> None:
    in_review.given(reviewed()).when(
        replace(RECORD, recommendation=Recommendation.DECLINE)
    ).then_refused(RefusalCode.WRONG_PHASE, "application.phase")


def test_a_review_that_misses_something_lists_all_that_it_misses() -> None:
    in_review.given(found_met(PARTNER, but=SHARE), assessed(PARTNER, but=STANDARD)).when(
        RECORD
    ).then_refused(RefusalCode.REQUIREMENT_UNMET, SHARE, unmet=[SHARE, STANDARD])


@pytest.mark.parametrize("command", IN_REVIEW_ONLY)
def test_nothing_is_reviewed_before_the_review(command: Command) -> None:
    application.when(command).then_refused(
        RefusalCode.WRONG_PHASE, "application.phase", because="in review"
    )


@pytest.mark.parametrize("command", [ASSIGN, PLAN, *IN_REVIEW_ONLY])
def test_an_application_that_nobody_made_is_not_reviewed(
    command: AssignReviewer | OpenImprovementPlan | RecordFinding | AssessStandard | RecordReview,
) -> None:
    in_review.when(replace(command, application=ApplicationId(ANOTHER))).then_refused(
        RefusalCode.INVALID_INPUT, "known-application", field="application"
    )


@pytest.mark.parametrize("command", [PLAN, *IN_REVIEW_ONLY])
def test_nothing_is_reviewed_before_the_application_was_made(command: Command) -> None:
    in_review.when(command, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


@pytest.mark.parametrize("command", [PLAN, *IN_REVIEW_ONLY])
def test_nothing_is_reviewed_for_a_tier_that_the_policy_no_longer_has(command: Command) -> None:
    renamed = policy_with((PARTNER, "founding-partner"))
    in_review.under(renamed).when(command).then_refused(RefusalCode.POLICY_VERSION, "known-tier")
