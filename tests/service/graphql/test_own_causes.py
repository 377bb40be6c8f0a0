"""Whoever belongs to an organisation does not judge in its cause, under whichever of their keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.membership.ties import DeclareAffiliation
from domain.terms import Affiliation, PartyId, PrincipalId
from service.graphql.ids import NodeKind, global_id
from service.ledger.engine import begin_writing
from service.security import api_keys, issuing
from service.security.key_ring import KeyRing
from service.security.principal import Principal, Role
from tests.service.assembly import TIER, Assembly
from tests.service.coalition import POLICY, new_id, organisation
from tests.service.graphql.api import Api

CLAUSES = [POLICY.tier(TIER).requirements[0].id]
SUSPENDED = {
    "clauses": ["provider.transparent-collaboration"],
    "reason": "As found.",
    "condition": "An audit.",
}


class Causes:
    """Three partners, and applicants whose causes are judged by people who have keys."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.assembly = Assembly(database_url, folder, partners=3)
        self.coalition = self.assembly.coalition
        self.api = Api(self.coalition)

    def comes_in(self, role: Role, belongs_to: PartyId | None = None) -> Principal:
        """Return who comes in by a key that the operator makes."""
        somebody = Principal(PrincipalId(new_id()), role, None, belongs_to)
        engine, clock = self.coalition.ledger.engine, self.coalition.clock
        with begin_writing(engine) as connection:
            made = issuing.create(connection, somebody, "theirs", now=clock())
        found = KeyRing(engine, lambda: clock().timestamp()).authenticate(made.text)
        assert found == somebody
        return found

    def applied(self) -> tuple[PartyId, dict[str, Any]]:
        """Return who asks to be admitted and has nothing but the decision before them."""
        application = self.assembly.apply()
        given = {"application": global_id(NodeKind.APPLICATION, application)}
        return self.assembly.applicant, given

    def tie(self, party: PartyId, other: PartyId) -> None:
        """Say that two are affiliates."""
        tie = DeclareAffiliation(
            party=party, affiliate=other, affiliation=Affiliation.SHARES_LEADERSHIP
        )
        self.coalition.must(tie, Role.DIRECTOR)

    def appeal(
        self, subject: Mapping[str, str], appellant: Principal, **how: object
    ) -> tuple[str, set[str]]:
        """Appeal and open the vote; return its id and the parties that have a vote in it."""
        filed = self.api.do("fileAppeal", {**subject, "grounds": "Nobody asked us."}, appellant)
        assert filed["__typename"] == "FileAppealAccepted", filed
        closes_on = str(self.assembly.today + timedelta(days=7))
        given = {**subject, "kind": "APPEAL", "closesOn": closes_on, **how}
        shown = "vote { id electorate { id } }"
        vote = self.api.do("openVote", given, Role.DIRECTOR, returning=shown)["vote"]
        return vote["id"], {each["id"] for each in vote["electorate"]}

    def members(self, *numbers: int) -> set[str]:
        """Return the memberships of some partners."""
        partners = self.assembly.partners
        return {global_id(NodeKind.MEMBERSHIP, partners[each].membership) for each in numbers}

    def casts(self, number: int, vote: str) -> dict[str, Any]:
        """Let whoever speaks for a partner vote."""
        ballot = {"vote": vote, "ballot": "AGAINST"}
        return self.api.do("castVote", ballot, self.assembly.speaker(number))


@pytest.fixture
def causes(database_url: str, tmp_path: Path) -> Iterator[Causes]:
    causes = Causes(database_url, tmp_path)
    yield causes
    causes.coalition.close()


def test_the_committee_does_not_decide_about_its_own_or_what_is_tied_to_it(causes: Causes) -> None:
    party, given = causes.applied()
    theirs = causes.comes_in(Role.COMMITTEE, party)
    affiliate = causes.comes_in(Role.COMMITTEE, causes.assembly.partners[0].party)
    causes.tie(party, causes.assembly.partners[0].party)
    decline = given | {"clauses": CLAUSES}
    for who in (theirs, affiliate):
        for mutation, wanted in (("declineApplication", decline), ("admitMember", given)):
            refused = causes.api.do(mutation, wanted, who)
            assert (refused["code"], refused["rule"]) == (
                "CONFLICT_OF_INTEREST",
                "review.own-cause",
            )
        said = causes.api.do("declareConflict", given | {"details": "I work for them."}, who)
        assert said["__typename"] == "DeclareConflictAccepted"
    other = causes.comes_in(Role.COMMITTEE, causes.assembly.partners[1].party)
    done = causes.api.do("declineApplication", decline, other)
    assert done["__typename"] == "DeclineApplicationAccepted"


def test_nobody_is_assigned_to_review_what_their_organisation_has_an_interest_in(
    causes: Causes,
) -> None:
    details = organisation(ein=causes.coalition.ein())
    submitted = causes.coalition.submit(TIER, details)
    application = global_id(NodeKind.APPLICATION, submitted.application)
    partner, another = (each.party for each in causes.assembly.partners[:2])
    causes.tie(submitted.party, partner)
    for party in (submitted.party, partner):
        who = causes.comes_in(Role.REVIEWER, party)
        given = {"application": application, "reviewer": who.id}
        refused = causes.api.do("assignReviewer", given, Role.DIRECTOR)
        assert (refused["rule"], refused["field"]) == ("review.own-cause", "reviewer")
    who = causes.comes_in(Role.REVIEWER, another)
    given = {"application": application, "reviewer": who.id}
    done = causes.api.do("assignReviewer", given, Role.DIRECTOR)
    assert done["__typename"] == "AssignReviewerAccepted"

    # Whoever was assigned before the tie was known goes on no further.
    causes.tie(submitted.party, another)
    finding = {"application": application, "requirement": CLAUSES[0], "met": False}
    assert causes.api.do("recordFinding", finding, who)["rule"] == "review.own-cause"


def test_whose_member_of_the_committee_declined_alone_has_no_vote_on_the_appeal(
    causes: Causes,
) -> None:
    party, given = causes.applied()
    who = causes.comes_in(Role.COMMITTEE, causes.assembly.partners[0].party)
    done = causes.api.do("declineApplication", given | {"clauses": CLAUSES}, who)
    assert done["__typename"] == "DeclineApplicationAccepted"
    vote, electorate = causes.appeal(given, causes.coalition.representative(party))
    assert electorate == causes.members(1, 2)
    barred = causes.casts(0, vote)
    assert (barred["code"], barred["rule"]) == ("CONFLICT_OF_INTEREST", "votes.recused")
    assert causes.casts(1, vote)["__typename"] == "CastVoteAccepted"


def test_whose_director_suspended_a_member_has_no_vote_on_its_appeal(causes: Causes) -> None:
    one, two = causes.assembly.partners[:2]
    director = causes.comes_in(Role.DIRECTOR, two.party)
    membership = {"membership": global_id(NodeKind.MEMBERSHIP, one.membership)}
    done = causes.api.do("suspendMembership", membership | SUSPENDED, director)
    assert done["__typename"] == "SuspendMembershipAccepted"
    vote, electorate = causes.appeal(membership, causes.assembly.speaker(0))
    assert electorate == causes.members(2)
    assert causes.casts(1, vote)["rule"] == "votes.recused"


def test_what_is_said_after_the_vote_was_opened_still_keeps_them_from_voting(
    causes: Causes,
) -> None:
    party, given = causes.applied()
    who = causes.comes_in(Role.COMMITTEE)
    causes.api.do("declineApplication", given | {"clauses": CLAUSES}, who)
    vote, electorate = causes.appeal(given, causes.coalition.representative(party))
    assert electorate == causes.members(0, 1, 2)
    assert causes.casts(1, vote)["__typename"] == "CastVoteAccepted"
    with begin_writing(causes.coalition.ledger.engine) as connection:
        now = causes.coalition.clock()
        for key in api_keys.list_keys(connection):
            if key.principal.id == who.id:
                api_keys.revoke(connection, key.prefix, now=now)
        belongs = Principal(who.id, who.role, None, causes.assembly.partners[0].party)
        issuing.create(connection, belongs, "theirs", now=now)
    assert causes.casts(0, vote)["rule"] == "votes.recused"


def test_a_director_who_belongs_to_it_casts_no_ballot_on_it(causes: Causes) -> None:
    party, given = causes.applied()
    for partner in causes.assembly.partners:
        causes.tie(party, partner.party)
    decline = {**given, "clauses": CLAUSES}
    causes.api.do("declineApplication", decline, causes.comes_in(Role.COMMITTEE))
    appellant = causes.coalition.representative(party)
    vote, electorate = causes.appeal(given, appellant, byFallback=True)
    assert electorate == set()
    ballot = {"vote": vote, "ballot": "APPROVE"}
    theirs = causes.comes_in(Role.DIRECTOR, party)
    assert causes.api.do("castVote", ballot, theirs)["rule"] == "votes.recused"
    done = causes.api.do("castVote", ballot, causes.comes_in(Role.DIRECTOR))
    assert done["__typename"] == "CastVoteAccepted"


def test_whoever_declines_after_a_vote_that_all_have_left_has_declined_alone(
    causes: Causes,
) -> None:
    party, given = causes.applied()
    third = causes.assembly.partners[2]
    membership = {"membership": global_id(NodeKind.MEMBERSHIP, third.membership)}
    causes.api.do("suspendMembership", membership | SUSPENDED, Role.DIRECTOR)
    # Once it can be appealed no more, who is suspended has no vote.
    causes.coalition.clock.advance(days=31)
    closes_on = str(causes.assembly.today + timedelta(days=7))
    question = given | {"kind": "ADMISSION", "closesOn": closes_on}
    vote = causes.api.do("openVote", question, Role.DIRECTOR, returning="vote { id }")["vote"]
    for number in range(2):
        conflict = {"vote": vote["id"], "details": "We run a house together."}
        causes.api.do("declareConflict", conflict, causes.assembly.speaker(number))
    done = causes.api.do(
        "closeVote", {"vote": vote["id"]}, Role.COMMITTEE, returning="vote { outcome }"
    )
    assert done["vote"]["outcome"] == "MOOT"
    causes.api.do("liftSuspension", membership, Role.DIRECTOR)
    decline = given | {"clauses": CLAUSES}
    causes.api.do("declineApplication", decline, causes.comes_in(Role.COMMITTEE, third.party))
    appellant = causes.coalition.representative(party)
    assert causes.appeal(given, appellant, byFallback=True)[1] == set()


@pytest.mark.parametrize("mutation", ["recuseReviewer", "declareConflict"])
def test_a_director_who_stands_aside_takes_their_ballot_and_the_vote_with_them(
    causes: Causes, mutation: str
) -> None:
    party, given = causes.applied()
    for partner in causes.assembly.partners:
        causes.tie(party, partner.party)
    director = causes.comes_in(Role.DIRECTOR)
    closes_on = str(causes.assembly.today + timedelta(days=7))
    question = given | {"kind": "ADMISSION", "closesOn": closes_on, "byFallback": True}
    opened = causes.api.do("openVote", question, Role.COMMITTEE, returning="vote { id }")
    vote = {"vote": opened["vote"]["id"]}
    causes.api.do("castVote", vote | {"ballot": "APPROVE"}, director)
    stands_aside = {
        "recuseReviewer": {"reviewer": director.id, "reason": "They are my sister's."},
        "declareConflict": {"details": "They are my sister's."},
    }[mutation]
    done = causes.api.do(mutation, given | stands_aside, director)
    assert done["__typename"].endswith("Accepted")
    closed = causes.api.do("closeVote", vote, Role.COMMITTEE, returning="vote { outcome }")
    assert closed["vote"]["outcome"] == "MOOT"
    refused = causes.api.do("admitMember", given, Role.COMMITTEE)
    assert refused["rule"] == "votes.admission"


@pytest.mark.parametrize("belongs", [False, True])
def test_the_director_does_not_vote_alone_on_what_they_stand_aside_from(
    causes: Causes, *, belongs: bool
) -> None:
    party, given = causes.applied()
    for partner in causes.assembly.partners:
        causes.tie(party, partner.party)
    director = causes.comes_in(Role.DIRECTOR, party if belongs else None)
    if not belongs:
        conflict = given | {"details": "They are my sister's."}
        causes.api.do("declareConflict", conflict, director)
    closes_on = str(causes.assembly.today + timedelta(days=7))
    question = given | {"kind": "ADMISSION", "closesOn": closes_on, "byFallback": True}
    refused = causes.api.do("openVote", question, Role.COMMITTEE)
    assert (refused["code"], refused["rule"]) == ("EMPTY_ELECTORATE", "votes.admission.fallback")
    assert "a director without one" in refused["unmet"][0]["satisfiedBy"]
    # Another director decides.
    other = causes.comes_in(Role.DIRECTOR)
    opened = causes.api.do("openVote", question, Role.COMMITTEE, returning="vote { id }")
    ballot = {"vote": opened["vote"]["id"], "ballot": "APPROVE"}
    assert causes.api.do("castVote", ballot, other)["__typename"] == "CastVoteAccepted"


@pytest.mark.parametrize("role", [Role.COMMITTEE, Role.DIRECTOR])
def test_nobody_answers_a_grievance_by_or_against_their_own_organisation(
    causes: Causes, role: Role
) -> None:
    one, two, three = causes.assembly.partners
    given = {
        "membership": global_id(NodeKind.MEMBERSHIP, one.membership),
        "against": global_id(NodeKind.MEMBERSHIP, two.membership),
        "text": "They send everybody on to us.",
    }
    speaker = causes.assembly.speaker(0)
    filed = causes.api.do("fileGrievance", given, speaker, returning="grievance { id }")
    answer = {
        "grievance": filed["grievance"]["id"],
        "outcome": "DISMISSED",
        "resolution": "They do not.",
    }
    for party in (one.party, two.party):
        refused = causes.api.do("resolveGrievance", answer, causes.comes_in(role, party))
        assert (refused["code"], refused["rule"]) == ("CONFLICT_OF_INTEREST", "review.own-cause")
    done = causes.api.do("resolveGrievance", answer, causes.comes_in(role, three.party))
    assert done["__typename"] == "ResolveGrievanceAccepted"


def test_the_director_does_not_suspend_their_own_organisation_nor_one_tied_to_it(
    causes: Causes,
) -> None:
    one, two, three = causes.assembly.partners
    causes.tie(one.party, two.party)
    given = {"membership": global_id(NodeKind.MEMBERSHIP, one.membership)}
    held = {"party": global_id(NodeKind.PARTY, one.party), "reason": "They are threatened."}
    for party in (one.party, two.party):
        theirs = causes.comes_in(Role.DIRECTOR, party)
        refused = causes.api.do("suspendMembership", given | SUSPENDED, theirs)
        assert refused["rule"] == "review.own-cause"
        # Whoever is in danger is hidden by whoever hears of it.
        assert causes.api.do("holdListing", held, theirs)["__typename"] == "HoldListingAccepted"
    other = causes.comes_in(Role.DIRECTOR, three.party)
    done = causes.api.do("suspendMembership", given | SUSPENDED, other)
    assert done["__typename"] == "SuspendMembershipAccepted"
    refused = causes.api.do("liftSuspension", given, causes.comes_in(Role.DIRECTOR, one.party))
    assert refused["rule"] == "review.own-cause"


def test_whoever_belongs_to_either_of_two_does_not_merge_them(causes: Causes) -> None:
    one, two, three = (each.party for each in causes.assembly.partners)
    given = {
        "survivor": global_id(NodeKind.PARTY, one),
        "merged": global_id(NodeKind.PARTY, two),
        "membership": global_id(NodeKind.MEMBERSHIP, causes.assembly.partners[0].membership),
        "reason": "One board since January.",
    }
    for party in (one, two):
        refused = causes.api.do("mergeParties", given, causes.comes_in(Role.DIRECTOR, party))
        assert refused["rule"] == "review.own-cause"
    done = causes.api.do("mergeParties", given, causes.comes_in(Role.DIRECTOR, three))
    assert done["__typename"] == "MergePartiesAccepted"


def test_who_belongs_to_an_applicant_does_not_choose_who_judges_it(causes: Causes) -> None:
    party, given = causes.applied()
    theirs = causes.comes_in(Role.DIRECTOR, party)
    reviewer = causes.comes_in(Role.REVIEWER)
    refused = causes.api.do("recuseReviewer", given | {"reviewer": reviewer.id}, theirs)
    assert refused["rule"] == "review.own-cause"
    closes_on = str(causes.assembly.today + timedelta(days=7))
    question = given | {"kind": "ADMISSION", "closesOn": closes_on}
    shown = "vote { id electorate { id } }"
    assert causes.api.do("openVote", question, theirs)["rule"] == "review.own-cause"
    vote = causes.api.do("openVote", question, Role.COMMITTEE, returning=shown)["vote"]
    # The tie that they name is known of from now on, and takes nobody out of this vote.
    tie = {
        "party": global_id(NodeKind.PARTY, party),
        "affiliate": global_id(NodeKind.PARTY, causes.assembly.partners[0].party),
        "affiliation": "SHARES_LEADERSHIP",
    }
    read = "query ($id: ID!) { node(id: $id) { ... on Vote { electorate { id } } } }"
    for who, left in ((theirs, {0, 1, 2}), (causes.comes_in(Role.DIRECTOR), {1, 2})):
        done = causes.api.do("declareAffiliation", tie, who)
        assert done["__typename"] == "DeclareAffiliationAccepted"
        seen = causes.api.ask(read, Role.DIRECTOR, id=vote["id"])["node"]
        assert {each["id"] for each in seen["electorate"]} == causes.members(*left)
    # Of themself they say it at any time.
    done = causes.api.do("recuseReviewer", given | {"reviewer": theirs.id}, theirs)
    assert done["__typename"] == "RecuseReviewerAccepted"


def test_who_belongs_to_a_member_does_not_put_its_end_to_the_vote(causes: Causes) -> None:
    one, two = causes.assembly.partners[:2]
    closes_on = str(causes.assembly.today + timedelta(days=7))
    question = {
        "kind": "TERMINATION",
        "membership": global_id(NodeKind.MEMBERSHIP, one.membership),
        "clauses": SUSPENDED["clauses"],
        "reason": "As found.",
        "closesOn": closes_on,
    }
    theirs = causes.comes_in(Role.COMMITTEE, one.party)
    assert causes.api.do("openVote", question, theirs)["rule"] == "review.own-cause"
    done = causes.api.do("openVote", question, causes.comes_in(Role.COMMITTEE, two.party))
    assert done["__typename"] == "OpenVoteAccepted"
