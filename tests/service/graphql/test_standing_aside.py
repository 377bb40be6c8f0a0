"""Whoever has a vote and a conflict of interest stands aside in it, whatever it is about."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.domain.policy.files import CATE_TOML
from tests.service.assembly import Assembly
from tests.service.graphql.api import Api

WHY = "Canary: we are to run their programme."
SEEN = """query ($id: ID!) { node(id: $id) { ... on Vote { outcome version
    electorate { id } recused { id } conflicts { declarer party details }
    application { review { conflicts { declarer party details } } } } } }"""
ENTRIES = """{ ledger { entries(last: 2) { nodes {
    ... on ConfidentialEntry { type disclosures { path value } } } } } }"""


class Held:
    """Three partners, and votes of any kind."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.assembly = Assembly(database_url, folder, partners=3)
        self.api = Api(self.assembly.coalition)

    def member(self, number: int) -> str:
        return global_id(NodeKind.MEMBERSHIP, self.assembly.partners[number].membership)

    def opens(self, **question: object) -> str:
        given = {"closesOn": str(self.assembly.today + timedelta(days=7))} | question
        opened = self.api.do("openVote", given, Role.DIRECTOR, returning="vote { id }")
        assert opened["__typename"] == "OpenVoteAccepted", opened
        vote: str = opened["vote"]["id"]
        return vote

    def opens_about(self, kind: str) -> str:
        """Open a vote that is about no application, in which the last partner has a vote."""
        clauses = ["provider.transparent-collaboration"]
        about = {"membership": self.member(0)}
        if kind == "POLICY":
            proposal = CATE_TOML.decode().replace("\nversion = 1\n", "\nversion = 2\n", 1)
            return self.opens(kind=kind, proposal=proposal)
        if kind == "TERMINATION":
            return self.opens(kind=kind, clauses=clauses, reason="As found.", **about)
        given = {"clauses": clauses, "reason": "As found.", "condition": "To answer."}
        self.api.do("suspendMembership", about | given, Role.DIRECTOR)
        filed = about | {"grounds": "Nobody asked us."}
        self.api.do("fileAppeal", filed, self.assembly.speaker(0))
        return self.opens(kind=kind, **about)

    def leaves(self, vote: str, who: Principal | Role) -> dict[str, Any]:
        given = {"vote": vote, "details": WHY}
        return self.api.do("declareConflict", given, who, returning="vote { id }")

    def sees(self, vote: str, who: Principal | Role) -> dict[str, Any]:
        found: dict[str, Any] = self.api.ask(SEEN, who, id=vote)["node"]
        return found


@pytest.fixture
def held(database_url: str, tmp_path: Path) -> Iterator[Held]:
    made = Held(database_url, tmp_path)
    yield made
    made.assembly.coalition.close()


@pytest.mark.parametrize("kind", ["TERMINATION", "APPEAL", "POLICY"])
def test_a_voter_stands_aside_in_a_vote_about_no_application_and_staff_alone_read_why(
    held: Held, kind: str
) -> None:
    vote, speaker = held.opens_about(kind), held.assembly.speaker(2)
    held.api.do("castVote", {"vote": vote, "ballot": "AGAINST"}, speaker)
    before = held.sees(vote, Role.COMMITTEE)
    assert held.member(2) in [each["id"] for each in before["electorate"]]
    done = held.leaves(vote, speaker)
    assert done["vote"]["id"] == vote
    again = held.leaves(vote, speaker)
    assert again["__typename"] == "DeclareConflictAccepted"
    seen = held.sees(vote, Role.COMMITTEE)
    party = global_id(NodeKind.PARTY, held.assembly.partners[2].party)
    assert seen["conflicts"] == [{"declarer": speaker.id, "party": party, "details": WHY}]
    assert held.member(2) not in [each["id"] for each in seen["electorate"]]
    assert held.member(2) in [each["id"] for each in seen["recused"]]
    # The public sees nothing of it, by the vote's version either.
    assert seen["version"] == before["version"]
    for who in (Role.PUBLIC, Role.PORTAL, speaker, held.assembly.speaker(1)):
        assert held.sees(vote, who)["conflicts"] is None
        assert WHY not in json.dumps(held.api.ask(ENTRIES, who))
    # As long as it is open, nor does anybody by the entry.
    assert WHY not in json.dumps(held.api.ask(ENTRIES, Role.DIRECTOR))
    barred = held.api.do("castVote", {"vote": vote, "ballot": "AGAINST"}, speaker)
    assert (barred["code"], barred["rule"]) == ("CONFLICT_OF_INTEREST", "votes.recused")
    # It is there when the views are made anew, too.
    held.assembly.coalition.reopen()
    assert held.sees(vote, Role.DIRECTOR)["conflicts"] == seen["conflicts"]


def test_in_a_vote_on_an_application_it_is_said_of_that(held: Held) -> None:
    held.assembly.open(held.assembly.apply())
    (vote,) = held.api.ask("{ votes(last: 1) { nodes { id } } }")["votes"]["nodes"]
    speaker = held.assembly.speaker(1)
    assert held.leaves(vote["id"], speaker)["vote"]["id"] == vote["id"]
    seen = held.sees(vote["id"], Role.COMMITTEE)
    party = global_id(NodeKind.PARTY, held.assembly.partners[1].party)
    said = [{"declarer": speaker.id, "party": party, "details": WHY}]
    assert (seen["conflicts"], seen["application"]["review"]["conflicts"]) == ([], said)
    assert held.member(1) in [each["id"] for each in seen["recused"]]


def test_who_may_not_stand_aside_is_told_so(held: Held) -> None:
    vote = held.opens_about("POLICY")
    for who in (Role.DIRECTOR, Role.COMMITTEE):
        refused = held.leaves(vote, who)
        assert (refused["code"], refused["rule"]) == ("NOT_IN_ELECTORATE", "votes.electorate")
    for who in (Role.PORTAL, Role.REVIEWER, Role.AUDITOR):
        assert held.leaves(vote, who)["__typename"] == "NotAllowed"
    nothing = global_id(NodeKind.VOTE, "0" * 32)
    assert held.leaves(nothing, held.assembly.speaker(1))["__typename"] == "NotAllowed"
    application = global_id(NodeKind.APPLICATION, held.assembly.apply())
    for wrong in ({}, {"vote": vote, "application": application}):
        given = wrong | {"details": WHY}
        refused = held.api.do("declareConflict", given, held.assembly.speaker(1))
        assert (refused["code"], refused["rule"], refused["field"]) == (
            "INVALID_INPUT",
            "conflict.subject",
            "vote",
        )
    held.assembly.coalition.clock.advance(days=8)
    held.api.do("closeVote", {"vote": vote}, Role.COMMITTEE)
    late = held.leaves(vote, held.assembly.speaker(1))
    assert (late["code"], late["rule"]) == ("WRONG_PHASE", "votes.open")


def test_a_vote_that_all_have_left_is_moot_and_the_same_is_put_to_the_fallback(
    held: Held,
) -> None:
    vote = held.opens_about("POLICY")
    for number in range(3):
        held.leaves(vote, held.assembly.speaker(number))
    given = {"vote": vote}
    closed = held.api.do("closeVote", given, Role.COMMITTEE, returning="vote { outcome }")
    assert closed["vote"]["outcome"] == "MOOT"
    proposal = CATE_TOML.decode().replace("\nversion = 1\n", "\nversion = 2\n", 1)
    failed = held.api.do("adoptPolicy", {"text": proposal}, Role.DIRECTOR)
    assert (failed["code"], failed["rule"]) == ("VOTE_FAILED", "votes.policy")
    held.assembly.coalition.reopen()
    question = {
        "kind": "POLICY",
        "proposal": proposal,
        "closesOn": str(held.assembly.today + timedelta(days=1)),
    }
    empty = held.api.do("openVote", question, Role.DIRECTOR)
    assert (empty["code"], empty["field"]) == ("EMPTY_ELECTORATE", "byFallback")
    opened = held.api.do(
        "openVote",
        question | {"byFallback": True},
        Role.DIRECTOR,
        returning="vote { id directorVotes electorate { id } recused { id } }",
    )["vote"]
    assert (opened["directorVotes"], opened["electorate"]) == (True, [])
    assert {each["id"] for each in opened["recused"]} == {held.member(each) for each in range(3)}
    # The director leaves it too: then nobody is left to ask.
    held.leaves(opened["id"], Role.DIRECTOR)
    held.api.do("closeVote", {"vote": opened["id"]}, Role.COMMITTEE)
    nobody = held.api.do("openVote", question | {"byFallback": True}, Role.COMMITTEE)
    assert (nobody["code"], nobody["rule"]) == ("EMPTY_ELECTORATE", "votes.policy.fallback")


def test_an_appeal_that_all_have_left_is_upheld_by_nobody(held: Held) -> None:
    vote, about = held.opens_about("APPEAL"), {"membership": held.member(0)}
    for number in (1, 2):
        held.leaves(vote, held.assembly.speaker(number))
    held.api.do("closeVote", {"vote": vote}, Role.COMMITTEE)
    refused = held.api.do("decideAppeal", about, Role.DIRECTOR)
    assert (refused["code"], refused["rule"]) == ("VOTE_REQUIRED", "appeal.vote")
    question = about | {"kind": "APPEAL", "closesOn": str(held.assembly.today + timedelta(days=1))}
    empty = held.api.do("openVote", question, Role.COMMITTEE)
    assert (empty["code"], empty["rule"]) == ("EMPTY_ELECTORATE", "votes.appeal.electorate")
