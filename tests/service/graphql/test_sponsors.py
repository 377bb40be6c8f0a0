"""An applicant names whose EIN it shares: a department, an agency or a sponsored group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from domain.membership.party import PublishListing, WithdrawListing
from domain.membership.safety import HoldListing
from domain.membership.standing import WithdrawMembership
from domain.terms import ApplicationId
from service.graphql.ids import NodeKind, global_id, parse_global_id
from service.security.principal import Role
from tests.service.coalition import Admitted, new_id, organisation
from tests.service.graphql.api import Api

TIER = "coalition-member"
GROUP = {"name": "Quay Street Project", "partyType": "NONPROFIT_501C3", "counties": ["29510"]}
SAID = (
    "application { id sponsor einHeld party { ... on Organisation { id affiliations { since } } } }"
)
SEEN = """query ($id: ID!) { application(id: $id) { sponsor einHeld party { ... on Organisation {
    affiliations { affiliation since affiliate { id name partyType ... on Organisation { ein } } }
} } } }"""


SEEN_PARTY = "query ($id: ID!) { application(id: $id) { party { id } } }"


@pytest.fixture
def sponsor(api: Api) -> Admitted:
    """A provider that the directory shows."""
    coalition = api.coalition
    made = coalition.admit(TIER, organisation("Mill House", ein=coalition.ein()))
    show = PublishListing(party=made.party, name="Mill House")
    coalition.must(show, coalition.representative(made.party))
    return made


def listing(case: Admitted) -> dict[str, str]:
    return {"listing": global_id(NodeKind.LISTING, case.party)}


def ein_of(api: Api, case: Admitted) -> str:
    query = "query ($id: ID!) { node(id: $id) { ... on Organisation { ein } } }"
    ein: str = api.ask(query, Role.DIRECTOR, id=global_id(NodeKind.PARTY, case.party))["node"][
        "ein"
    ]
    return ein


def applies(
    api: Api,
    sponsored_by: dict[str, Any] | None,
    ein: str | None = None,
    *,
    role: Role = Role.APPLICANT,
) -> dict[str, Any]:
    details = GROUP | {"sponsoredBy": sponsored_by, "ein": ein}
    given = {"tier": TIER, "organisation": details}
    answer: dict[str, Any] = api.do("submitApplication", given, role, returning=SAID)
    return answer


def own_id(text: str) -> str:
    parsed = parse_global_id(text)
    assert parsed is not None
    return parsed[1]


def test_staff_see_the_sponsor_and_the_applicant_what_it_said(api: Api, sponsor: Admitted) -> None:
    answer = applies(api, listing(sponsor))
    assert answer["__typename"] == "SubmitApplicationAccepted", answer
    application = answer["application"]
    # Who applied sees the name by which it chose the sponsor, and no tie.
    assert (application["sponsor"], application["einHeld"]) == ("Mill House", None)
    assert application["party"]["affiliations"] is None
    for role in (Role.DIRECTOR, Role.COMMITTEE):
        seen = api.ask(SEEN, role, id=application["id"])["application"]
        assert (seen["sponsor"], seen["einHeld"]) == ("Mill House", False)
        (tie,) = seen["party"]["affiliations"]
        assert tie["affiliation"] == "SPONSORED_BY"
        assert tie["affiliate"]["id"] == global_id(NodeKind.PARTY, sponsor.party)
    for other in (
        Role.PUBLIC,
        Role.PORTAL,
        Role.REPRESENTATIVE,
        api.coalition.representative(sponsor.party),
    ):
        seen = api.ask(SEEN, other, id=application["id"])["application"]
        assert seen is None or (seen["sponsor"], seen["party"]) == (None, None)
    theirs = "query ($id: ID!) { node(id: $id) { ... on Organisation { affiliations { since } } } }"
    speaker = api.coalition.representative(sponsor.party)
    found = api.ask(theirs, speaker, id=global_id(NodeKind.PARTY, sponsor.party))["node"]
    assert found["affiliations"] is None


def test_a_sponsor_outside_the_coalition_becomes_known(api: Api) -> None:
    ein = api.coalition.ein()
    outside = {"name": "River City", "partyType": "GOVERNMENT", "ein": ein}
    answer = applies(api, {"unlisted": outside}, ein)
    assert answer["application"]["sponsor"] == "River City"
    seen = api.ask(SEEN, Role.DIRECTOR, id=answer["application"]["id"])["application"]
    (tie,) = seen["party"]["affiliations"]
    sponsor = tie["affiliate"]
    assert (sponsor["name"], sponsor["partyType"]) == ("River City", "GOVERNMENT")
    assert sponsor["ein"] == ein.replace("-", "")


def no_longer_shown(api: Api, case: Admitted) -> None:
    theirs = api.coalition.representative(case.party)
    api.coalition.must(WithdrawListing(party=case.party), theirs)


def held_back(api: Api, case: Admitted) -> None:
    api.coalition.must(HoldListing(party=case.party, reason="It is watched."), Role.DIRECTOR)


def left(api: Api, case: Admitted) -> None:
    theirs = api.coalition.representative(case.party)
    api.coalition.must(WithdrawMembership(membership=case.membership), theirs)


@pytest.mark.parametrize("go", [no_longer_shown, held_back, left])
def test_who_is_not_shown_is_refused_like_who_does_not_exist(
    api: Api, sponsor: Admitted, go: Callable[[Api, Admitted], None]
) -> None:
    unlisted = api.coalition.admit(TIER, organisation("Lock House", ein=api.coalition.ein()))
    expected = applies(api, {"listing": global_id(NodeKind.LISTING, new_id())})
    assert expected["rule"] == "listed-sponsor"
    assert expected["field"] == "organisation.sponsoredBy.listing"
    assert applies(api, listing(unlisted)) == expected
    assert applies(api, listing(sponsor))["__typename"] == "SubmitApplicationAccepted"
    go(api, sponsor)
    assert applies(api, listing(sponsor)) == expected
    # The staff who apply for somebody are answered alike: they can declare the tie.
    assert applies(api, listing(sponsor), role=Role.DIRECTOR) == expected


def test_nobody_learns_whether_what_is_said_of_a_sponsor_is_known(api: Api) -> None:
    coalition, known = api.coalition, api.coalition.ein()
    coalition.admit(TIER, organisation("Lock House", ein=known))
    answers = []
    for ein in (known, coalition.ein()):
        said = {"name": "Lock House", "partyType": "NONPROFIT_501C3", "ein": ein}
        answer = applies(api, {"unlisted": said}, ein)
        assert answer["__typename"] == "SubmitApplicationAccepted"
        types = [each["type"] for each in answer["receipt"]["entries"]]
        answers.append((types, answer["application"]["sponsor"], answer["application"]["einHeld"]))
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("sponsored_by", "rule", "field"),
    [
        ({}, "one-sponsor", "organisation.sponsoredBy"),
        (
            {
                "listing": global_id(NodeKind.LISTING, "0" * 32),
                "unlisted": {"name": "A", "partyType": "GOVERNMENT", "ein": "43-1300999"},
            },
            "one-sponsor",
            "organisation.sponsoredBy",
        ),
        ({"listing": "nonsense"}, "id-type", "organisation.sponsoredBy.listing"),
        (
            {"listing": global_id(NodeKind.PARTY, "0" * 32)},
            "id-type",
            "organisation.sponsoredBy.listing",
        ),
        (
            {"unlisted": {"name": "A", "partyType": "GOVERNMENT", "ein": "00-1300999"}},
            "ein-prefix",
            "organisation.sponsoredBy.unlisted.ein",
        ),
        (
            {"unlisted": {"name": "A", "partyType": "INDIVIDUAL", "ein": "43-1300999"}},
            "known-partyType",
            "organisation.sponsoredBy.unlisted.partyType",
        ),
        (
            {"unlisted": {"name": "A" * 201, "partyType": "GOVERNMENT", "ein": "43-1300999"}},
            "max-length",
            "organisation.sponsoredBy.unlisted.name",
        ),
    ],
)
def test_a_sponsor_that_can_be_none_is_refused_by_field_and_rule(
    api: Api, sponsored_by: dict[str, Any], rule: str, field: str
) -> None:
    answer = applies(api, sponsored_by)
    assert (answer["code"], answer["rule"], answer["field"]) == ("INVALID_INPUT", rule, field)


def test_without_an_ein_or_a_sponsor_the_refusal_says_what_would_do(api: Api) -> None:
    answer = applies(api, None)
    assert answer["rule"] == f"{TIER}.ein-determination"
    assert "sponsoredBy" in answer["unmet"][0]["satisfiedBy"]


def admitted(api: Api, application: str) -> dict[str, Any]:
    """Review an application and say yes to it."""
    api.coalition.review(ApplicationId(own_id(application)), TIER, "nonprofit-501c3")
    answer: dict[str, Any] = api.do(
        "admitMember",
        {"application": application},
        Role.COMMITTEE,
        returning="membership { party { ... on Organisation { id unmet { clause } } } }",
    )
    return answer


def test_a_sponsored_group_is_admitted_beside_its_sponsor_with_the_same_ein(
    api: Api, sponsor: Admitted
) -> None:
    ein = ein_of(api, sponsor)
    plain = applies(api, None, ein)["application"]["id"]
    group = applies(api, listing(sponsor), ein)["application"]["id"]
    held = {
        each: api.ask(SEEN, Role.COMMITTEE, id=each)["application"]["einHeld"]
        for each in (plain, group)
    }
    assert held == {plain: True, group: False}
    refused = admitted(api, plain)
    assert (refused["code"], refused["rule"]) == ("EIN_HELD", "one-provider-per-ein")
    assert "sponsoredBy" in refused["unmet"][0]["satisfiedBy"]
    # Another process reads from the views what this one has folded.
    first, api.coalition.ledger = api.coalition.ledger, api.coalition.reopen()
    first.close()
    accepted = admitted(api, group)
    assert accepted["__typename"] == "AdmitMemberAccepted", accepted
    party = accepted["membership"]["party"]["id"]
    end = {
        "party": party,
        "affiliate": global_id(NodeKind.PARTY, sponsor.party),
        "affiliation": "SPONSORED_BY",
        "reason": "The sponsorship ended.",
    }
    ended = api.do("endAffiliation", end, Role.DIRECTOR)
    assert (ended["code"], ended["field"]) == ("EIN_HELD", "affiliation")
    own = {"party": party, "ein": api.coalition.ein(), "reason": "It has its own."}
    assert api.do("changeParticulars", own, Role.DIRECTOR)["__typename"].endswith("Accepted")
    assert api.do("endAffiliation", end, Role.DIRECTOR)["__typename"].endswith("Accepted")


def test_who_is_sponsored_without_an_ein_lacks_nothing_until_that_ends(
    api: Api, sponsor: Admitted
) -> None:
    application = applies(api, listing(sponsor))["application"]["id"]
    party = admitted(api, application)["membership"]["party"]
    unmet = "query ($id: ID!) { node(id: $id) { ... on Organisation { unmet { clause } } } }"
    assert api.ask(unmet, Role.DIRECTOR, id=party["id"])["node"]["unmet"] == []
    end = {
        "party": party["id"],
        "affiliate": global_id(NodeKind.PARTY, sponsor.party),
        "affiliation": "SPONSORED_BY",
        "reason": "The sponsorship ended.",
    }
    assert api.do("endAffiliation", end, Role.DIRECTOR)["__typename"].endswith("Accepted")
    found = api.ask(unmet, Role.DIRECTOR, id=party["id"])["node"]["unmet"]
    assert [each["clause"] for each in found] == [f"{TIER}.ein-determination"]


@pytest.mark.parametrize("ends", [False, True])
def test_a_determination_is_looked_at_again_when_the_sponsor_has_changed(
    api: Api, sponsor: Admitted, *, ends: bool
) -> None:
    case = {"application": applies(api, listing(sponsor))["application"]["id"]}
    party = api.ask(SEEN_PARTY, Role.DIRECTOR, id=case["application"])["application"]["party"]
    application = ApplicationId(own_id(case["application"]))
    api.coalition.review(application, TIER, "nonprofit-501c3")
    another = api.coalition.admit(TIER, organisation("Lock House", ein=api.coalition.ein()))
    tie = {"party": party["id"], "affiliation": "SPONSORED_BY"}
    declared = tie | {"affiliate": global_id(NodeKind.PARTY, another.party)}
    assert api.do("declareAffiliation", declared, Role.DIRECTOR)["__typename"].endswith("Accepted")
    if ends:
        former = tie | {"affiliate": global_id(NodeKind.PARTY, sponsor.party)}
        ended = former | {"reason": "It changed hands."}
        assert api.do("endAffiliation", ended, Role.DIRECTOR)["__typename"].endswith("Accepted")
    refused = api.do("admitMember", case, Role.COMMITTEE)
    clause = f"{TIER}.ein-determination"
    assert (refused["code"], refused["rule"]) == ("REQUIREMENT_UNMET", clause)
    found = {"requirement": clause, "met": True, **case}
    assert api.do("recordFinding", found, Role.REVIEWER)["__typename"].endswith("Accepted")
    assert api.do("admitMember", case, Role.COMMITTEE)["__typename"] == "AdmitMemberAccepted"
