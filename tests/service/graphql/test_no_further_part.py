"""Who stands aside from an application has no further part in what concerns whoever made it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.graphql.test_own_causes import CLAUSES, SUSPENDED, Causes, causes

__all__ = ["causes"]

TIE = {"affiliation": "SHARES_LEADERSHIP"}
WHY = {"reason": "As they told me."}


def asked(causes: Causes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an application that is reviewed, and the party that made it, as inputs name them."""
    party, application = causes.applied()
    return application, {"party": global_id(NodeKind.PARTY, party)}


def partner_of(causes: Causes, number: int) -> str:
    return global_id(NodeKind.PARTY, causes.assembly.partners[number].party)


def stands_aside(causes: Causes, given: dict[str, Any], role: Role) -> Principal:
    who = causes.comes_in(role)
    said = causes.api.do("declareConflict", given | {"details": "My sister leads it."}, who)
    assert said["__typename"] == "DeclareConflictAccepted", said
    return who


@pytest.mark.parametrize("is_open", [False, True])
def test_a_director_who_stands_aside_says_nothing_more_of_the_party(
    causes: Causes, *, is_open: bool
) -> None:
    given, party = asked(causes)
    if is_open:
        closes_on = str(causes.assembly.today + timedelta(days=7))
        question = given | {"kind": "ADMISSION", "closesOn": closes_on}
        opened = causes.api.do("openVote", question, Role.COMMITTEE)
        assert opened["__typename"] == "OpenVoteAccepted"
    director = stands_aside(causes, given, Role.DIRECTOR)
    other = {"affiliate": party["party"], "party": partner_of(causes, 0)}
    merger = {"survivor": partner_of(causes, 0), "merged": party["party"]}
    for mutation, wanted in (
        ("declareAffiliation", party | {"affiliate": partner_of(causes, 0)} | TIE),
        ("declareAffiliation", other | TIE),
        ("endAffiliation", other | TIE | WHY),
        ("changeParticulars", party | {"partyType": "GOVERNMENT"} | WHY),
        ("renameParty", party | {"name": "Other House"}),
        ("addAlias", party | {"alias": "Other House"}),
        ("mergeParties", merger | WHY),
    ):
        refused = causes.api.do(mutation, wanted, director)
        assert (refused["code"], refused["rule"]) == ("CONFLICT_OF_INTEREST", "review.recused")
        assert "somebody else" in refused["unmet"][0]["satisfiedBy"].lower()
    # Another party is theirs to write down, and this one is another director's.
    for who, wanted in (
        (director, {"party": partner_of(causes, 0), "affiliate": partner_of(causes, 1)} | TIE),
        (causes.comes_in(Role.DIRECTOR), other | TIE),
    ):
        done = causes.api.do("declareAffiliation", wanted, who)
        assert done["__typename"] == "DeclareAffiliationAccepted", done


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.COMMITTEE, Role.DIRECTOR])
def test_whoever_is_in_danger_is_hidden_by_who_stands_aside_too(causes: Causes, role: Role) -> None:
    given, party = asked(causes)
    who = causes.comes_in(role)
    recuse = given | {"reviewer": who.id, "reason": "Their sister leads it."}
    causes.api.do("recuseReviewer", recuse, Role.DIRECTOR)
    done = causes.api.do("holdListing", party | {"reason": "They are threatened."}, who)
    assert done["__typename"] == "HoldListingAccepted", done


def test_it_is_theirs_again_once_that_is_decided(causes: Causes) -> None:
    given, party = asked(causes)
    director = stands_aside(causes, given, Role.DIRECTOR)
    renamed = party | {"name": "Other House"}
    chair = causes.comes_in(Role.COMMITTEE)
    causes.api.do("declineApplication", given | {"clauses": CLAUSES}, chair)
    assert causes.api.do("renameParty", renamed, director)["__typename"] == "RenamePartyAccepted"
    # Not while it is appealed.
    own = causes.coalition.representative(causes.assembly.applicant)
    filed = causes.api.do("fileAppeal", given | {"grounds": "Nobody asked us."}, own)
    assert filed["__typename"] == "FileAppealAccepted"
    again = party | {"name": "Another House"}
    assert causes.api.do("renameParty", again, director)["rule"] == "review.recused"


def test_nor_of_the_membership_that_asks_for_another_tier(causes: Causes) -> None:
    partner = causes.assembly.partners[0]
    membership = {"membership": global_id(NodeKind.MEMBERSHIP, partner.membership)}
    wanted = membership | {"tier": "coalition-member", "reason": "SERVICES_CHANGED"}
    shown = "application { id }"
    answer = causes.api.do("requestTierChange", wanted, causes.assembly.speaker(0), returning=shown)
    given = {"application": answer["application"]["id"]}
    director = stands_aside(causes, given, Role.DIRECTOR)
    refused = causes.api.do("suspendMembership", membership | SUSPENDED, director)
    assert refused["rule"] == "review.recused"
    chair = stands_aside(causes, given, Role.COMMITTEE)
    closes_on = str(causes.assembly.today + timedelta(days=7))
    question = {
        **membership,
        "kind": "TERMINATION",
        "closesOn": closes_on,
        "clauses": SUSPENDED["clauses"],
        "reason": "As found.",
    }
    assert causes.api.do("openVote", question, chair)["rule"] == "review.recused"
    done = causes.api.do("suspendMembership", membership | SUSPENDED, Role.DIRECTOR)
    assert done["__typename"] == "SuspendMembershipAccepted"


READ = """query ($id: ID!) { application(id: $id) { phase statement party { id } reviewers
    evidence { description } review { recommendation reasons findings { note }
    assessments { note } conflicts { details } recused } } }"""
ENTRIES = """query ($after: String) { ledger { entries(first: 100, after: $after) {
    pageInfo { endCursor hasNextPage } nodes { position disclosures { path value } } } } }"""


def disclosed(causes: Causes, who: Principal | Role) -> set[str]:
    """Return every hidden value that somebody reads in the entries."""
    found: set[str] = set()
    after = None
    while True:
        page = causes.api.ask(ENTRIES, who, after=after)["ledger"]["entries"]
        found |= {
            str(each["value"]) for node in page["nodes"] for each in node["disclosures"] or []
        }
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize("role", [Role.COMMITTEE, Role.DIRECTOR])
def test_whoever_stands_aside_reads_no_more_of_it_than_a_recused_reviewer(
    causes: Causes, role: Role
) -> None:
    given, _ = asked(causes)
    reviewer = causes.coalition.principals[Role.REVIEWER]
    causes.api.do("declareConflict", given | {"details": "They taught me."}, reviewer)
    who = causes.comes_in(role)
    before = causes.api.ask(READ, who, id=given["application"])["application"]
    assert before["review"]["recommendation"] == "ADMIT"
    assert [each["details"] for each in before["review"]["conflicts"]] == ["They taught me."]
    causes.api.do("declareConflict", given | {"details": "My sister leads it."}, who)
    seen = causes.api.ask(READ, who, id=given["application"])["application"]
    assert seen == causes.api.ask(READ, reviewer, id=given["application"])["application"]
    assert seen["phase"]
    assert seen["review"] is None or seen["review"]["recommendation"] is None
    hidden = {"They taught me.", "My sister leads it.", "admit"}
    assert not hidden & disclosed(causes, who)
    # Somebody else of the same role reads as before, and they themself of other applications.
    other = causes.comes_in(role)
    assert hidden <= disclosed(causes, other)
    elsewhere, _ = asked(causes)
    found = causes.api.ask(READ, who, id=elsewhere["application"])["application"]
    assert found["review"]["recommendation"] == "ADMIT"
