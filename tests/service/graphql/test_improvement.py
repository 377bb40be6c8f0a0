"""Improvement plans of members through the API: seen by staff and the member, and swept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.membership.application import RequestTierChange, SubmitApplication
from domain.membership.membership import AdmitMember, ChangeTier
from domain.membership.plans import OpenImprovementPlan
from domain.membership.standing import ReinstateMembership, WithdrawMembership
from domain.membership.ties import MergeParties, SeparateParties
from domain.terms import ApplicationId, Assessment, MembershipId, ReviewId, TierChangeReason
from service import sweep
from service.deadline import DueKind
from service.deadlines import DEADLINES
from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.coalition import POLICY, Admitted, Coalition, new_id, organisation
from tests.service.graphql.api import Api

TIER = "coalition-member"
STANDARD = POLICY.standards_for(TIER)[0].id
PLANS = """query ($id: ID!) { membership(id: $id) { isImproving improvementPlans {
    standard dueOn steps phase milestones { text met } } } }"""
STANDS = """query ($id: ID!, $asOf: AsOf) { membership(id: $id, asOf: $asOf) {
    standards { standard { key } assessment }
    evidence { standards { standard { key } assessment } } } }"""
(DUE,) = (each for each in DEADLINES if each.kind is DueKind.IMPROVEMENT_PLAN)


class Improving:
    """A member that was admitted with a plan for one standard, due in ten days."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.coalition = Coalition(database_url, folder)
        self.api = Api(self.coalition)
        self.due = self.coalition.clock.now.date() + timedelta(days=10)
        details = organisation(ein=self.coalition.ein())
        submitted = self.coalition.submit(TIER, details)
        self._review(submitted.application, TIER)
        membership = MembershipId(new_id())
        admit = AdmitMember(application=submitted.application, membership=membership)
        self.coalition.must(admit, Role.COMMITTEE)
        self.admitted = Admitted(submitted.party, submitted.application, membership)
        self.speaker = self.coalition.representative(submitted.party)
        self.application = global_id(NodeKind.APPLICATION, submitted.application)

    def _review(self, application: ApplicationId, tier: str) -> None:
        self.coalition.review(
            application,
            tier,
            "nonprofit-501c3",
            assessments={STANDARD: Assessment.WORKS_TOWARDS},
        )
        plan = OpenImprovementPlan(
            application=application,
            standard=STANDARD,
            due=self.due,
            steps="Train the staff.",
            milestones=["A course is found.", "Everybody has taken it."],
        )
        self.coalition.must(plan, Role.REVIEWER)

    def due_dates(self, viewer: Role | Principal) -> list[dict[str, Any]]:
        """Return what somebody sees of plans among what is due."""
        query = "{ dueDates(filter: {kinds: [IMPROVEMENT_PLAN]}) { nodes { dueOn about { id } } } }"
        found: list[dict[str, Any]] = self.api.ask(query, viewer)["dueDates"]["nodes"]
        return found

    def change_tier(self, tier: str) -> None:
        """Come to a tier, with a plan for the same standard."""
        coalition = self.coalition
        agreement = POLICY.agreement_for(TIER).id
        coalition.sign(self.admitted, agreement, *coalition.publish(agreement, "Be kind."))
        asked = self.request(tier)
        self._review(asked, tier)
        coalition.must(ChangeTier(application=asked), Role.COMMITTEE)
        self.changed = global_id(NodeKind.APPLICATION, asked)

    def request(self, tier: str) -> ApplicationId:
        """Ask for a tier, and return the application."""
        coalition = self.coalition
        request = RequestTierChange(
            application=ApplicationId(new_id()),
            review=ReviewId(new_id()),
            applicant=coalition.principals[Role.APPLICANT].id,
            membership=self.admitted.membership,
            tier=tier,
            reason=TierChangeReason.REQUESTED,
        )
        coalition.must(request, self.speaker)
        return request.application

    def stands(self, who: Role | Principal, **as_of: object) -> tuple[str, str]:
        """Return how it stands to the standard, and how the decision found it."""
        id_ = global_id(NodeKind.MEMBERSHIP, self.admitted.membership)
        found = self.api.ask(STANDS, who, id=id_, asOf=as_of or None)["membership"]
        now, then = (
            {each["standard"]["key"]: each["assessment"] for each in some}
            for some in (found["standards"], found["evidence"]["standards"])
        )
        assert {now.pop(each) for each in [*now] if each != STANDARD} == {"EXHIBITS"}
        return now[STANDARD], then[STANDARD]

    def told(self, who: Role | Principal) -> dict[str, Any]:
        id_ = global_id(NodeKind.MEMBERSHIP, self.admitted.membership)
        found: dict[str, Any] = self.api.ask(PLANS, who, id=id_)["membership"]
        return found

    def do(self, mutation: str, **given: object) -> dict[str, Any]:
        subject = {"application": self.application, "standard": STANDARD}
        return self.api.do(mutation, subject | given, Role.REVIEWER)


@pytest.fixture
def improving(database_url: str, tmp_path: Path) -> Iterator[Improving]:
    made = Improving(database_url, tmp_path)
    yield made
    made.coalition.close()


def test_staff_and_the_member_see_the_plan_and_nobody_else(improving: Improving) -> None:
    for who in (Role.DIRECTOR, Role.AUDITOR, improving.speaker):
        told = improving.told(who)
        assert told["isImproving"] is True
        assert told["improvementPlans"] == [
            {
                "standard": STANDARD,
                "dueOn": improving.due.isoformat(),
                "steps": "Train the staff.",
                "phase": "OPEN",
                "milestones": [
                    {"text": "A course is found.", "met": False},
                    {"text": "Everybody has taken it.", "met": False},
                ],
            }
        ]
    for other in (Role.PUBLIC, Role.PORTAL):
        assert improving.told(other) == {"isImproving": None, "improvementPlans": None}


def test_milestones_are_met_and_the_plan_is_carried_out(improving: Improving) -> None:
    assert improving.do("recordMilestone", milestone=1)["__typename"] == "RecordMilestoneAccepted"
    refused = improving.do("recordMilestone", milestone=3)
    assert (refused["code"], refused["rule"]) == ("INVALID_INPUT", "plan.milestones")
    (plan,) = improving.told(improving.speaker)["improvementPlans"]
    assert [each["met"] for each in plan["milestones"]] == [True, False]

    closed = improving.do("closeImprovementPlan", outcome="CARRIED_OUT", note="As agreed.")
    assert closed["__typename"] == "CloseImprovementPlanAccepted", closed
    told = improving.told(Role.DIRECTOR)
    assert told["isImproving"] is False
    assert [each["phase"] for each in told["improvementPlans"]] == ["CARRIED_OUT"]


@pytest.mark.parametrize(
    ("outcome", "assessment"), [("CARRIED_OUT", "EXHIBITS"), ("GIVEN_UP", "DOES_NOT_MEET")]
)
def test_once_its_plan_has_ended_a_standard_is_exhibited_or_not_met(
    improving: Improving, outcome: str, assessment: str
) -> None:
    before = improving.api.ask("{ ledger { head { position } } }")["ledger"]["head"]
    assert improving.stands(improving.speaker) == ("WORKS_TOWARDS", "WORKS_TOWARDS")
    improving.do("closeImprovementPlan", outcome=outcome)
    # What the admission rested on stays what it was.
    for who in (improving.speaker, Role.AUDITOR):
        assert improving.stands(who) == (assessment, "WORKS_TOWARDS")
    then = improving.stands(Role.AUDITOR, at={"position": before["position"]})
    assert then == ("WORKS_TOWARDS", "WORKS_TOWARDS")


@pytest.mark.parametrize("tier", ["collaborative-partner", TIER])
def test_a_plan_from_before_says_nothing_once_the_member_was_assessed_anew(
    improving: Improving, tier: str
) -> None:
    improving.change_tier(tier)
    closing = {"outcome": "CARRIED_OUT", "note": None}
    refused = improving.do("closeImprovementPlan", **closing)
    assert (refused["code"], refused["rule"]) == ("WRONG_PHASE", "newest-assessment")
    assert improving.stands(Role.DIRECTOR) == ("WORKS_TOWARDS", "WORKS_TOWARDS")
    phases = [each["phase"] for each in improving.told(improving.speaker)["improvementPlans"]]
    assert phases == ["REPLACED", "OPEN"]
    # Only the new one is due.
    improving.coalition.clock.advance(days=11)
    (due,) = sweep.sweep(improving.coalition.ledger, [DUE]).done
    assert global_id(NodeKind.APPLICATION, ApplicationId(due.about)) == improving.changed
    improving.do("closeImprovementPlan", application=improving.changed, **closing)
    assert improving.stands(Role.DIRECTOR) == ("EXHIBITS", "WORKS_TOWARDS")
    assert improving.told(Role.DIRECTOR)["isImproving"] is False


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.COMMITTEE])
def test_a_member_is_assessed_anew_because_others_ask_for_it(
    improving: Improving, role: Role
) -> None:
    given = {
        "membership": global_id(NodeKind.MEMBERSHIP, improving.admitted.membership),
        "tier": TIER,
        "reason": "REASSESSMENT",
        "statement": "The second wave of the standards applies now.",
    }
    answer = improving.api.do("requestTierChange", given, role, returning="application { phase }")
    assert answer["application"] == {"phase": "SUBMITTED"}


def test_a_member_found_not_to_meet_a_standard_stands_as_before_until_that_is_decided(
    improving: Improving,
) -> None:
    before, plans = improving.stands(Role.DIRECTOR), improving.told(Role.DIRECTOR)
    asked = improving.request(TIER)
    improving.coalition.review(
        asked, TIER, "nonprofit-501c3", assessments={STANDARD: Assessment.DOES_NOT_MEET}
    )
    application = global_id(NodeKind.APPLICATION, asked)
    refused = improving.api.do("changeTier", {"application": application}, Role.COMMITTEE)
    assert (refused["code"], refused["rule"]) == ("STANDARD_UNMET", STANDARD)
    given = {"application": application, "clauses": [STANDARD]}
    declined = improving.api.do("declineApplication", given, Role.COMMITTEE)
    assert declined["__typename"] == "DeclineApplicationAccepted"
    assert (improving.stands(Role.DIRECTOR), improving.told(Role.DIRECTOR)) == (before, plans)


def test_a_membership_that_passes_on_in_a_merger_keeps_its_plan(improving: Improving) -> None:
    coalition, party = improving.coalition, improving.admitted.party
    before = improving.told(Role.DIRECTOR)
    survivor = coalition.admit("community-network", organisation("Lantern House")).party
    merge = MergeParties(
        survivor=survivor, merged=party, membership=improving.admitted.membership, reason="One."
    )
    coalition.must(merge, Role.DIRECTOR)
    assert improving.told(Role.DIRECTOR) == improving.told(coalition.representative(survivor))
    assert improving.told(Role.DIRECTOR) == before
    improving.do("closeImprovementPlan", outcome="CARRIED_OUT")
    assert improving.stands(Role.DIRECTOR) == ("EXHIBITS", "WORKS_TOWARDS")
    coalition.must(SeparateParties(party=party, reason="Two."), Role.DIRECTOR)
    assert improving.stands(improving.speaker) == ("EXHIBITS", "WORKS_TOWARDS")


def test_a_plan_is_overdue_once_its_day_is_over_and_noted_once(improving: Improving) -> None:
    ledger, clock = improving.coalition.ledger, improving.coalition.clock
    clock.advance(days=10)
    assert sweep.sweep(ledger, [DUE]) == sweep.Swept((), ())
    clock.advance(days=1)
    (due,) = sweep.sweep(ledger, [DUE]).done
    assert due.about == improving.admitted.application
    assert sweep.sweep(ledger, [DUE]) == sweep.Swept((), ())
    told = improving.told(Role.DIRECTOR)
    assert told["isImproving"] is True
    assert [each["phase"] for each in told["improvementPlans"]] == ["OVERDUE"]


def test_a_plan_of_a_member_that_has_left_is_due_once_it_is_back(improving: Improving) -> None:
    coalition, membership = improving.coalition, improving.admitted.membership
    agreement = POLICY.agreement_for(TIER).id
    coalition.sign(improving.admitted, agreement, *coalition.publish(agreement, "Be kind."))
    coalition.must(WithdrawMembership(membership=membership), Role.DIRECTOR)
    coalition.clock.advance(days=11)
    assert improving.due_dates(Role.DIRECTOR) == improving.due_dates(improving.speaker) == []
    assert sweep.sweep(coalition.ledger, [DUE]) == sweep.Swept((), ())
    coalition.must(ReinstateMembership(membership=membership), Role.COMMITTEE)
    assert [each["dueOn"] for each in improving.due_dates(Role.DIRECTOR)] == [str(improving.due)]
    assert len(sweep.sweep(coalition.ledger, [DUE]).done) == 1


def test_a_plan_binds_no_membership_but_that_which_agreed_to_it(improving: Improving) -> None:
    coalition, member = improving.coalition, improving.admitted
    coalition.must(WithdrawMembership(membership=member.membership), Role.DIRECTOR)
    # It comes back, and is admitted anew, to where no plan was agreed.
    anew = SubmitApplication(
        application=ApplicationId(new_id()),
        review=ReviewId(new_id()),
        party=member.party,
        applicant=coalition.principals[Role.APPLICANT].id,
        tier="community-network",
    )
    coalition.must(anew, improving.speaker)
    coalition.review(anew.application, "community-network", "nonprofit-501c3")
    admit = AdmitMember(application=anew.application, membership=MembershipId(new_id()))
    coalition.must(admit, Role.COMMITTEE)
    assert improving.due_dates(Role.DIRECTOR) == improving.due_dates(improving.speaker) == []
    coalition.clock.advance(days=11)
    assert sweep.sweep(coalition.ledger, [DUE]) == sweep.Swept((), ())


@pytest.mark.parametrize("passes", [False, True])
def test_a_plan_ends_with_a_membership_that_a_merger_ends_or_passes_on(
    improving: Improving, *, passes: bool
) -> None:
    coalition, member = improving.coalition, improving.admitted
    other = coalition.admit("community-network", organisation("Lantern House"))
    kept = member.membership if passes else other.membership
    merge = MergeParties(
        survivor=other.party, merged=member.party, membership=kept, reason="They are one."
    )
    coalition.must(merge, Role.DIRECTOR)
    assert len(improving.due_dates(Role.DIRECTOR)) == passes
    if passes:
        coalition.must(WithdrawMembership(membership=kept), Role.DIRECTOR)
        assert improving.due_dates(Role.DIRECTOR) == []
    else:
        # It lives again with the separation, and its plan with it.
        coalition.must(SeparateParties(party=member.party, reason="They are two."), Role.DIRECTOR)
        assert len(improving.due_dates(Role.DIRECTOR)) == 1


def another_speaker(improving: Improving) -> Principal:
    """Return who speaks for another member."""
    other = improving.coalition.admit("community-network", organisation("Lantern Library"))
    return improving.coalition.representative(other.party)


def test_staff_and_the_member_have_the_plan_among_what_is_due_and_others_do_not(
    improving: Improving,
) -> None:
    expected = [{"dueOn": improving.due.isoformat(), "about": {"id": improving.application}}]
    assert improving.due_dates(Role.DIRECTOR) == expected
    assert improving.due_dates(improving.speaker) == expected
    for other in (Role.REVIEWER, Role.PUBLIC, another_speaker(improving)):
        assert improving.due_dates(other) == []


def test_the_log_shows_nothing_of_it(improving: Improving) -> None:
    improving.do("recordMilestone", milestone=1)
    query = """{ ledger { entries(last: 1) { nodes { __typename
        ... on ConfidentialEntry { type stream publicData } } } } }"""
    (entry,) = improving.api.ask(query)["ledger"]["entries"]["nodes"]
    assert entry["__typename"] == "ConfidentialEntry"
    assert (entry["type"], entry["stream"]) == (None, None)
