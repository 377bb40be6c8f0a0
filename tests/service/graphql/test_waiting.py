"""What applications wait for, through the API: questions, withdrawals, deadlines, whom."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.membership.review import AssignReviewer
from domain.membership.waiting import RequestInformation
from domain.policy import PartyType
from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from service.sweep import Swept, sweep
from tests.service.assembly import Assembly
from tests.service.coalition import POLICY, Coalition, individual, organisation
from tests.service.graphql.api import Api

TIER = "coalition-member"
WAITING = "waiting { on since days pausedDays expiresOn }"
REQUESTS = "informationRequests { question askedOn due answer answeredOn }"
RETURNING = f"application {{ phase ageDays expiredBy withdrawalReason {WAITING} {REQUESTS} }}"
DEADLINES = POLICY.deadlines


class Applied:
    """A coalition that somebody applied to."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.coalition = Coalition(database_url, folder)
        self.api = Api(self.coalition)
        self.details = organisation(ein=self.coalition.ein())
        self.submitted = self.coalition.submit(TIER, self.details)
        self.id = global_id(NodeKind.APPLICATION, self.submitted.application)
        self.applicant = self.coalition.representative(self.submitted.party)

    def do(self, mutation: str, who: Role | Principal, **given: object) -> dict[str, Any]:
        """Give a command about the application."""
        return self.api.do(mutation, {"application": self.id} | given, who, returning=RETURNING)

    def assign(self) -> None:
        """Let the reviewer take it up."""
        reviewer = self.coalition.principals[Role.REVIEWER].id
        command = AssignReviewer(application=self.submitted.application, reviewer=reviewer)
        self.coalition.must(command, Role.DIRECTOR)

    def seen(self, who: Role | Principal) -> dict[str, Any] | None:
        """Return the application as somebody sees it."""
        query = f"query ($id: ID!) {{ application(id: $id) {{ phase ageDays {WAITING} }} }}"
        answer: dict[str, Any] | None = self.api.ask(query, who, id=self.id)["application"]
        return answer

    def sleep(self, days: int) -> None:
        """Let days pass."""
        self.coalition.clock.advance(days=days)


@pytest.fixture
def applied(database_url: str, tmp_path: Path) -> Iterator[Applied]:
    applied = Applied(database_url, tmp_path)
    yield applied
    applied.coalition.close()


def test_an_application_says_for_whom_it_waits_and_how_long_it_has(applied: Applied) -> None:
    waits_for = []

    def look() -> None:
        applied.sleep(2)
        seen = applied.seen(Role.DIRECTOR)
        assert seen is not None
        waits_for.append((seen["waiting"]["on"], seen["waiting"]["days"], seen["ageDays"]))

    look()
    applied.assign()
    look()
    applied.do("requestInformation", Role.REVIEWER, question="Which counties?")
    look()
    applied.do("provideInformation", applied.applicant, answer="Both.")
    look()
    applied.coalition.review(applied.submitted.application, TIER, PartyType.NONPROFIT_501C3)
    look()
    assert waits_for == [
        ("DIRECTOR", 2, 2),
        ("REVIEWER", 2, 4),
        ("APPLICANT", 2, 4),
        ("REVIEWER", 2, 6),
        ("COMMITTEE", 2, 8),
    ]


def test_without_a_reviewer_the_director_is_waited_for(applied: Applied) -> None:
    applied.assign()
    reviewer = applied.coalition.principals[Role.REVIEWER].id
    applied.api.do(
        "recuseReviewer", {"application": applied.id, "reviewer": reviewer}, Role.DIRECTOR
    )
    seen = applied.seen(Role.DIRECTOR)
    assert seen is not None
    assert (seen["phase"], seen["waiting"]["on"]) == ("IN_REVIEW", "DIRECTOR")


def test_a_question_stops_the_clock_until_it_is_answered(applied: Applied) -> None:
    applied.assign()
    today = applied.coalition.clock.now.date()
    asked = applied.do("requestInformation", Role.REVIEWER, question="Which counties?")
    (request,) = asked["application"]["informationRequests"]
    assert asked["application"]["phase"] == "AWAITING_APPLICANT"
    assert (request["question"], request["askedOn"]) == ("Which counties?", str(today))
    assert asked["application"]["waiting"]["expiresOn"] == request["due"]

    applied.sleep(20)
    answered = applied.do("provideInformation", applied.applicant, answer="Both.")["application"]
    assert (answered["phase"], answered["ageDays"]) == ("IN_REVIEW", 0)
    assert answered["waiting"]["pausedDays"] == 20
    assert answered["informationRequests"][0]["answer"] == "Both."


def test_questions_and_answers_are_for_the_staff_concerned_and_the_applicant(
    applied: Applied,
) -> None:
    applied.do("requestInformation", Role.DIRECTOR, question="Which counties?")
    applied.do("provideInformation", applied.applicant, answer="Both.")
    query = f"query ($id: ID!) {{ application(id: $id) {{ {REQUESTS} }} }}"
    for who in (applied.applicant, Role.COMMITTEE, Role.AUDITOR):
        (request,) = applied.api.ask(query, who, id=applied.id)["application"][
            "informationRequests"
        ]
        assert (request["question"], request["answer"]) == ("Which counties?", "Both.")
    # A reviewer of other applications sees that there is one, and not what was asked.
    reply = applied.api.send(query, Role.REVIEWER, id=applied.id)
    assert reply.data is not None
    assert reply.data["application"]["informationRequests"] is None
    entries = """{ ledger { entries(last: 2) { nodes { ... on OpenEntry {
        type publicData disclosures { value } } } } } }"""
    public = applied.api.ask(entries)["ledger"]["entries"]["nodes"]
    assert [each["type"] for each in public] == [
        "application.information_requested.v1",
        "application.information_provided.v1",
    ]
    assert "counties" not in str(public)
    assert "Both" not in str(public)


def test_who_has_nothing_to_do_with_it_neither_asks_nor_answers_nor_withdraws(
    applied: Applied,
) -> None:
    admitted = applied.coalition.admit("community-network", individual())
    stranger = applied.coalition.representative(admitted.party)
    for who in (Role.PUBLIC, Role.REVIEWER, Role.COMMITTEE, stranger):
        asked = applied.do("requestInformation", who, question="Which counties?")
        withdrawn = applied.do("withdrawApplication", who)
        expired = applied.do("expireApplication", who)
        answered = applied.do("provideInformation", who, answer="Both.")
        for answer in (asked, withdrawn, expired, answered):
            assert answer["__typename"] == "NotAllowed"


def test_the_applicant_takes_an_application_back_and_staff_find_it_with_the_reason(
    applied: Applied,
) -> None:
    withdrawn = applied.do("withdrawApplication", applied.applicant, reason="We merged.")
    assert withdrawn["application"]["phase"] == "WITHDRAWN"
    assert withdrawn["application"]["waiting"] is None
    applied.sleep(9)
    query = """{ applications(filter: {phases: [WITHDRAWN]}) {
        totalCount nodes { id ageDays withdrawalReason } } }"""
    found = applied.api.ask(query, Role.COMMITTEE)["applications"]
    assert found["nodes"] == [{"id": applied.id, "ageDays": 0, "withdrawalReason": "We merged."}]
    again = applied.do("withdrawApplication", applied.applicant)
    assert (again["__typename"], again["receipt"]["entries"]) == ("WithdrawApplicationAccepted", [])


def test_an_application_expires_by_the_policys_deadline(applied: Applied) -> None:
    early = applied.do("expireApplication", Role.DIRECTOR)
    rule = "deadlines.application_expiry_days"
    assert (early["code"], early["rule"]) == ("NOT_YET", rule)
    applied.sleep(DEADLINES.application_expiry_days)
    assert applied.do("expireApplication", Role.DIRECTOR)["__typename"] == "Refused"
    applied.sleep(1)
    expired = applied.do("expireApplication", Role.DIRECTOR)["application"]
    assert (expired["phase"], expired["expiredBy"]) == ("EXPIRED", rule)
    assert expired["ageDays"] == DEADLINES.application_expiry_days + 1


def test_a_question_that_nobody_answers_ends_the_application(applied: Applied) -> None:
    applied.do("requestInformation", Role.DIRECTOR, question="Which counties?")
    applied.sleep(DEADLINES.information_request_days + 1)
    expired = applied.do("expireApplication", Role.DIRECTOR)["application"]
    assert expired["expiredBy"] == "deadlines.information_request_days"


def test_a_sweep_ends_what_is_overdue_and_leaves_what_is_voted_on(
    database_url: str, tmp_path: Path
) -> None:
    assembly = Assembly(database_url, tmp_path, partners=3)
    coalition = assembly.coalition
    whole, voted = assembly.apply(), assembly.apply()
    asked = coalition.submit(TIER, organisation(ein=coalition.ein())).application
    coalition.must(RequestInformation(application=asked, question="Which?"), Role.DIRECTOR)
    vote = assembly.open(voted, days=DEADLINES.application_expiry_days + 7)

    coalition.clock.advance(days=DEADLINES.information_request_days + 1)
    assert [due.about for due in sweep(coalition.ledger).done] == [asked]
    coalition.clock.advance(
        days=DEADLINES.application_expiry_days - DEADLINES.information_request_days - 1
    )
    assert sweep(coalition.ledger) == Swept((), ())
    coalition.clock.advance(days=1)
    swept = sweep(coalition.ledger)
    assert ([due.about for due in swept.done], swept.failed) == ([whole], ())
    coalition.clock.advance(days=7)
    # Nobody voted, so that the vote did not pass, and nothing keeps the application any more.
    assert [due.about for due in sweep(coalition.ledger).done] == [vote, voted]
    assert sweep(coalition.ledger) == Swept((), ())
    coalition.close()
