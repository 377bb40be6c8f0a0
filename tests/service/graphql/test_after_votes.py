"""What follows a vote: a no is answered, and a yes is carried out in its days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.policy import PartyType
from service.security.principal import Role
from tests.domain.policy.files import CATE
from tests.service.graphql.year import Somebody, Year

DAYS = timedelta(days=CATE.deadlines.application_expiry_days)
APPEAL_DAYS = timedelta(days=CATE.deadlines.appeal_window_days)
DAY = timedelta(days=1)
INTEREST = "community-network.interest"
CLAUSES = ["provider.transparent-collaboration"]


@pytest.fixture
def year(database_url: str, tmp_path: Path) -> Iterator[Year]:
    year = Year(database_url, tmp_path)
    year.publishes_agreements()
    for partner in year.partners:
        year.signs(partner)
    yield year
    year.coalition.close()


def reviewed(year: Year, name: str) -> Somebody:
    """Return somebody whose application only a decision is missing."""
    somebody = year.applies(name, "community-network", PartyType.EDUCATION)
    year.is_reviewed(somebody)
    return somebody


def say(year: Year, ballot: str, **question: object) -> str:
    """Let all who may vote say the same today; return the vote."""
    vote = year.opens_vote(**question)
    for each in year.partners:
        if each.membership != question.get("membership"):
            year.does("castVote", each.speaker, vote=vote, ballot=ballot)
    year.does("closeVote", Role.DIRECTOR, vote=vote)
    return vote


def waiting(year: Year, whose: Somebody) -> dict[str, Any]:
    query = "query ($id: ID!) { application(id: $id) { waiting { on expiresOn } } }"
    found = year.ask(query, whose.who, id=whose.application)["application"]["waiting"]
    return dict(found)


def test_who_was_voted_down_is_declined_by_reasons_and_may_appeal(year: Year) -> None:
    lantern = reviewed(year, "Lantern Library")
    case = {"application": lantern.application}
    say(year, "AGAINST", kind="ADMISSION", **case)
    week = str(year.today + timedelta(days=7))
    year.may_not("openVote", Role.DIRECTOR, "votes.once", kind="ADMISSION", closesOn=week, **case)
    assert waiting(year, lantern) == {"on": "COMMITTEE", "expiresOn": None}
    year.comes(year.today + DAYS + 20 * DAY)
    query = """{ dueDates(filter: { kinds: [APPLICATION_DECISION] }) {
        nodes { overdue waitingOn } } }"""
    due = [{"overdue": True, "waitingOn": "STAFF"}]
    assert year.ask(query, lantern.who)["dueDates"]["nodes"] == due
    year.may_not("expireApplication", Role.DIRECTOR, "votes.admission", **case)
    year.does("declineApplication", Role.COMMITTEE, clauses=[INTEREST], **case)
    year.does("fileAppeal", lantern.who, grounds="You overlooked our letter.", **case)
    assert year.phase(lantern) == "APPEALED"


def test_who_said_no_is_asked_again_once_something_else_is_recommended(year: Year) -> None:
    lantern = reviewed(year, "Lantern Library")
    case = {"application": lantern.application}
    say(year, "AGAINST", kind="ADMISSION", **case)
    said = {"recommendation": "ADMIT", "reasons": "They have shown us their letter since."}
    year.does("recordReview", year.coalition.principals[Role.REVIEWER], **said, **case)
    vote = say(year, "APPROVE", kind="ADMISSION", **case)
    query = "query ($id: ID!) { vote(id: $id) { application { review { reasons } } } }"
    told = year.ask(query, year.partners[0].speaker, id=vote)["vote"]["application"]
    assert told == {"review": {"reasons": said["reasons"]}}
    year.is_admitted(lantern)


def test_an_ending_that_was_voted_down_is_not_asked_again_for_days(year: Year) -> None:
    ending = {"kind": "TERMINATION", "membership": year.partners[3].membership}
    why = {"clauses": CLAUSES, "reason": "Nobody was told."}
    say(year, "AGAINST", **ending, **why)
    for days in (timedelta(0), APPEAL_DAYS):
        year.comes(year.today + days)
        week = {"closesOn": str(year.today + timedelta(days=7))}
        year.may_not("openVote", Role.DIRECTOR, "votes.once", **ending, **why, **week)
    year.passes(days=1)
    year.opens_vote(**ending, **why)


def test_an_ending_is_not_asked_again_by_asking_for_another_clause_in_between(year: Year) -> None:
    ending = {"kind": "TERMINATION", "membership": year.partners[3].membership}
    ending["reason"] = "Nobody was told."
    others = ["provider.trauma-informed"]
    for clauses in (CLAUSES, others):
        say(year, "AGAINST", clauses=clauses, **ending)
    week = {"closesOn": str(year.today + timedelta(days=7))}
    for clauses in (CLAUSES, others, CLAUSES + others):
        year.may_not("openVote", Role.DIRECTOR, "votes.once", clauses=clauses, **ending, **week)
    year.opens_vote(clauses=[*CLAUSES, "provider.client-centered"], **ending)


def test_an_ending_that_nobody_carried_out_in_time_is_refused_as_that(year: Year) -> None:
    ending: dict[str, Any] = {"membership": year.partners[3].membership, "clauses": CLAUSES}
    ending["reason"] = "Nobody was told."
    vote = say(year, "APPROVE", kind="TERMINATION", **ending)
    until = year.today + DAYS
    year.comes(until + DAY)
    refused = year.api.do("terminateMembership", {"vote": vote, **ending}, Role.COMMITTEE)
    assert (refused["code"], refused["rule"]) == ("WRONG_PHASE", "votes.termination")
    assert str(until) in refused["message"]
    (unmet,) = refused["unmet"]
    assert unmet["satisfiedBy"] == "Another vote, that passes."
    another = say(year, "APPROVE", kind="TERMINATION", **ending)
    year.does("terminateMembership", Role.COMMITTEE, vote=another, **ending)


def test_a_yes_that_nobody_carries_out_ends_with_the_application(year: Year) -> None:
    lantern, marsh = reviewed(year, "Lantern Library"), reviewed(year, "Marsh School")
    begun = year.today
    year.comes(begun + 20 * DAY)
    for each in (lantern, marsh):
        say(year, "APPROVE", kind="ADMISSION", application=each.application)
    last = begun + 20 * DAY + DAYS
    assert waiting(year, lantern) == {"on": "COMMITTEE", "expiresOn": str(last)}
    year.comes(last)
    assert year.phase(lantern) == "REVIEWED"
    year.is_admitted(marsh)
    year.comes(last + DAY)
    assert (year.phase(lantern), year.phase(marsh)) == ("EXPIRED", "APPROVED")


def test_a_question_that_is_not_answered_ends_what_was_voted_for(year: Year) -> None:
    lantern = reviewed(year, "Lantern Library")
    case = {"application": lantern.application}
    say(year, "APPROVE", kind="ADMISSION", **case)
    reviewer = year.coalition.principals[Role.REVIEWER]
    year.does("declareConflict", reviewer, details="My sister leads it.", **case)
    year.does("requestInformation", Role.DIRECTOR, question="Which counties?", **case)
    year.comes(year.today + timedelta(days=CATE.deadlines.information_request_days + 1))
    assert year.phase(lantern) == "EXPIRED"
