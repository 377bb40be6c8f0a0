"""Deciding an application for admission with yes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from domain.coalition.coalition import SeatsSet
from domain.decision import Fact, RefusalCode
from domain.membership.application import ApplicationApproved
from domain.membership.membership import AdmitMember, MemberAdmitted
from domain.membership.plans import ImprovementPlanOpened
from domain.membership.review import RequirementFound, StandardAssessed
from domain.policy import PartyType
from domain.terms import ApplicationId, ApplicationKind, Assessment, Basis, MembershipId, PartyId
from tests.domain.coalition.votes import passed, voted_in
from tests.domain.examples import (
    ANOTHER,
    APPLICATION,
    DAY_BEFORE,
    FERRY,
    FERRY_EIN,
    LANTERN,
    LANTERN_EIN,
    MEMBER,
    MEMBER_AGREEMENT,
    MEMBERSHIP,
    PARTNER,
    PARTNER_AGREEMENT,
    REVIEW,
    SHARE,
    WREN,
    admitted,
    approved,
    assessed,
    attested,
    clauses,
    exhibited,
    found_met,
    founded,
    individual,
    organisation,
    policy_with,
    review_started,
    reviewed,
    submitted,
)
from tests.domain.policy.files import CATE
from tests.domain.specification import TODAY, Specification
from tests.domain.world import COALITION, an_id

coalition = Specification().given(founded(seats=2), organisation())
ADMIT = AdmitMember(application=APPLICATION, membership=MEMBERSHIP)
STANDARD = "provider.trauma-informed"


def welcomed(tier: str, agreement: str, party: PartyId = LANTERN) -> list[Fact]:
    """Return the facts of an admission in which every standard was exhibited."""
    return [
        Fact(APPLICATION, ApplicationApproved(clauses=clauses(tier))),
        Fact(
            MEMBERSHIP,
            MemberAdmitted(
                basis=Basis.APPLICATION,
                tier=tier,
                membership_class="provider",
                agreement=agreement,
                application=APPLICATION,
                clauses=clauses(tier),
                party=party,
                standards=exhibited(tier),
            ),
        ),
    ]


def test_an_applicant_who_meets_everything_becomes_a_member() -> None:
    coalition.given(voted_in(PARTNER)).when(ADMIT).then(*welcomed(PARTNER, PARTNER_AGREEMENT))


def test_what_an_admission_names_does_not_tell_the_type_of_the_party() -> None:
    asked = {each.id for each in CATE.requirements_for(MEMBER, PartyType.INDIVIDUAL_PRACTITIONER)}
    assert "coalition-member.practitioner-credential" in asked.difference(clauses(MEMBER))
    practitioner = coalition.given(individual(), voted_in(MEMBER, WREN, "individual-practitioner"))
    practitioner.when(ADMIT).then(*welcomed(MEMBER, MEMBER_AGREEMENT, WREN))
    coalition.given(voted_in(MEMBER)).when(ADMIT).then(*welcomed(MEMBER, MEMBER_AGREEMENT))


def test_admitting_into_the_same_membership_again_changes_nothing() -> None:
    coalition.given(voted_in(PARTNER), approved(), admitted(PARTNER, application=APPLICATION)).when(
        ADMIT
    ).then_nothing()


def test_an_approved_application_is_not_admitted_into_another_membership() -> None:
    done = coalition.given(
        voted_in(PARTNER), approved(), admitted(PARTNER, application=APPLICATION)
    )
    done.when(replace(ADMIT, membership=MembershipId(ANOTHER))).then_refused(
        RefusalCode.WRONG_PHASE, "application.phase", because="approved"
    )


def test_the_id_of_a_membership_is_not_used_twice() -> None:
    coalition.given(
        organisation(FERRY, FERRY_EIN), admitted(MEMBER, FERRY), voted_in(PARTNER)
    ).when(ADMIT).then_refused(RefusalCode.INVALID_INPUT, "new-id", field="membership")


@pytest.mark.parametrize("taken", [APPLICATION, REVIEW, LANTERN])
def test_the_id_of_another_thing_is_no_membership_s(taken: str) -> None:
    coalition.given(voted_in(PARTNER)).when(
        replace(ADMIT, membership=MembershipId(taken))
    ).then_refused(RefusalCode.INVALID_INPUT, "distinct-ids", field="id")


def test_nobody_is_admitted_before_the_review_is_complete() -> None:
    for given in ([], review_started()):
        coalition.given(submitted(PARTNER), given).when(ADMIT).then_refused(
            RefusalCode.WRONG_PHASE, "application.phase", because="reviewed"
        )


def test_nobody_is_admitted_by_an_application_that_nobody_made() -> None:
    coalition.when(replace(ADMIT, application=ApplicationId(ANOTHER))).then_refused(
        RefusalCode.INVALID_INPUT, "known-application", field="application"
    )


def test_nobody_is_admitted_by_an_application_for_another_tier() -> None:
    coalition.given(
        admitted(MEMBER, membership=ANOTHER),
        submitted(PARTNER, kind=ApplicationKind.TIER_CHANGE, membership=MembershipId(ANOTHER)),
        review_started(),
        reviewed(),
        passed(),
    ).when(ADMIT).then_refused(RefusalCode.WRONG_PHASE, "application.kind", because="admission")


def test_nobody_is_admitted_before_they_applied() -> None:
    coalition.given(voted_in(PARTNER)).when(ADMIT, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


def test_nobody_is_admitted_to_a_tier_that_the_policy_no_longer_has() -> None:
    coalition.given(voted_in(PARTNER)).under(policy_with((PARTNER, "founding-partner"))).when(
        ADMIT
    ).then_refused(RefusalCode.POLICY_VERSION, "known-tier")


def test_a_requirement_found_not_met_is_in_the_way() -> None:
    not_met = RequirementFound(requirement=SHARE, met=False, note=None)
    coalition.given(voted_in(PARTNER), Fact(REVIEW, not_met)).when(ADMIT).then_refused(
        RefusalCode.REQUIREMENT_UNMET, SHARE
    )


def test_a_share_that_was_lowered_after_the_finding_is_in_the_way() -> None:
    lowered = [submitted(PARTNER), *review_started(), *found_met(PARTNER), attested(10)]
    coalition.given(lowered, assessed(PARTNER), reviewed(), passed()).when(ADMIT).then_refused(
        RefusalCode.REQUIREMENT_UNMET, SHARE, because="10 of 100"
    )


def test_a_requirement_that_a_later_policy_adds_is_in_the_way() -> None:
    requirement = (
        '[[tiers.collaborative-partner.requirements]]\nid = "collaborative-partner.new"\n'
        'text = "Does something new."\nkind = "commitment"\n\n'
    )
    added = policy_with(("# About: partners", requirement + "# About: partners"))
    coalition.given(voted_in(PARTNER)).under(added).when(ADMIT).then_refused(
        RefusalCode.REQUIREMENT_UNMET, "collaborative-partner.new"
    )


def test_a_type_that_a_later_policy_does_not_admit_is_in_the_way() -> None:
    narrowed = policy_with(('party_types = ["nonprofit-501c3"]', 'party_types = ["health-system"]'))
    coalition.given(voted_in(PARTNER)).under(narrowed).when(ADMIT).then_refused(
        RefusalCode.NOT_ELIGIBLE, "collaborative-partner.type", field="tier"
    )


def works_towards(*, with_plan: bool, due: date = TODAY + timedelta(days=1)) -> list[Fact]:
    assessment = StandardAssessed(standard=STANDARD, assessment=Assessment.WORKS_TOWARDS, note=None)
    plan = ImprovementPlanOpened(standard=STANDARD, due=due, steps="Train the staff.")
    return [Fact(REVIEW, assessment), *([Fact(REVIEW, plan)] if with_plan else [])]


def test_a_standard_that_is_worked_towards_needs_a_plan() -> None:
    given = coalition.given(voted_in(PARTNER))
    given.given(works_towards(with_plan=False)).when(ADMIT).then_refused(
        RefusalCode.STANDARD_UNMET, STANDARD, because="An improvement plan"
    )
    facts = welcomed(PARTNER, PARTNER_AGREEMENT)
    assert isinstance(facts[1].event, MemberAdmitted)
    standards = exhibited(PARTNER) | {STANDARD: Assessment.WORKS_TOWARDS}
    given.given(works_towards(with_plan=True)).when(ADMIT).then(
        facts[0], Fact(MEMBERSHIP, replace(facts[1].event, standards=standards))
    )


def test_a_plan_whose_day_is_over_is_in_the_way_until_there_is_a_new_one() -> None:
    overdue = coalition.given(voted_in(PARTNER), works_towards(with_plan=True, due=DAY_BEFORE))
    overdue.when(ADMIT).then_refused(
        RefusalCode.STANDARD_UNMET, STANDARD, because=f"due on {DAY_BEFORE}"
    )
    # On its last day it is in time, as it is for a member.
    coalition.given(voted_in(PARTNER), works_towards(with_plan=True, due=TODAY)).when(
        ADMIT
    ).then_accepted()
    facts = welcomed(PARTNER, PARTNER_AGREEMENT)
    assert isinstance(facts[1].event, MemberAdmitted)
    standards = exhibited(PARTNER) | {STANDARD: Assessment.WORKS_TOWARDS}
    overdue.given(works_towards(with_plan=True)).when(ADMIT).then(
        facts[0], Fact(MEMBERSHIP, replace(facts[1].event, standards=standards))
    )


def test_a_plan_ends_when_the_standard_is_assessed_otherwise() -> None:
    exhibits = StandardAssessed(standard=STANDARD, assessment=Assessment.EXHIBITS, note=None)
    planned = coalition.given(voted_in(PARTNER), works_towards(with_plan=True))
    planned.given(Fact(REVIEW, exhibits), works_towards(with_plan=False)).when(ADMIT).then_refused(
        RefusalCode.STANDARD_UNMET, STANDARD, because="without an improvement plan"
    )
    noted = StandardAssessed(
        standard=STANDARD, assessment=Assessment.WORKS_TOWARDS, note="As agreed."
    )
    facts = welcomed(PARTNER, PARTNER_AGREEMENT)
    assert isinstance(facts[1].event, MemberAdmitted)
    standards = exhibited(PARTNER) | {STANDARD: Assessment.WORKS_TOWARDS}
    planned.given(Fact(REVIEW, noted)).when(ADMIT).then(
        facts[0], Fact(MEMBERSHIP, replace(facts[1].event, standards=standards))
    )


def test_a_standard_that_is_not_met_is_in_the_way_plan_or_no_plan() -> None:
    assessment = StandardAssessed(standard=STANDARD, assessment=Assessment.DOES_NOT_MEET, note=None)
    coalition.given(
        voted_in(PARTNER), works_towards(with_plan=True), Fact(REVIEW, assessment)
    ).when(ADMIT).then_refused(RefusalCode.STANDARD_UNMET, STANDARD)


def test_a_standard_that_was_not_assessed_is_in_the_way() -> None:
    coalition.given(
        submitted(PARTNER),
        review_started(),
        found_met(PARTNER),
        assessed(PARTNER, but=STANDARD),
        reviewed(),
        passed(),
    ).when(ADMIT).then_refused(RefusalCode.STANDARD_UNMET, STANDARD)


def test_a_limited_tier_whose_seats_nobody_set_admits_nobody() -> None:
    Specification().given(founded(), organisation(), voted_in(PARTNER)).when(ADMIT).then_refused(
        RefusalCode.TIER_FULL, f"{PARTNER}.seats", because="no seats have been set"
    )


def seats(number: int) -> Fact:
    return Fact(COALITION, SeatsSet(tier=PARTNER, seats=number, basis=Basis.DIRECTOR))


def test_a_full_tier_admits_nobody_and_one_more_seat_is_enough() -> None:
    full = coalition.given(
        organisation(FERRY, FERRY_EIN), admitted(PARTNER, FERRY, ANOTHER), voted_in(PARTNER)
    )
    full.given(seats(1)).when(ADMIT).then_refused(
        RefusalCode.TIER_FULL, f"{PARTNER}.seats", because="All 1 seats"
    )
    full.given(seats(2)).when(ADMIT).then(*welcomed(PARTNER, PARTNER_AGREEMENT))


def test_the_policy_s_number_of_seats_holds_until_the_coalition_sets_another() -> None:
    policy = policy_with(('number = "limited"\n', 'number = "limited"\nseats = 0\n'))
    spec = Specification(policy).given(founded(), organisation(), voted_in(PARTNER))
    spec.when(ADMIT).then_refused(RefusalCode.TIER_FULL, f"{PARTNER}.seats")
    spec.given(seats(1)).when(ADMIT).then(*welcomed(PARTNER, PARTNER_AGREEMENT))


def test_a_party_has_one_live_membership() -> None:
    coalition.given(voted_in(MEMBER), admitted(PARTNER, membership=ANOTHER)).when(
        ADMIT
    ).then_refused(
        RefusalCode.SECOND_MEMBERSHIP,
        "one-membership-per-party",
        field="party",
        unmet=["one-membership-per-party", "one-provider-per-ein"],
    )


def test_an_ein_has_one_live_provider_membership() -> None:
    coalition.given(
        organisation(FERRY, LANTERN_EIN), admitted(MEMBER, FERRY, ANOTHER), voted_in(PARTNER)
    ).when(ADMIT).then_refused(RefusalCode.EIN_HELD, "one-provider-per-ein", field="ein")


def test_everything_that_is_unmet_is_reported_together() -> None:
    Specification().given(
        founded(),
        organisation(),
        organisation(FERRY, LANTERN_EIN),
        admitted(MEMBER, FERRY, ANOTHER),
        submitted(PARTNER),
        review_started(),
        found_met(PARTNER, but=SHARE),
        assessed(PARTNER),
        works_towards(with_plan=False),
        reviewed(),
        passed(),
        admitted(MEMBER, membership=an_id("a third")),
    ).when(ADMIT).then_refused(
        RefusalCode.REQUIREMENT_UNMET,
        SHARE,
        unmet=[
            SHARE,
            STANDARD,
            f"{PARTNER}.seats",
            "one-membership-per-party",
            "one-provider-per-ein",
        ],
        because="5 rules are not met",
    )
