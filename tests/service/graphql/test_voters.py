"""Who has a vote that is open sees what is voted on, and no more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.assembly import TIER
from tests.service.coalition import POLICY, individual, organisation
from tests.service.graphql.asked import APPLICATION, REASON, Asked

BY_ID = f"""query ($application: ID!, $party: ID!) {{
    application(id: $application) {{ {APPLICATION} }} node(id: $party) {{ id }} }}"""
WHY = "Nobody was ever asked what they wished."
SEALED = {"electorate", "recused", "ballots", "counted"}
HIDDEN = {
    *("statement", "applicant", "reviewers", "evidence", "informationRequests"),
}
OF_PARTY = {"id", "name", "registeredOn", "version"}
OF_REVIEW = {"version", "recommendation", "reasons", "findings", "assessments"}


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


def test_a_voter_sees_the_share_with_its_basis_and_period_while_the_vote_is_open(
    asked: Asked,
) -> None:
    partner, details = "collaborative-partner", organisation(ein=asked.coalition.ein())
    application = asked.coalition.submit(partner, details).application
    asked.coalition.review(application, partner, details.party_type)
    vote = asked.assembly.open(application)
    query = """query ($id: ID!) { application(id: $id) { populationShares {
        requirement numerator denominator basis periodStart periodEnd } } }"""
    given = {"id": global_id(NodeKind.APPLICATION, application)}

    def shares(who: Principal | Role) -> object:
        found = asked.api.ask(query, who, **given)["application"]
        return found and found["populationShares"]

    (share,) = asked.api.ask(query, Role.DIRECTOR, **given)["application"]["populationShares"]
    assert None not in share.values()
    assert shares(asked.assembly.speaker(0)) == [share]
    newcomer = asked.coalition.admit("community-network", organisation(ein=None))
    for who in (Role.PUBLIC, Role.PORTAL, asked.coalition.representative(newcomer.party)):
        assert not shares(who)
    asked.close(vote)
    assert not shares(asked.assembly.speaker(0))


def test_a_voter_sees_nothing_else_of_it(asked: Asked) -> None:
    asked.assembly.open(asked.assembly.apply())
    (vote,) = asked.votes(asked.assembly.speaker(0))
    assert not SEALED & shown(vote)
    seen = vote["application"]
    assert shown(seen) == {"id", "kind", "phase", "tier", "party", "populationShares", "review"}
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


def test_who_is_suspended_sees_what_they_have_a_vote_on_and_no_more(asked: Asked) -> None:
    asked.assembly.open(asked.assembly.apply())
    asked.suspend(2)
    assert asked.votes(asked.assembly.speaker(2))[0]["application"]
    asked.coalition.clock.advance(days=31)
    asked.assembly.open(asked.assembly.apply())
    seen = asked.votes(asked.assembly.speaker(2))
    assert sorted(each["application"] is None for each in seen) == [False, True]


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
