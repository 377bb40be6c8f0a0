"""Who leaves a vote that is open, by a tie or a standing, and is told why."""

from __future__ import annotations

from datetime import timedelta

from service.graphql.ids import NodeKind, global_id
from service.security.principal import Role
from tests.service.coalition import organisation
from tests.service.graphql.asked import Asked

DUE = """{ dueDates(filter: {kinds: [VOTE_CLOSES]}) {
    totalCount nodes { kind waitingOn about { id } } } }"""
CLOSED = """query ($id: ID!) { node(id: $id) { ... on Vote {
    outcome quorumMet version electorate { id } recused { id } counted { approve against }
    ownBallot ballots { membership { id } } } } }"""


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
