"""Improvement plans of members through the API: seen by staff and the member, and swept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.membership.membership import AdmitMember
from domain.membership.review import OpenImprovementPlan
from domain.terms import Assessment, MembershipId
from service import sweep
from service.deadlines import DEADLINES, DueKind
from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.coalition import POLICY, Admitted, Coalition, new_id, organisation
from tests.service.graphql.api import Api

TIER = "coalition-member"
STANDARD = POLICY.standards_for(TIER)[0].id
PLANS = """query ($id: ID!) { membership(id: $id) { isImproving improvementPlans {
    standard dueOn steps phase milestones { text met } } } }"""
(DUE,) = (each for each in DEADLINES if each.kind is DueKind.IMPROVEMENT_PLAN)


class Improving:
    """A member that was admitted with a plan for one standard, due in ten days."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.coalition = Coalition(database_url, folder)
        self.api = Api(self.coalition)
        details = organisation(ein=self.coalition.ein())
        submitted = self.coalition.submit(TIER, details)
        self.coalition.review(
            submitted.application,
            TIER,
            details.party_type,
            assessments={STANDARD: Assessment.WORKS_TOWARDS},
        )
        self.due = self.coalition.clock.now.date() + timedelta(days=10)
        plan = OpenImprovementPlan(
            application=submitted.application,
            standard=STANDARD,
            due=self.due,
            steps="Train the staff.",
            milestones=["A course is found.", "Everybody has taken it."],
        )
        self.coalition.must(plan, Role.REVIEWER)
        membership = MembershipId(new_id())
        admit = AdmitMember(application=submitted.application, membership=membership)
        self.coalition.must(admit, Role.COMMITTEE)
        self.admitted = Admitted(submitted.party, submitted.application, membership)
        self.speaker = self.coalition.representative(submitted.party)
        self.application = global_id(NodeKind.APPLICATION, submitted.application)

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


def another_speaker(improving: Improving) -> Principal:
    """Return who speaks for another member."""
    other = improving.coalition.admit("community-network", organisation("Lantern Library"))
    return improving.coalition.representative(other.party)


def test_staff_and_the_member_have_the_plan_among_what_is_due_and_others_do_not(
    improving: Improving,
) -> None:
    query = "{ dueDates(filter: {kinds: [IMPROVEMENT_PLAN]}) { nodes { dueOn about { id } } } }"
    expected = [{"dueOn": improving.due.isoformat(), "about": {"id": improving.application}}]
    assert improving.api.ask(query, Role.DIRECTOR)["dueDates"]["nodes"] == expected
    assert improving.api.ask(query, improving.speaker)["dueDates"]["nodes"] == expected
    for other in (Role.REVIEWER, Role.PUBLIC, another_speaker(improving)):
        assert improving.api.ask(query, other)["dueDates"]["nodes"] == []


def test_the_log_shows_nothing_of_it(improving: Improving) -> None:
    improving.do("recordMilestone", milestone=1)
    query = """{ ledger { entries(last: 1) { nodes { __typename
        ... on ConfidentialEntry { type stream publicData } } } } }"""
    (entry,) = improving.api.ask(query)["ledger"]["entries"]["nodes"]
    assert entry["__typename"] == "ConfidentialEntry"
    assert (entry["type"], entry["stream"]) == (None, None)
