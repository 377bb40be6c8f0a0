"""Who has a vote that is open sees what is voted on, as long as it is open, and no more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.terms import Ballot, VoteId
from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.assembly import TIER, Assembly
from tests.service.coalition import POLICY, individual, organisation
from tests.service.graphql.api import Api

REASON = "Canary: the funds were not accounted for."
WHY = "Nobody was ever asked what they wished."
PARTY = """id name registeredOn version
nameCorrections { field } counties { fips } membership { id } listing { id } hold { since } address
addressDisclosures { on }
... on Organisation { ein names { name } parts { id } representatives { name }
    formerRepresentatives { name } }
... on Individual { email isErased }"""
APPLICATION = f"""id kind phase tier {{ key }} party {{ {PARTY} }} statement applicant reviewers
evidence {{ description }} populationShares {{ numerator }} informationRequests {{ question }}
review {{ version recommendation reasons reviewers recused
    findings {{ requirement met note entry {{ id }} }}
    assessments {{ standard assessment note }} plans {{ steps }}
    conflicts {{ details }} decline {{ clauses note }} }}"""
MEMBER = f"""id party {{ {PARTY} }} representatives {{ name }} improvementPlans {{ phase }}
standards {{ assessment }} standings {{ standing clauses reason condition }}"""
VOTE = f"""id phase clauses reason electorate {{ id }} recused {{ id }} ballots {{ ballot }} counted
{{ approve }} application {{ {APPLICATION} }} termination {{ {MEMBER} }}"""
OPEN = f"""query ($filter: VoteFilter) {{ votes(filter: $filter) {{ nodes {{ {VOTE} }} }} }}"""
BY_ID = f"""query ($application: ID!, $party: ID!) {{
    application(id: $application) {{ {APPLICATION} }} node(id: $party) {{ id }} }}"""
DUE = """{ dueDates(filter: {kinds: [VOTE_CLOSES]}) {
    totalCount nodes { kind waitingOn about { id } } } }"""
SEALED = {"electorate", "recused", "ballots", "counted"}
HIDDEN = {
    *("statement", "applicant", "reviewers", "evidence", "populationShares", "informationRequests"),
}
OF_PARTY = {"id", "name", "registeredOn", "version"}
OF_REVIEW = {"version", "recommendation", "reasons", "findings", "assessments"}


class Asked:
    """Three partners, an application and a vote on it."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.assembly = Assembly(database_url, folder, partners=3)
        self.coalition = self.assembly.coalition
        self.api = Api(self.coalition)

    @property
    def closes_on(self) -> str:
        return str(self.assembly.today + timedelta(days=7))

    def opens(self, **question: object) -> str:
        """Open a vote on something."""
        given = {"closesOn": self.closes_on} | question
        opened = self.api.do("openVote", given, Role.DIRECTOR, returning="vote { id }")
        vote: str = opened["vote"]["id"]
        return vote

    def votes(self, who: Principal | Role) -> list[dict[str, Any]]:
        """Return the open votes as somebody sees them."""
        found: list[dict[str, Any]] = self.api.ask(OPEN, who, filter={"phases": ["OPEN"]})["votes"][
            "nodes"
        ]
        return found

    def close(self, vote: VoteId) -> None:
        for number in range(3):
            self.assembly.cast(vote, number, Ballot.APPROVE)
        self.assembly.close(vote)

    def suspend(self, number: int) -> str:
        """Suspend a partner."""
        membership = global_id(NodeKind.MEMBERSHIP, self.assembly.partners[number].membership)
        given = {
            "membership": membership,
            "clauses": ["provider.transparent-collaboration"],
            "reason": REASON,
            "condition": REASON,
        }
        done = self.api.do("suspendMembership", given, Role.DIRECTOR)
        assert done["__typename"] == "SuspendMembershipAccepted", done
        return membership


@pytest.fixture
def asked(database_url: str, tmp_path: Path) -> Iterator[Asked]:
    made = Asked(database_url, tmp_path)
    yield made
    made.coalition.close()


def shown(found: dict[str, Any]) -> set[str]:
    """Return the names of what is not hidden."""
    return {name for name, value in found.items() if value is not None}


def texts(found: object) -> Iterator[str]:
    """Yield every text of an answer."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, list | dict):
        for each in found.values() if isinstance(found, dict) else found:
            yield from texts(each)


def test_a_voter_sees_who_asks_for_what_and_what_the_review_found(asked: Asked) -> None:
    application = asked.assembly.apply()
    asked.assembly.open(application)
    (vote,) = asked.votes(asked.assembly.speaker(0))
    seen = vote["application"]
    assert (seen["id"], seen["tier"]) == (
        global_id(NodeKind.APPLICATION, application),
        {"key": TIER},
    )
    assert seen["party"]["id"] == global_id(NodeKind.PARTY, asked.assembly.applicant)
    assert seen["party"]["name"]
    review = seen["review"]
    assert review["recommendation"] == "ADMIT"
    assert review["findings"]
    assert all(each["met"] and each["requirement"] for each in review["findings"])
    assert {each["assessment"] for each in review["assessments"]} == {"EXHIBITS"}
    given = {"application": seen["id"], "party": seen["party"]["id"]}
    found = asked.api.ask(BY_ID, asked.assembly.speaker(0), **given)
    assert found["application"] == seen
    # The party is shown with what is voted on, and not by itself.
    assert found["node"] is None


def test_a_voter_sees_nothing_else_of_it(asked: Asked) -> None:
    asked.assembly.open(asked.assembly.apply())
    (vote,) = asked.votes(asked.assembly.speaker(0))
    assert not SEALED & shown(vote)
    seen = vote["application"]
    assert shown(seen) == {"id", "kind", "phase", "tier", "party", "review"}
    assert not HIDDEN & shown(seen)
    assert shown(seen["party"]) == OF_PARTY
    assert shown(seen["review"]) == OF_REVIEW
    for each in seen["review"]["findings"]:
        assert shown(each) == {"requirement", "met"}
    for each in seen["review"]["assessments"]:
        assert shown(each) == {"standard", "assessment"}
    (of_staff,) = asked.votes(Role.DIRECTOR)
    told = {*texts(vote)}
    for hidden in (
        of_staff["application"]["statement"],
        of_staff["application"]["applicant"],
        of_staff["application"]["party"]["ein"],
        *of_staff["application"]["reviewers"],
        *(each["description"] for each in of_staff["application"]["evidence"]),
    ):
        assert hidden
        assert hidden not in told


def test_who_has_no_vote_sees_nothing_of_it(asked: Asked) -> None:
    assembly = asked.assembly
    newcomer = asked.coalition.admit("community-network", organisation(ein=None))
    kin = asked.coalition.admit(TIER, organisation(ein=asked.coalition.ein()))
    application = assembly.apply()
    tie = {
        "party": global_id(NodeKind.PARTY, assembly.applicant),
        "affiliate": global_id(NodeKind.PARTY, assembly.partners[0].party),
        "affiliation": "SPONSORS",
    }
    asked.api.do("declareAffiliation", tie, Role.DIRECTOR)
    assembly.open(application)
    others = [
        # Who stands aside, who belongs to another tier, and who signed no agreement yet.
        assembly.speaker(0),
        asked.coalition.representative(newcomer.party),
        asked.coalition.representative(kin.party),
        asked.coalition.principals[Role.APPLICANT],
        Principal(asked.coalition.principals[Role.APPLICANT].id, Role.REPRESENTATIVE),
    ]
    for who in others[:3] + others[4:]:
        (vote,) = asked.votes(who)
        assert vote["application"] is None
    assert asked.votes(assembly.speaker(1))[0]["application"]["party"]["name"]
    for role in (Role.PUBLIC, Role.PORTAL, Role.OPERATOR):
        assert asked.votes(role)[0]["application"] is None


def test_another_application_than_the_one_voted_on_stays_absent(asked: Asked) -> None:
    asked.assembly.open(asked.assembly.apply())
    other = global_id(NodeKind.APPLICATION, asked.assembly.apply())
    party = global_id(NodeKind.PARTY, asked.assembly.applicant)
    found = asked.api.ask(BY_ID, asked.assembly.speaker(0), application=other, party=party)
    assert found == {"application": None, "node": None}


def test_a_voter_on_an_appeal_sees_by_what_it_was_declined(asked: Asked) -> None:
    application = {"application": global_id(NodeKind.APPLICATION, asked.assembly.apply())}
    applicant = asked.coalition.representative(asked.assembly.applicant)
    clauses = [POLICY.tier(TIER).requirements[0].id]
    declined = application | {"clauses": clauses, "note": REASON}
    asked.api.do("declineApplication", declined, Role.COMMITTEE)
    asked.api.do("fileAppeal", application | {"grounds": REASON}, applicant)
    asked.opens(kind="APPEAL", **application)
    (vote,) = asked.votes(asked.assembly.speaker(0))
    assert vote["application"]["review"]["decline"] == {"clauses": clauses, "note": None}
    assert REASON not in {*texts(vote)}
    assert asked.votes(applicant)[0]["application"]["review"] is None


def test_the_name_of_a_person_is_not_shown_to_voters(asked: Asked) -> None:
    details = individual()
    submitted = asked.coalition.submit("community-network", details)
    asked.coalition.review(submitted.application, "community-network", details.party_type)
    asked.assembly.open(submitted.application)
    (vote,) = asked.votes(asked.assembly.speaker(0))
    assert shown(vote["application"]["party"]) == {"id", "registeredOn", "version"}
    assert details.name not in json.dumps(vote)


def test_a_voter_on_a_termination_sees_the_member_and_the_clauses(asked: Asked) -> None:
    membership = asked.suspend(2)
    clauses = ["provider.client-centered", "provider.trauma-informed"]
    asked.opens(kind="TERMINATION", membership=membership, clauses=clauses, reason=WHY)
    (vote,) = asked.votes(asked.assembly.speaker(0))
    assert (vote["clauses"], vote["reason"]) == (clauses, WHY)
    seen = vote["termination"]
    assert seen["id"] == membership
    assert shown(seen["party"]) == OF_PARTY
    assert shown(seen) == {"id", "party", "standings"}
    suspended = seen["standings"][-1]
    assert suspended["clauses"] == ["provider.transparent-collaboration"]
    assert REASON not in json.dumps(vote)
    # Whoever else is a member is not shown with it.
    other = global_id(NodeKind.MEMBERSHIP, asked.assembly.partners[1].membership)
    query = "query ($id: ID!) { membership(id: $id) { party { id } } }"
    assert asked.api.ask(query, asked.assembly.speaker(0), id=other)["membership"]["party"] is None


def test_who_is_suspended_sees_nothing_of_what_they_have_no_vote_on_meanwhile(
    asked: Asked,
) -> None:
    asked.assembly.open(asked.assembly.apply())
    assert asked.votes(asked.assembly.speaker(2))[0]["application"]
    asked.suspend(2)
    assert asked.votes(asked.assembly.speaker(2))[0]["application"] is None


def test_of_two_that_are_merged_the_one_that_goes_on_sees_it(asked: Asked) -> None:
    one, two = (global_id(NodeKind.PARTY, each.party) for each in asked.assembly.partners[:2])
    asked.assembly.open(asked.assembly.apply())
    speakers = [asked.assembly.speaker(number) for number in range(2)]
    given = {
        "survivor": one,
        "merged": two,
        "membership": global_id(NodeKind.MEMBERSHIP, asked.assembly.partners[0].membership),
        "reason": "They became one.",
    }
    assert asked.api.do("mergeParties", given, Role.DIRECTOR)["__typename"] == (
        "MergePartiesAccepted"
    )
    assert [asked.votes(who)[0]["application"] is not None for who in speakers] == [True, False]


def test_a_voter_who_declares_a_conflict_votes_no_more_and_sees_nothing_more(asked: Asked) -> None:
    vote = asked.assembly.open(asked.assembly.apply())
    speaker = asked.assembly.speaker(0)
    (seen,) = asked.votes(speaker)
    given = {"application": seen["application"]["id"], "details": "We share a landlord."}
    done = asked.api.do("declareConflict", given, speaker, returning="application { id }")
    assert (done["__typename"], done["application"]) == ("DeclareConflictAccepted", None)
    assert asked.votes(speaker)[0]["application"] is None
    assert asked.api.ask(DUE, speaker)["dueDates"]["totalCount"] == 0
    ballot = {"vote": global_id(NodeKind.VOTE, vote), "ballot": "APPROVE"}
    barred = asked.api.do("castVote", ballot, speaker)
    assert (barred["code"], barred["rule"]) == ("CONFLICT_OF_INTEREST", "votes.recused")
    # The others go on.
    other = asked.assembly.speaker(1)
    assert asked.votes(other)[0]["application"]["party"]["name"]
    assert asked.api.do("castVote", ballot, other)["__typename"] == "CastVoteAccepted"


CLOSED = """query ($id: ID!) { node(id: $id) { ... on Vote {
    outcome quorumMet version electorate { id } recused { id } counted { approve against }
    ownBallot ballots { membership { id } } } } }"""


def test_who_stands_aside_leaves_the_count_with_the_ballot_that_was_cast(asked: Asked) -> None:
    # Three may vote, and more than half must: one alone would be too few.
    vote = global_id(NodeKind.VOTE, asked.assembly.open(asked.assembly.apply()))
    one, two, three = (asked.assembly.speaker(number) for number in range(3))
    seats = [global_id(NodeKind.MEMBERSHIP, each.membership) for each in asked.assembly.partners]
    application = asked.votes(one)[0]["application"]["id"]
    for who, ballot in ((one, "AGAINST"), (three, "APPROVE")):
        asked.api.do("castVote", {"vote": vote, "ballot": ballot}, who)
    given = {"application": application, "details": "We share a landlord."}
    assert asked.api.do("declareConflict", given, one)["__typename"] == "DeclareConflictAccepted"
    assert asked.votes(one)[0]["application"] is None
    tie = {
        "party": global_id(NodeKind.PARTY, asked.assembly.applicant),
        "affiliate": global_id(NodeKind.PARTY, asked.assembly.partners[1].party),
        "affiliation": "SPONSORS",
    }
    done = asked.api.do("declareAffiliation", tie, Role.DIRECTOR)
    assert done["__typename"] == "DeclareAffiliationAccepted"
    assert asked.votes(two)[0]["application"] is None
    barred = asked.api.do("castVote", {"vote": vote, "ballot": "AGAINST"}, two)
    assert (barred["code"], barred["rule"]) == ("CONFLICT_OF_INTEREST", "votes.recused")
    (public,) = asked.votes(Role.PUBLIC)
    # All who have a vote have voted, so that it closes before its last day.
    closed = asked.api.do("closeVote", {"vote": vote}, Role.DIRECTOR)
    assert closed["__typename"] == "CloseVoteAccepted"
    seen = asked.api.ask(CLOSED, Role.COMMITTEE, id=vote)["node"]
    assert (seen["outcome"], seen["quorumMet"]) == ("PASSED", True)
    assert seen["counted"] == {"approve": 1, "against": 0}
    assert [each["id"] for each in seen["electorate"]] == [seats[2]]
    assert [each["id"] for each in seen["recused"]] == [seats[0], seats[1]]
    # What was said stays in the record, and the member reads its own back.
    assert [each["membership"]["id"] for each in seen["ballots"]] == [seats[0], seats[2]]
    own = asked.api.ask(CLOSED, one, id=vote)["node"]
    assert (own["ownBallot"], own["electorate"], own["recused"]) == ("AGAINST", None, None)
    # Nobody is told by the vote's version that somebody left it.
    assert public["recused"] is None
    assert seen["version"] == 2


def test_whom_a_vote_is_about_takes_nobody_out_of_it(asked: Asked) -> None:
    vote = global_id(NodeKind.VOTE, asked.assembly.open(asked.assembly.apply()))
    applicant, partner = (
        global_id(NodeKind.PARTY, party)
        for party in (asked.assembly.applicant, asked.assembly.partners[0].party)
    )
    tie = {"party": applicant, "affiliate": partner, "affiliation": "SHARES_LEADERSHIP"}
    own = asked.coalition.representative(asked.assembly.applicant)
    done = asked.api.do("declareAffiliation", tie, own, returning="receipt { entryIds }")
    assert len(done["receipt"]["entryIds"]) == 2
    speaker = asked.assembly.speaker(0)
    assert asked.votes(speaker)[0]["application"]
    # The partner says so of itself, and leaves.
    mine = tie | {"party": partner, "affiliate": applicant}
    done = asked.api.do("declareAffiliation", mine, speaker, returning="receipt { entryIds }")
    assert len(done["receipt"]["entryIds"]) == 2
    barred = asked.api.do("castVote", {"vote": vote, "ballot": "AGAINST"}, speaker)
    assert barred["rule"] == "votes.recused"


def test_a_vote_on_what_is_withdrawn_is_over(asked: Asked) -> None:
    application = asked.assembly.apply()
    vote = global_id(NodeKind.VOTE, asked.assembly.open(application))
    own = asked.coalition.representative(asked.assembly.applicant)
    speaker = asked.assembly.speaker(0)
    asked.api.do("castVote", {"vote": vote, "ballot": "APPROVE"}, asked.assembly.speaker(1))
    given = {"application": global_id(NodeKind.APPLICATION, application)}
    done = asked.api.do("withdrawApplication", given, own)
    assert done["__typename"] == "WithdrawApplicationAccepted"
    assert asked.votes(Role.PUBLIC) == []
    assert asked.api.ask(DUE, speaker)["dueDates"]["totalCount"] == 0
    assert asked.api.ask(DUE, Role.DIRECTOR)["dueDates"]["totalCount"] == 0
    late = asked.api.do("castVote", {"vote": vote, "ballot": "APPROVE"}, speaker)
    assert late["rule"] == "votes.open"
    seen = asked.api.ask(CLOSED, Role.COMMITTEE, id=vote)["node"]
    assert (seen["outcome"], seen["counted"]) == ("MOOT", {"approve": 1, "against": 0})


def test_nobody_is_asked_to_end_a_membership_that_has_ended(asked: Asked) -> None:
    membership = global_id(NodeKind.MEMBERSHIP, asked.assembly.partners[2].membership)
    clauses = ["provider.transparent-collaboration"]
    vote = asked.opens(
        kind="TERMINATION", membership=membership, clauses=clauses, reason="As found."
    )
    speaker = asked.assembly.speaker(0)
    assert asked.api.ask(DUE, speaker)["dueDates"]["totalCount"] == 1
    done = asked.api.do("withdrawMembership", {"membership": membership}, asked.assembly.speaker(2))
    assert done["__typename"] == "WithdrawMembershipAccepted"
    assert asked.api.ask(DUE, speaker)["dueDates"]["totalCount"] == 0
    late = asked.api.do("castVote", {"vote": vote, "ballot": "APPROVE"}, speaker)
    assert (late["rule"], "withdrawn" in late["message"]) == ("votes.over", True)
    # It is closed on its day, so that nobody learns by the hour whom it was about.
    assert [each["phase"] for each in asked.votes(Role.PUBLIC)] == ["OPEN"]


def test_who_has_no_vote_any_more_is_told_why(asked: Asked) -> None:
    vote = global_id(NodeKind.VOTE, asked.assembly.open(asked.assembly.apply()))
    ballot = {"vote": vote, "ballot": "APPROVE"}
    members = [
        {"membership": global_id(NodeKind.MEMBERSHIP, each.membership)}
        for each in asked.assembly.partners
    ]
    asked.api.do("withdrawMembership", members[2], asked.assembly.speaker(2))
    refused = asked.api.do("castVote", ballot, asked.assembly.speaker(2))
    assert (refused["rule"], "withdrawn" in refused["message"]) == ("membership.standing", True)
    one, two = (global_id(NodeKind.PARTY, each.party) for each in asked.assembly.partners[:2])
    speaker = asked.assembly.speaker(1)
    merge = {"survivor": one, "merged": two, "reason": "They became one."} | members[0]
    asked.api.do("mergeParties", merge, Role.DIRECTOR)
    assert asked.api.do("castVote", ballot, speaker)["rule"] == "party.merged"
    yesterday = str(asked.assembly.today - timedelta(days=1))
    dated = ballot | {"effectiveOn": yesterday}
    assert asked.api.do("castVote", dated, asked.assembly.speaker(0))["rule"] == (
        "effective-date.today"
    )


def test_voters_are_told_until_when_they_vote(asked: Asked) -> None:
    newcomer = asked.coalition.admit("community-network", organisation(ein=None))
    vote = asked.assembly.open(asked.assembly.apply())
    found = asked.api.ask(DUE, asked.assembly.speaker(0))["dueDates"]
    assert found == {
        "totalCount": 1,
        "nodes": [
            {
                "kind": "VOTE_CLOSES",
                "waitingOn": "VOTERS",
                "about": {"id": global_id(NodeKind.VOTE, vote)},
            }
        ],
    }
    for who in (asked.coalition.representative(newcomer.party), Role.APPLICANT, Role.PUBLIC):
        assert asked.api.ask(DUE, who)["dueDates"] == {"totalCount": 0, "nodes": []}
    asked.close(vote)
    assert asked.api.ask(DUE, asked.assembly.speaker(0))["dueDates"]["totalCount"] == 0
