"""An appeal is decided by people who took no part in the decision appealed (invariant 7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.assembly import TIER
from tests.service.coalition import organisation
from tests.service.graphql.test_own_causes import CLAUSES, SUSPENDED, Causes, causes

__all__ = ["causes"]
GROUNDS = {"clauses": SUSPENDED["clauses"], "reason": "As found."}


class Terminated:
    """A partner whose membership a director proposed to end, and ended after a vote."""

    def __init__(self, causes: Causes, director: Principal, *, carries_out: Principal) -> None:
        self.causes = causes
        self.member = causes.assembly.partners[2]
        self.given = {"membership": global_id(NodeKind.MEMBERSHIP, self.member.membership)}
        closes_on = str(causes.assembly.today + timedelta(days=7))
        question = {**self.given, **GROUNDS, "kind": "TERMINATION", "closesOn": closes_on}
        opened = causes.api.do("openVote", question, director, returning="vote { id }")
        vote = {"vote": opened["vote"]["id"]}
        for number in range(2):
            ballot = vote | {"ballot": "APPROVE"}
            causes.api.do("castVote", ballot, causes.assembly.speaker(number))
        causes.api.do("closeVote", vote, Role.COMMITTEE)
        done = causes.api.do("terminateMembership", {**self.given, **GROUNDS, **vote}, carries_out)
        assert done["__typename"] == "TerminateMembershipAccepted", done

    def appeals(self) -> None:
        appeal = {**self.given, "grounds": "Nobody asked us."}
        filed = self.causes.api.do("fileAppeal", appeal, self.causes.assembly.speaker(2))
        assert filed["__typename"] == "FileAppealAccepted", filed

    def opens(self, who: Principal | Role = Role.COMMITTEE, **how: object) -> dict[str, Any]:
        closes_on = str(self.causes.assembly.today + timedelta(days=7))
        given = {**self.given, "kind": "APPEAL", "closesOn": closes_on, **how}
        shown = "vote { id directorVotes electorate { id } }"
        answer: dict[str, Any] = self.causes.api.do("openVote", given, who, returning=shown)
        return answer


@pytest.mark.parametrize("part", ["opens", "carries out"])
def test_a_director_who_took_part_does_not_decide_the_appeal_alone(
    causes: Causes, part: str
) -> None:
    director, chair = causes.comes_in(Role.DIRECTOR), causes.comes_in(Role.COMMITTEE)
    proposes, ends = (director, chair) if part == "opens" else (chair, director)
    ended = Terminated(causes, proposes, carries_out=ends)
    ended.appeals()
    assert ended.opens()["rule"] == "votes.appeal.electorate"
    refused = ended.opens(byFallback=True)
    assert (refused["code"], refused["rule"]) == ("EMPTY_ELECTORATE", "votes.appeal.fallback")
    assert "somebody else who directs" in refused["unmet"][0]["satisfiedBy"]
    # Somebody else directs for the time of the vote.
    other = causes.comes_in(Role.DIRECTOR)
    opened = ended.opens(byFallback=True)["vote"]
    assert (opened["directorVotes"], opened["electorate"]) == (True, [])
    ballot = {"vote": opened["id"], "ballot": "APPROVE"}
    barred = causes.api.do("castVote", ballot, director)
    assert (barred["code"], barred["rule"]) == ("CONFLICT_OF_INTEREST", "votes.recused")
    assert causes.api.do("castVote", ballot, other)["__typename"] == "CastVoteAccepted"


def test_a_director_who_took_no_part_may_decide_it(causes: Causes) -> None:
    causes.comes_in(Role.DIRECTOR)
    chair = causes.comes_in(Role.COMMITTEE)
    ended = Terminated(causes, chair, carries_out=chair)
    ended.appeals()
    assert ended.opens(byFallback=True)["vote"]["directorVotes"] is True


def test_a_director_who_voted_on_the_decision_does_not_vote_on_the_appeal(causes: Causes) -> None:
    party, given = causes.applied()
    for partner in causes.assembly.partners:
        causes.tie(party, partner.party)
    director = causes.comes_in(Role.DIRECTOR)
    closes_on = str(causes.assembly.today + timedelta(days=7))
    question = given | {"kind": "ADMISSION", "closesOn": closes_on, "byFallback": True}
    opened = causes.api.do("openVote", question, Role.COMMITTEE, returning="vote { id }")
    vote = {"vote": opened["vote"]["id"]}
    causes.api.do("castVote", vote | {"ballot": "AGAINST"}, director)
    causes.api.do("closeVote", vote, Role.COMMITTEE)
    decline = given | {"clauses": CLAUSES}
    done = causes.api.do("declineApplication", decline, Role.COMMITTEE)
    assert done["__typename"] == "DeclineApplicationAccepted"
    appeal = given | {"grounds": "Nobody asked us."}
    causes.api.do("fileAppeal", appeal, causes.coalition.representative(party))
    again = question | {"kind": "APPEAL"}
    refused = causes.api.do("openVote", again, Role.COMMITTEE)
    assert refused["rule"] == "votes.appeal.fallback"
    causes.comes_in(Role.DIRECTOR)
    assert causes.api.do("openVote", again, Role.COMMITTEE)["__typename"] == "OpenVoteAccepted"


def test_whose_reviewer_recommended_it_has_no_vote_on_the_appeal(causes: Causes) -> None:
    submitted = causes.coalition.submit(TIER, organisation(ein=causes.coalition.ein()))
    given = {"application": global_id(NodeKind.APPLICATION, submitted.application)}
    reviewer = causes.comes_in(Role.REVIEWER, causes.assembly.partners[0].party)
    causes.coalition.principals[Role.REVIEWER] = reviewer
    causes.coalition.review(submitted.application, TIER, "nonprofit-501c3")
    decline = given | {"clauses": CLAUSES}
    done = causes.api.do("declineApplication", decline, causes.comes_in(Role.COMMITTEE))
    assert done["__typename"] == "DeclineApplicationAccepted", done
    vote, electorate = causes.appeal(given, causes.coalition.representative(submitted.party))
    assert electorate == causes.members(1, 2)
    barred = causes.casts(0, vote)
    assert (barred["code"], barred["rule"]) == ("CONFLICT_OF_INTEREST", "votes.recused")


def test_whose_chair_put_it_to_the_vote_has_no_vote_on_the_appeal(causes: Causes) -> None:
    friend = causes.coalition.admit("community-network", organisation(ein=None))
    text = causes.coalition.publish("network-member-agreement", "Be kind.")
    causes.coalition.sign(friend, "network-member-agreement", *text)
    chair = causes.comes_in(Role.COMMITTEE, friend.party)
    ended = Terminated(causes, chair, carries_out=causes.comes_in(Role.DIRECTOR))
    ended.appeals()
    assert ended.opens()["rule"] == "votes.appeal.electorate"


def test_nor_is_it_decided_by_a_director_who_is_their_colleague(causes: Causes) -> None:
    party = causes.assembly.partners[0].party
    chair, colleague = causes.comes_in(Role.COMMITTEE, party), causes.comes_in(Role.DIRECTOR, party)
    ended = Terminated(causes, chair, carries_out=causes.comes_in(Role.COMMITTEE))
    ended.appeals()
    assert ended.opens(byFallback=True)["rule"] == "votes.appeal.fallback"
    causes.comes_in(Role.DIRECTOR)
    ballot = {"vote": ended.opens(byFallback=True)["vote"]["id"], "ballot": "AGAINST"}
    assert causes.api.do("castVote", ballot, colleague)["rule"] == "votes.recused"
