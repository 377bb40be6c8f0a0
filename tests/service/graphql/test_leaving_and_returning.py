"""Members leave or are voted out, appeal it, and come back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from service.graphql.ids import NodeKind, global_id
from service.security.principal import Role
from tests.service.assembly import PARTNER
from tests.service.coalition import POLICY, new_id
from tests.service.graphql.listed import CLAUSE, REASON, Lived, group


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
        admitted = lived.assembly.coalition.admit("ally-network", group(f"Ally {place}"))
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
    earlier = str(lived.assembly.today - timedelta(days=1))
    late = lived.do("withdrawMembership", Role.DIRECTOR, effectiveOn=earlier)
    assert (late["__typename"], late["rule"]) == ("Refused", "effective-date.today")
    written = lived.do("withdrawMembership", Role.DIRECTOR, reason="By letter.")
    lived.expect("WithdrawMembershipAccepted", written)
    until = "{ dueDates(filter: {kinds: [APPEAL]}) { nodes { dueOn } } }"
    last = lived.assembly.today + timedelta(days=POLICY.deadlines.appeal_window_days)
    for who in (Role.DIRECTOR, lived.speaker):
        assert lived.api.ask(until, who)["dueDates"]["nodes"] == [{"dueOn": str(last)}]

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

    again = lived.do("withdrawMembership", Role.DIRECTOR, reason="By letter, once more.")
    assert (again["__typename"], again["rule"]) == ("Refused", "votes.appeal")
    # What the member itself says is not for others to look at again.
    lived.expect("WithdrawMembershipAccepted", lived.do("withdrawMembership", lived.speaker))
    assert lived.api.ask(until, lived.speaker)["dueDates"]["nodes"] == []
    own = lived.api.do("fileAppeal", given, lived.speaker)
    assert (own["__typename"], own["rule"]) == ("Refused", "appeal.own-word")
