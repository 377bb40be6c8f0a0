"""Appeals that wait: in one list by age, among what is due, and moot once nothing is left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.assembly import TIER, Assembly
from tests.service.coalition import POLICY
from tests.service.graphql.api import Api

OPEN = """{ appeals(decided: false) { totalCount nodes {
    about { id } phase waitingOn ageDays grounds vote { id } } } }"""
DECIDED = "{ appeals(decided: true) { nodes { about { id } phase waitingOn ageDays outcome } } }"
DUE = """{ dueDates(filter: {kinds: [APPEAL_DECISION]}) {
    totalCount nodes { dueOn overdue waitingOn about { id } } } }"""
CLAUSES, OTHERS = ([each.id] for each in POLICY.standards_for("collaborative-partner")[:2])
SUSPENDED: dict[str, Any] = {"clauses": CLAUSES, "reason": "As found.", "condition": "An answer."}


class Appealing:
    """A partner that was suspended, and ten days later an applicant that was declined."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.assembly = Assembly(database_url, folder, partners=3)
        self.api = Api(self.assembly.coalition)
        self.membership = global_id(NodeKind.MEMBERSHIP, self.assembly.partners[0].membership)
        self.speaker = self.assembly.speaker(0)
        self.member = {"membership": self.membership}
        self.does("suspendMembership", Role.DIRECTOR, **self.member, **SUSPENDED)
        self.filed = self.assembly.today
        self.does("fileAppeal", self.speaker, grounds="We answered.", **self.member)
        self.assembly.coalition.clock.advance(days=10)
        self.application = global_id(NodeKind.APPLICATION, self.assembly.apply())
        self.applicant = self.assembly.coalition.representative(self.assembly.applicant)
        declined = {"application": self.application}
        clauses = [POLICY.tier(TIER).requirements[0].id]
        self.does("declineApplication", Role.COMMITTEE, clauses=clauses, **declined)
        self.does("fileAppeal", self.applicant, grounds="Nobody asked us.", **declined)

    def does(
        self,
        mutation: str,
        who: Role | Principal,
        returning: str = "",
        **given: Any,  # noqa: ANN401 - as the input has it
    ) -> dict[str, Any]:
        answer = self.api.do(mutation, given, who, returning=returning)
        assert answer["__typename"].endswith("Accepted"), answer
        return answer

    def open_vote(self) -> str:
        closes_on = str(self.assembly.today + timedelta(days=7))
        given = {"kind": "APPEAL", "closesOn": closes_on}
        opened = self.does("openVote", Role.COMMITTEE, "vote { id }", **self.member, **given)
        vote: str = opened["vote"]["id"]
        return vote

    def nodes(self, query: str, who: Role | Principal = Role.DIRECTOR) -> list[dict[str, Any]]:
        (found,) = self.api.ask(query, who).values()
        nodes: list[dict[str, Any]] = found["nodes"]
        return nodes


@pytest.fixture
def appealing(database_url: str, tmp_path: Path) -> Iterator[Appealing]:
    made = Appealing(database_url, tmp_path)
    yield made
    made.assembly.coalition.close()


def test_staff_see_every_appeal_that_waits_and_how_long_it_has(appealing: Appealing) -> None:
    assert appealing.nodes(OPEN) == [
        {
            "about": {"id": appealing.membership},
            "phase": "FILED",
            "waitingOn": "COMMITTEE",
            "ageDays": 10,
            "grounds": "We answered.",
            "vote": None,
        },
        {
            "about": {"id": appealing.application},
            "phase": "FILED",
            "waitingOn": "COMMITTEE",
            "ageDays": 0,
            "grounds": "Nobody asked us.",
            "vote": None,
        },
    ]
    for who in (Role.PUBLIC, Role.PORTAL, appealing.speaker, appealing.applicant):
        assert appealing.api.ask(OPEN, who) == {"appeals": None}
    # The reviewer reads the grounds of the application that they were assigned to alone.
    read = [each["grounds"] for each in appealing.nodes(OPEN, Role.REVIEWER)]
    assert read == [None, "Nobody asked us."]


def test_an_appeal_is_due_since_it_was_filed_until_it_is_decided(appealing: Appealing) -> None:
    members = {
        "dueOn": str(appealing.filed),
        "overdue": True,
        "waitingOn": "STAFF",
        "about": {"id": appealing.membership},
    }
    applicants = {
        "dueOn": str(appealing.assembly.today),
        "overdue": False,
        "waitingOn": "STAFF",
        "about": {"id": appealing.application},
    }
    assert appealing.nodes(DUE) == [members, applicants]
    assert appealing.nodes(DUE, appealing.speaker) == [members]
    assert appealing.nodes(DUE, appealing.assembly.speaker(1)) == []

    vote = appealing.open_vote()
    appealing.does("castVote", appealing.assembly.speaker(1), vote=vote, ballot="AGAINST")
    assert appealing.nodes(DUE) == [members, applicants]
    appealing.assembly.coalition.clock.advance(days=8)
    appealing.does("closeVote", Role.DIRECTOR, vote=vote)
    appealing.does("decideAppeal", Role.DIRECTOR, **appealing.member)
    assert [each["about"]["id"] for each in appealing.nodes(DUE)] == [appealing.application]
    assert [each["about"]["id"] for each in appealing.nodes(OPEN)] == [appealing.application]
    (decided,) = appealing.nodes(DECIDED)
    assert decided == {
        "about": {"id": appealing.membership},
        "phase": "DECIDED",
        "waitingOn": None,
        "ageDays": 18,
        "outcome": "UPHELD",
    }


@pytest.mark.parametrize("voting", [False, True])
def test_lifting_a_suspension_makes_the_appeal_against_it_moot(
    appealing: Appealing, *, voting: bool
) -> None:
    vote = appealing.open_vote() if voting else None
    appealing.does("liftSuspension", Role.DIRECTOR, **appealing.member)
    (moot,) = appealing.nodes(DECIDED)
    assert (moot["about"]["id"], moot["phase"], moot["outcome"]) == (
        appealing.membership,
        "DECIDED",
        "MOOT",
    )
    assert [each["about"]["id"] for each in appealing.nodes(DUE)] == [appealing.application]
    if vote is None:
        return
    # The vote on it is over at once, and decides nothing.
    ballot = {"vote": vote, "ballot": "APPROVE"}
    late = appealing.api.do("castVote", ballot, appealing.assembly.speaker(1))
    assert (late["rule"], "was closed on" in late["message"]) == ("votes.open", True)
    refused = appealing.api.do("decideAppeal", appealing.member, Role.DIRECTOR)
    assert (refused["code"], refused["rule"]) == ("WRONG_PHASE", "membership.standing")
    assert [each["outcome"] for each in appealing.nodes(DECIDED)] == ["MOOT"]

    # Not for the same at once; what is suspended anew can be appealed anew, and no earlier vote
    # decides that.
    again = appealing.member | SUSPENDED
    refused = appealing.api.do("suspendMembership", again, Role.DIRECTOR)
    assert (refused["code"], refused["rule"]) == ("NOT_YET", "suspension.again")
    appealing.does("suspendMembership", Role.DIRECTOR, **again | {"clauses": OTHERS})
    refused = appealing.api.do("decideAppeal", appealing.member, Role.DIRECTOR)
    assert (refused["code"], refused["rule"]) == ("WRONG_PHASE", "appeal.filed")
    appealing.does("fileAppeal", appealing.speaker, grounds="Again?", **appealing.member)
    refused = appealing.api.do("decideAppeal", appealing.member, Role.DIRECTOR)
    assert (refused["code"], refused["rule"]) == ("VOTE_REQUIRED", "appeal.vote")
    assert appealing.open_vote() != vote


@pytest.mark.parametrize("leaves", [False, True])
def test_the_end_of_a_membership_makes_an_appeal_against_its_suspension_moot(
    appealing: Appealing, *, leaves: bool
) -> None:
    if leaves:
        appealing.does("withdrawMembership", appealing.speaker, **appealing.member)
    else:
        closes_on = str(appealing.assembly.today + timedelta(days=7))
        asked = {"kind": "TERMINATION", "clauses": CLAUSES, "reason": "They go on as before."}
        given = asked | {"closesOn": closes_on, **appealing.member}
        opened = appealing.does("openVote", Role.COMMITTEE, "vote { id }", **given)
        vote = opened["vote"]["id"]
        for number in (1, 2):
            speaker = appealing.assembly.speaker(number)
            appealing.does("castVote", speaker, vote=vote, ballot="APPROVE")
        appealing.does("closeVote", Role.DIRECTOR, vote=vote)
        more = {"vote": vote, "clauses": CLAUSES, "reason": "As voted."}
        appealing.does("terminateMembership", Role.DIRECTOR, **more, **appealing.member)
    assert [each["outcome"] for each in appealing.nodes(DECIDED)] == ["MOOT"]
    assert [each["about"]["id"] for each in appealing.nodes(DUE)] == [appealing.application]
    if not leaves:
        # The termination is another decision, with an appeal of its own.
        appealing.does("fileAppeal", appealing.speaker, grounds="No.", **appealing.member)
        assert appealing.nodes(DECIDED) == []
        assert len(appealing.nodes(OPEN)) == 2
