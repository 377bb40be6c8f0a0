"""Who directs and stands aside moves nothing by the coalition's home, and is replaced in a vote."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.domain.policy.files import CATE_TOML
from tests.service.graphql.test_own_causes import Causes, causes

__all__ = ["causes"]

WHY = {"details": "My sister leads it."}
SOURCE = {"source": "Minutes of the board."}


def partner(causes: Causes, number: int) -> str:
    return global_id(NodeKind.PARTY, causes.assembly.partners[number].party)


def does(causes: Causes, mutation: str, who: Principal | Role, /, **given: object) -> None:
    done = causes.api.do(mutation, given, who)
    assert done["__typename"].endswith("Accepted"), done


def test_who_stands_aside_from_an_application_moves_the_home_to_nobody_tied_to_it(
    causes: Causes,
) -> None:
    party, given = causes.applied()
    director, other = causes.comes_in(Role.DIRECTOR), causes.comes_in(Role.DIRECTOR)
    causes.tie(party, causes.assembly.partners[0].party)
    does(causes, "declareConflict", director, **given, **WHY)
    tied, applicant = partner(causes, 0), global_id(NodeKind.PARTY, party)
    # With either of the two the other one would leave the electorate.
    for hosts in ({"home": tied}, {"fiscalSponsor": tied}, {"home": applicant}):
        moved = hosts | {"fiscalSponsor": partner(causes, 1)} | hosts | SOURCE
        refused = causes.api.do("transferHome", moved, director)
        assert (refused["code"], refused["rule"]) == ("CONFLICT_OF_INTEREST", "review.recused")
    elsewhere = {"home": partner(causes, 1), "fiscalSponsor": partner(causes, 2)}
    does(causes, "transferHome", director, **elsewhere, **SOURCE)
    does(causes, "transferHome", other, home=tied, **SOURCE)
    # It does not go back, either, before that is decided.
    refused = causes.api.do("transferHome", {"home": partner(causes, 1)} | SOURCE, director)
    assert refused["rule"] == "review.recused"
    does(causes, "withdrawApplication", causes.coalition.representative(party), **given)
    does(causes, "transferHome", director, home=partner(causes, 1), **SOURCE)


def by_fallback(causes: Causes, question: dict[str, Any]) -> dict[str, Any]:
    """Ask somebody to open a vote of the director alone."""
    shown = "vote { id directorVotes outcome }"
    given = question | {
        "closesOn": str(causes.assembly.today + timedelta(days=1)),
        "byFallback": True,
    }
    return causes.api.do("openVote", given, Role.COMMITTEE, returning=shown)


@pytest.fixture
def proposed(causes: Causes) -> dict[str, Any]:
    """Return a question that all members have left: they would all gain by the policy."""
    proposal = CATE_TOML.decode().replace("\nversion = 1\n", "\nversion = 2\n", 1)
    question = {"kind": "POLICY", "proposal": proposal}
    closes_on = str(causes.assembly.today + timedelta(days=7))
    opened = causes.api.do(
        "openVote", question | {"closesOn": closes_on}, Role.COMMITTEE, returning="vote { id }"
    )
    vote = opened["vote"]["id"]
    for number in range(3):
        does(causes, "declareConflict", causes.assembly.speaker(number), vote=vote, **WHY)
    does(causes, "closeVote", Role.COMMITTEE, vote=vote)
    return question


def test_another_director_votes_in_the_place_of_one_who_left_and_that_one_does_not(
    causes: Causes, proposed: dict[str, Any]
) -> None:
    left = causes.comes_in(Role.DIRECTOR)
    vote = by_fallback(causes, proposed)["vote"]["id"]
    does(causes, "declareConflict", left, vote=vote, **WHY)
    does(causes, "closeVote", Role.COMMITTEE, vote=vote)
    # Who left is the only one who directs.
    refused = by_fallback(causes, proposed)
    assert (refused["code"], refused["rule"]) == ("EMPTY_ELECTORATE", "votes.policy.fallback")
    other = causes.comes_in(Role.DIRECTOR)
    opened = by_fallback(causes, proposed)["vote"]
    assert opened["directorVotes"] is True
    ballot = {"vote": opened["id"], "ballot": "APPROVE"}
    barred = causes.api.do("castVote", ballot, left)
    assert (barred["code"], barred["rule"]) == ("CONFLICT_OF_INTEREST", "votes.recused")
    does(causes, "castVote", other, **ballot)
    closed = causes.api.do(
        "closeVote", {"vote": opened["id"]}, Role.COMMITTEE, returning="vote { outcome }"
    )
    assert closed["vote"]["outcome"] == "PASSED"
