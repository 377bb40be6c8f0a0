"""What a standing shows, to whom, and who may change it, through the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.graphql.listed import CLAUSE, CONDITION, REASON, Lived, group


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

    # It may appeal for thirty days, and votes for as long.
    lived.assembly.coalition.clock.advance(days=31)
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


@pytest.mark.parametrize("is_open", [False, True])
def test_the_director_takes_nobody_out_of_a_vote_by_a_suspension(
    lived: Lived,
    is_open: bool,  # noqa: FBT001 - parametrized
) -> None:
    application = global_id(NodeKind.APPLICATION, lived.assembly.apply())
    closes_on = str(lived.assembly.today + timedelta(days=7))
    given = {"application": application, "kind": "ADMISSION", "closesOn": closes_on}
    if not is_open:
        lived.suspend()
    opened = lived.api.do("openVote", given, Role.DIRECTOR, returning="vote { id }")
    if is_open:
        lived.suspend()
    vote = {"vote": opened["vote"]["id"]}
    seen = lived.api.ask(
        "query ($vote: ID!) { vote(id: $vote) { application { id } } }", lived.speaker, **vote
    )
    assert seen["vote"]["application"] == {"id": application}
    cast = lived.api.do("castVote", vote | {"ballot": "AGAINST"}, lived.speaker)
    assert cast["__typename"] == "CastVoteAccepted"


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


def test_what_is_for_members_is_read_by_who_speaks_for_one_now(lived: Lived) -> None:
    told = {"funder": "A Foundation", "stipulations": "For outreach.", "source": "A report."}
    recorded = lived.api.do("recordFunding", told, Role.DIRECTOR)
    lived.expect("RecordFundingAccepted", recorded)
    applies = lived.assembly.coalition.submit("ally-network", group("Marsh Allies"))
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
