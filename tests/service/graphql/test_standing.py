"""A member suspended, gone, voted out and back, through the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.membership.details import OrganisationDetails
from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.assembly import PARTNER, Assembly
from tests.service.coalition import POLICY, new_id, organisation
from tests.service.graphql.api import Api

CLAUSE = "provider.transparent-collaboration"
REASON = "Funds were not accounted for."
CONDITION = "An audit of the accounts."
SHOWN = """membership { standing standingSince
    standings { standing since until reason clauses condition vote { kind } } }"""
DIRECTORY = "{ directory { totalCount nodes { name } } }"


class Lived:
    """Three partners, the first of which is listed."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.assembly = Assembly(database_url, folder, partners=3)
        self.api = Api(self.assembly.coalition)
        self.member = self.assembly.partners[0]
        self.membership = global_id(NodeKind.MEMBERSHIP, self.member.membership)
        self.speaker = self.assembly.speaker(0)
        self.list_it()

    def list_it(self) -> None:
        """Publish a listing of the first partner."""
        given = {
            "party": global_id(NodeKind.PARTY, self.member.party),
            "name": "Lantern House",
            "counties": ["29510"],
            "services": ["Advocacy"],
        }
        self.expect("PublishListingAccepted", self.api.do("publishListing", given, self.speaker))

    def expect(self, typename: str, answer: dict[str, Any]) -> dict[str, Any]:
        """Return an answer of a type."""
        assert answer["__typename"] == typename, answer
        return answer

    def do(self, mutation: str, who: Role | Principal, **given: object) -> dict[str, Any]:
        """Give a command about the first partner's membership."""
        subject = {"membership": self.membership}
        return self.api.do(mutation, subject | given, who, returning=SHOWN)

    def suspend(self) -> dict[str, Any]:
        """Suspend it."""
        until = str(self.assembly.today + timedelta(days=60))
        return self.do(
            "suspendMembership",
            Role.DIRECTOR,
            clauses=[CLAUSE],
            reason=REASON,
            condition=CONDITION,
            until=until,
        )

    def vote(self, kind: str, ballots: dict[int, str]) -> str:
        """Hold a vote on it to its end."""
        closes_on = self.assembly.today + timedelta(days=7)
        given: dict[str, object] = {"membership": self.membership, "kind": kind}
        given["closesOn"] = str(closes_on)
        if kind == "TERMINATION":
            given |= {"clauses": [CLAUSE], "reason": REASON}
        opened = self.api.do("openVote", given, Role.DIRECTOR, returning="vote { id }")
        vote: str = self.expect("OpenVoteAccepted", opened)["vote"]["id"]
        for who, ballot in ballots.items():
            speaker = self.assembly.speaker(who)
            cast = self.api.do("castVote", {"vote": vote, "ballot": ballot}, speaker)
            self.expect("CastVoteAccepted", cast)
        self.assembly.coalition.clock.advance(days=8)
        closed = self.api.do("closeVote", {"vote": vote}, Role.DIRECTOR)
        self.expect("CloseVoteAccepted", closed)
        return vote

    def terminate(self) -> dict[str, Any]:
        """Vote it out."""
        vote = self.vote("TERMINATION", {1: "APPROVE", 2: "APPROVE"})
        return self.do(
            "terminateMembership", Role.COMMITTEE, vote=vote, clauses=[CLAUSE], reason=REASON
        )

    def names(self) -> list[str]:
        """Return whom the directory shows."""
        found = self.api.ask(DIRECTORY)["directory"]
        assert found["totalCount"] == len(found["nodes"])
        return [node["name"] for node in found["nodes"]]


@pytest.fixture
def lived(database_url: str, tmp_path: Path) -> Iterator[Lived]:
    lived = Lived(database_url, tmp_path)
    yield lived
    lived.assembly.coalition.close()


def test_a_suspended_member_is_not_shown_and_has_no_vote_until_it_is_lifted(lived: Lived) -> None:
    assert lived.names() == ["Lantern House"]
    held = lived.suspend()["membership"]
    assert held["standing"] == "SUSPENDED"
    assert held["standings"][-1] == {
        "standing": "SUSPENDED",
        "since": str(lived.assembly.today),
        "until": str(lived.assembly.today + timedelta(days=60)),
        "reason": REASON,
        "clauses": [CLAUSE],
        "condition": CONDITION,
        "vote": None,
    }
    assert lived.names() == []
    query = "query ($id: ID!) { membership(id: $id) { standing listing { name } } }"
    seen = lived.api.ask(query, id=lived.membership)["membership"]
    assert seen == {"standing": "SUSPENDED", "listing": None}

    application = global_id(NodeKind.APPLICATION, lived.assembly.apply())
    closes_on = str(lived.assembly.today + timedelta(days=7))
    given = {"application": application, "kind": "ADMISSION", "closesOn": closes_on}
    electorate = "vote { id electorate { id } }"
    opened = lived.api.do("openVote", given, Role.DIRECTOR, returning=electorate)
    assert lived.membership not in [each["id"] for each in opened["vote"]["electorate"]]
    vote = opened["vote"]["id"]
    barred = lived.api.do("castVote", {"vote": vote, "ballot": "APPROVE"}, lived.speaker)
    assert (barred["code"], barred["rule"]) == ("NOT_IN_ELECTORATE", "votes.electorate")

    lifted = lived.do("liftSuspension", Role.DIRECTOR, reason="The audit is in.")["membership"]
    assert [each["standing"] for each in lifted["standings"]] == [
        "AGREEMENT_PENDING",
        "ACTIVE",
        "SUSPENDED",
        "ACTIVE",
    ]
    assert lived.names() == ["Lantern House"]


def test_a_partner_suspended_while_a_vote_is_open_casts_no_ballot(lived: Lived) -> None:
    application = global_id(NodeKind.APPLICATION, lived.assembly.apply())
    closes_on = str(lived.assembly.today + timedelta(days=7))
    given = {"application": application, "kind": "ADMISSION", "closesOn": closes_on}
    opened = lived.api.do("openVote", given, Role.DIRECTOR, returning="vote { id }")
    lived.suspend()
    cast = {"vote": opened["vote"]["id"], "ballot": "APPROVE"}
    barred = lived.api.do("castVote", cast, lived.speaker)
    assert (barred["code"], barred["rule"]) == ("WRONG_PHASE", "membership.standing")


def test_reasons_are_for_staff_and_the_member_itself(lived: Lived) -> None:
    lived.suspend()
    query = """query ($id: ID!) { membership(id: $id) { standing
        standings { reason clauses condition } } }"""
    for who in (Role.PUBLIC, Role.PORTAL, Role.APPLICANT, lived.assembly.speaker(1)):
        seen = lived.api.ask(query, who, id=lived.membership)["membership"]
        assert seen["standing"] == "SUSPENDED"
        assert seen["standings"][-1] == {"reason": None, "clauses": None, "condition": None}
    for who in (lived.speaker, Role.COMMITTEE, Role.DIRECTOR, Role.AUDITOR):
        seen = lived.api.ask(query, who, id=lived.membership)["membership"]
        assert seen["standings"][-1]["reason"] == REASON
    entries = """{ ledger { entries(last: 1) { nodes { ... on OpenEntry { type publicData bytes
        disclosures { path value } } } } } }"""
    (public,) = lived.api.ask(entries)["ledger"]["entries"]["nodes"]
    assert public["type"] == "membership.suspended.v1"
    assert REASON not in str(public)
    (staff,) = lived.api.ask(entries, Role.AUDITOR)["ledger"]["entries"]["nodes"]
    assert REASON in str(staff)


def test_a_member_leaves_and_comes_back_with_one_history(lived: Lived) -> None:
    started = lived.assembly.today
    lived.assembly.coalition.clock.advance(days=10)
    left = lived.do("withdrawMembership", lived.speaker, reason="We merged.")["membership"]
    assert (left["standing"], left["standings"][-1]["reason"]) == ("WITHDRAWN", "We merged.")
    assert lived.names() == []
    taken = "{ coalition { seats { tier { key } taken } } }"
    seats = {each["tier"]["key"]: each["taken"] for each in _seats(lived, taken)}
    assert seats[PARTNER] == 2

    lived.assembly.coalition.clock.advance(days=10)
    lived.assembly.coalition.approve(membership=lived.member.membership)
    back = lived.do("reinstateMembership", Role.COMMITTEE)["membership"]
    assert back["standing"] == "ACTIVE"
    # Who left is not shown again unless they say so.
    assert lived.names() == []
    seats = {each["tier"]["key"]: each["taken"] for each in _seats(lived, taken)}
    assert seats[PARTNER] == 3

    query = """query ($id: ID!, $as_of: AsOf) { membership(id: $id, asOf: $as_of) {
        standing history(first: 20) { totalCount } } }"""
    for days, standing in ((0, "ACTIVE"), (9, "ACTIVE"), (10, "WITHDRAWN"), (20, "ACTIVE")):
        as_of = {"effectiveOn": str(started + timedelta(days=days))}
        seen = lived.api.ask(query, id=lived.membership, as_of=as_of)["membership"]
        assert (days, seen["standing"]) == (days, standing)
        assert seen["history"]["totalCount"] == 5


def test_nobody_takes_back_alone_what_a_vote_ended(lived: Lived) -> None:
    lived.terminate()
    alone = lived.do("reinstateMembership", Role.COMMITTEE, reason="They are friends of mine.")
    assert (alone["code"], alone["rule"]) == ("VOTE_REQUIRED", "votes.termination.required")
    lived.vote("ADMISSION", {1: "APPROVE", 2: "APPROVE"})
    back = lived.do("reinstateMembership", Role.COMMITTEE)["membership"]
    assert back["standing"] == "ACTIVE"


def test_nobody_comes_back_while_the_end_is_under_appeal(lived: Lived) -> None:
    lived.terminate()
    appeal = {"membership": lived.membership, "grounds": "We answered."}
    lived.expect("FileAppealAccepted", lived.api.do("fileAppeal", appeal, lived.speaker))
    alone = lived.do("reinstateMembership", Role.COMMITTEE)
    assert alone["rule"] == "appeal.open"
    lived.vote("ADMISSION", {1: "APPROVE", 2: "APPROVE"})
    voted = lived.do("reinstateMembership", Role.COMMITTEE)
    assert (voted["code"], voted["rule"]) == ("WRONG_PHASE", "appeal.open")


def test_what_is_for_members_is_read_by_who_speaks_for_one_now(lived: Lived) -> None:
    told = {"funder": "A Foundation", "stipulations": "For outreach.", "source": "A report."}
    recorded = lived.api.do("recordFunding", told, Role.DIRECTOR)
    lived.expect("RecordFundingAccepted", recorded)
    applies = lived.assembly.coalition.submit("ally-network", _group("Marsh Allies"))
    applicant = lived.assembly.coalition.representative(applies.party)
    query = """query ($asOf: AsOf) {
        governance(asOf: $asOf) { funding { funder stipulations source } }
        coalition { source }
        votes { nodes { proposal } } }"""

    def read(who: Principal | Role) -> tuple[list[dict[str, str]], bool]:
        # What was for members is asked for as of the day on which they all were.
        seen = lived.api.send(query, who, asOf=was).data
        assert seen is not None
        return seen["governance"]["funding"], seen["coalition"]["source"] is not None

    was = {"effectiveOn": str(lived.assembly.today)}
    nothing = [dict.fromkeys(told)]
    assert read(lived.speaker) == ([told], True)
    assert read(applicant) == (nothing, False)
    lived.suspend()
    assert read(lived.speaker) == ([told], True)
    lived.terminate()
    assert read(lived.speaker) == (nothing, False)
    assert read(lived.assembly.speaker(1)) == read(Role.AUDITOR) == ([told], True)
    lived.vote("ADMISSION", {1: "APPROVE", 2: "APPROVE"})
    lived.do("reinstateMembership", Role.COMMITTEE)
    assert read(lived.speaker) == ([told], True)


def test_a_member_is_voted_out_by_those_who_decide_on_it(lived: Lived) -> None:
    early = lived.do(
        "terminateMembership",
        Role.DIRECTOR,
        vote=global_id(NodeKind.VOTE, new_id()),
        clauses=[CLAUSE],
        reason=REASON,
    )
    assert (early["code"], early["rule"]) == ("VOTE_REQUIRED", "votes.termination")
    over = lived.terminate()["membership"]
    assert over["standing"] == "TERMINATED"
    assert over["standings"][-1]["vote"] == {"kind": "TERMINATION"}
    assert lived.names() == []


def test_a_termination_is_appealed_and_overturned_by_others_than_who_voted(lived: Lived) -> None:
    for place in (1, 2, 3):
        version, sha256 = lived.assembly.coalition.publish(
            "network-member-agreement", f"We stand by them, and say so: {place}."
        )
        admitted = lived.assembly.coalition.admit("ally-network", _group(f"Ally {place}"))
        lived.assembly.coalition.sign(admitted, "network-member-agreement", version, sha256)
        lived.assembly.partners.append(admitted)
    lived.terminate()
    appeal = "membership { standing appeal { phase grounds outcome } }"
    given = {"membership": lived.membership, "grounds": "The books were in order."}
    for stranger in (Role.DIRECTOR, Role.PUBLIC, lived.assembly.speaker(1)):
        assert lived.api.do("fileAppeal", given, stranger)["__typename"] == "NotAllowed"
    filed = lived.api.do("fileAppeal", given, lived.speaker, returning=appeal)
    assert filed["membership"] == {
        "standing": "TERMINATED",
        "appeal": {"phase": "FILED", "grounds": "The books were in order.", "outcome": None},
    }
    vote = {"kind": "APPEAL", "membership": lived.membership}
    closes_on = str(lived.assembly.today + timedelta(days=7))
    asked = lived.api.do(
        "openVote",
        vote | {"closesOn": closes_on},
        Role.COMMITTEE,
        returning="vote { id electorate { id } recused { id } }",
    )["vote"]
    recused = {each["id"] for each in asked["recused"]}
    voted = [lived.assembly.partners[place].membership for place in (1, 2)]
    assert recused == {global_id(NodeKind.MEMBERSHIP, each) for each in voted}
    for place in (3, 4, 5):
        ballot = {"vote": asked["id"], "ballot": "APPROVE"}
        lived.expect(
            "CastVoteAccepted", lived.api.do("castVote", ballot, lived.assembly.speaker(place))
        )
    lived.assembly.coalition.clock.advance(days=8)
    lived.api.do("closeVote", {"vote": asked["id"]}, Role.COMMITTEE)
    subject = {"membership": lived.membership}
    decided = lived.api.do("decideAppeal", subject, Role.COMMITTEE, returning=appeal)
    assert decided["membership"]["standing"] == "ACTIVE"
    assert decided["membership"]["appeal"]["outcome"] == "OVERTURNED"
    assert lived.names() == ["Lantern House"]


def test_who_may_do_what_with_a_standing(lived: Lived) -> None:
    other = lived.assembly.speaker(1)
    until = str(lived.assembly.today + timedelta(days=60))
    reasons = {"clauses": [CLAUSE], "reason": REASON}
    for who in (Role.COMMITTEE, lived.speaker, other, Role.PUBLIC):
        answer = lived.do("suspendMembership", who, **reasons, until=until)
        assert answer["__typename"] == "NotAllowed"
    for who in (Role.COMMITTEE, other, Role.REVIEWER):
        assert lived.do("withdrawMembership", who)["__typename"] == "NotAllowed"
    lived.expect("WithdrawMembershipAccepted", lived.do("withdrawMembership", Role.DIRECTOR))
    for who in (Role.DIRECTOR, lived.speaker, other):
        assert lived.do("reinstateMembership", who)["__typename"] == "NotAllowed"


def test_the_directory_of_the_past_shows_nobody_whose_listing_is_down_now(lived: Lived) -> None:
    before = lived.api.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
    day = str(lived.assembly.today)
    lived.assembly.coalition.clock.advance(days=3)
    query = "query ($as_of: AsOf) { directory(asOf: $as_of) { totalCount } }"
    past = [
        {"at": {"position": before}},
        {"effectiveOn": day},
        {"at": {"position": before}, "effectiveOn": day},
    ]
    for as_of in past:
        assert lived.api.ask(query, as_of=as_of)["directory"]["totalCount"] == 1
    lived.suspend()
    for as_of in past:
        assert lived.api.ask(query, as_of=as_of)["directory"]["totalCount"] == 0
    lived.do("liftSuspension", Role.DIRECTOR)
    for as_of in past:
        assert lived.api.ask(query, as_of=as_of)["directory"]["totalCount"] == 1


def test_the_member_sees_its_listing_though_it_is_down(lived: Lived) -> None:
    lived.suspend()
    query = """query ($id: ID!) { node(id: $id) { ... on Organisation { listing { name } }
        ... on Listing { name } } }"""
    party = global_id(NodeKind.PARTY, lived.member.party)
    own = lived.api.ask(query, lived.speaker, id=party)["node"]
    assert own == {"listing": {"name": "Lantern House"}}
    listing = global_id(NodeKind.LISTING, lived.member.party)
    assert lived.api.ask(query, id=listing)["node"] is None


def test_memberships_are_found_by_standing(lived: Lived) -> None:
    lived.suspend()
    query = """query ($wanted: [MembershipStatus!]) {
        memberships(filter: {standings: $wanted}) { totalCount nodes { id } } }"""
    for wanted, ids in ((["SUSPENDED"], [lived.membership]), (["WITHDRAWN", "TERMINATED"], [])):
        found = lived.api.ask(query, wanted=wanted)["memberships"]
        assert [each["id"] for each in found["nodes"]] == ids
    assert lived.api.ask(query, wanted=["ACTIVE"])["memberships"]["totalCount"] == 2


def test_a_member_whose_listing_is_down_is_not_found_by_its_county(lived: Lived) -> None:
    query = '{ memberships(filter: {counties: ["29510"]}) { totalCount } }'
    assert lived.api.ask(query)["memberships"]["totalCount"] == 1
    lived.suspend()
    assert lived.api.ask(query)["memberships"]["totalCount"] == 0


def _group(name: str) -> OrganisationDetails:
    return organisation(name, party_type="coalition-or-group")


def _seats(lived: Lived, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lived.api.ask(query)["coalition"]["seats"]
    return found


def test_that_a_member_left_is_its_own_word_and_the_directors_note_of_it_can_be_appealed(
    lived: Lived,
) -> None:
    lived.vote("TERMINATION", {1: "AGAINST", 2: "AGAINST"})
    refused = lived.do("withdrawMembership", Role.DIRECTOR, reason="They told me on the phone.")
    assert (refused["__typename"], refused["rule"]) == ("Refused", "votes.termination")
    lived.assembly.coalition.clock.advance(days=POLICY.deadlines.appeal_window_days + 1)
    written = lived.do("withdrawMembership", Role.DIRECTOR, reason="By letter.")
    lived.expect("WithdrawMembershipAccepted", written)

    given = {"membership": lived.membership, "grounds": "We wrote no letter."}
    lived.expect("FileAppealAccepted", lived.api.do("fileAppeal", given, lived.speaker))
    due = "{ dueDates(filter: {kinds: [APPEAL_DECISION]}) { totalCount } }"
    assert lived.api.ask(due, Role.DIRECTOR)["dueDates"]["totalCount"] == 1
    lived.vote("APPEAL", {1: "APPROVE", 2: "APPROVE"})
    subject = {"membership": lived.membership}
    lived.expect("DecideAppealAccepted", lived.api.do("decideAppeal", subject, Role.COMMITTEE))
    query = "query ($id: ID!) { membership(id: $id) { standing appeal { outcome } } }"
    found = lived.api.ask(query, lived.speaker, id=lived.membership)["membership"]
    assert found == {"standing": "ACTIVE", "appeal": {"outcome": "OVERTURNED"}}

    # What the member itself says is not for others to look at again.
    lived.expect("WithdrawMembershipAccepted", lived.do("withdrawMembership", lived.speaker))
    own = lived.api.do("fileAppeal", given, lived.speaker)
    assert (own["__typename"], own["rule"]) == ("Refused", "appeal.own-word")
