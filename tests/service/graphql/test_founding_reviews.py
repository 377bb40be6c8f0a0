"""A founding partner, taken in without a review, shows what every other member has shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.terms import ApplicationId, Assessment
from service import sweep
from service.graphql.ids import NodeKind, global_id, own_id
from service.security.principal import Role
from tests.service.assembly import PARTNER, Assembly
from tests.service.coalition import POLICY
from tests.service.graphql.api import Api

STANDARD = POLICY.standards_for(PARTNER)[0].id
MEMBERSHIP = """query ($id: ID!) { membership(id: $id) { status basis isImproving
    standards { standard { key } assessment } improvementPlans { standard phase }
    evidence { application { id } } } }"""
REQUESTED = "application { id tier { key } }"


class Partnership:
    """A founding partner that has the only seat there is, and has signed."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.assembly = Assembly(database_url, folder, partners=1)
        self.coalition = self.assembly.coalition
        self.coalition.set_seats(PARTNER, 1)
        self.api = Api(self.coalition)
        self.speaker = self.assembly.speaker(0)
        # Who asks is who applies.
        self.coalition.principals[Role.APPLICANT] = self.speaker
        self.id = global_id(NodeKind.MEMBERSHIP, self.assembly.partners[0].membership)

    def request(self) -> dict[str, Any]:
        given = {"membership": self.id, "tier": PARTNER, "reason": "REQUESTED"}
        return self.api.do("requestTierChange", given, self.speaker, returning=REQUESTED)

    def review(
        self, application: str, assessments: dict[str, Assessment] | None = None
    ) -> ApplicationId:
        own = ApplicationId(own_id(NodeKind.APPLICATION, application) or "")
        self.coalition.review(own, PARTNER, "nonprofit-501c3", assessments=assessments)
        return own

    def do(self, mutation: str, who: Role, **given: object) -> None:
        answer = self.api.do(mutation, given, who)
        assert answer["__typename"].endswith("Accepted"), answer

    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = self.api.ask(MEMBERSHIP, self.speaker, id=self.id)["membership"]
        return found

    def stands(self) -> str | None:
        found = {each["standard"]["key"]: each["assessment"] for each in self.told()["standards"]}
        return found.get(STANDARD)


@pytest.fixture
def partnership(database_url: str, tmp_path: Path) -> Iterator[Partnership]:
    made = Partnership(database_url, tmp_path)
    yield made
    made.coalition.close()


def test_a_founding_partner_is_reviewed_for_its_own_tier_and_carries_out_a_plan(
    partnership: Partnership,
) -> None:
    coalition, do = partnership.coalition, partnership.do
    assert partnership.stands() is None
    application = partnership.request()["application"]["id"]
    own = partnership.review(application, {STANDARD: Assessment.WORKS_TOWARDS})
    due = coalition.clock.now.date() + timedelta(days=10)
    subject = {"application": application, "standard": STANDARD}
    do("openImprovementPlan", Role.REVIEWER, due=due.isoformat(), steps="Train.", **subject)
    do("changeTier", Role.COMMITTEE, application=application)

    told = partnership.told()
    assert (told["status"], told["basis"], told["isImproving"]) == ("ACTIVE", "FOUNDING", True)
    assert told["evidence"]["application"] == {"id": application}
    assert partnership.stands() == "WORKS_TOWARDS"
    dates = "{ dueDates(filter: {kinds: [IMPROVEMENT_PLAN]}) { nodes { dueOn about { id } } } }"
    listed = [{"dueOn": due.isoformat(), "about": {"id": application}}]
    assert partnership.api.ask(dates, partnership.speaker)["dueDates"]["nodes"] == listed

    coalition.clock.advance(days=11)
    assert [each.about for each in sweep.sweep(coalition.ledger).done] == [own]
    overdue = [{"standard": STANDARD, "phase": "OVERDUE"}]
    assert partnership.told()["improvementPlans"] == overdue
    do("closeImprovementPlan", Role.DIRECTOR, outcome="CARRIED_OUT", **subject)
    assert partnership.stands() == "EXHIBITS"
    assert partnership.told()["isImproving"] is False


def test_it_is_assessed_anew_like_any_other_member(partnership: Partnership) -> None:
    for _ in range(2):
        application = partnership.request()["application"]["id"]
        partnership.review(application)
        partnership.do("changeTier", Role.COMMITTEE, application=application)
        assert partnership.told()["evidence"]["application"] == {"id": application}
        assert partnership.stands() == "EXHIBITS"


def test_a_decline_leaves_the_membership_as_it_is(partnership: Partnership) -> None:
    application = partnership.request()["application"]["id"]
    partnership.review(application)
    before = partnership.told()
    partnership.do(
        "declineApplication", Role.COMMITTEE, application=application, clauses=[STANDARD]
    )
    assert partnership.told() == before
