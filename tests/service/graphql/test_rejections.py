"""What the API refuses, and to whom it says nothing."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from domain.terms import PartyId
from service.graphql.ids import NodeKind, global_id, own_id
from service.ledger import tables
from service.ledger.engine import begin_writing
from service.security.principal import Principal, Role
from tests.service.coalition import POLICY, new_id
from tests.service.graphql.api import Api
from tests.service.graphql.steps import ORGANISATION, TIER, accepted, representative, submit


@pytest.mark.parametrize(
    ("organisation", "field", "rule"),
    [
        ({"name": ""}, "organisation.name", "min-length"),
        ({"name": "x" * 201}, "organisation.name", "max-length"),
        ({"name": "two\nlines"}, "organisation.name", "pattern"),
        ({"name": "nul\x00"}, "organisation.name", "pattern"),
        ({"ein": "00-0000000"}, "organisation.ein", None),
        ({"counties": ["06037"]}, "organisation.counties", "service-area"),
    ],
)
def test_input_that_cannot_be_is_refused_by_field_and_rule(
    small_api: Api, organisation: dict[str, object], field: str, rule: str | None
) -> None:
    answer = submit(small_api, organisation=ORGANISATION | organisation)
    assert (answer["__typename"], answer["code"]) == ("Refused", "INVALID_INPUT")
    assert answer["field"] == field
    assert rule is None or answer["rule"] == rule
    assert answer["unmet"]
    assert all(each["satisfiedBy"] for each in answer["unmet"])


def test_a_refusal_says_values_by_the_names_of_the_schema_and_states_in_words(
    small_api: Api,
) -> None:
    practitioner = ORGANISATION | {"partyType": "INDIVIDUAL_PRACTITIONER"}
    answer = submit(small_api, organisation=practitioner)
    assert (answer["rule"], answer["field"]) == ("known-partyType", "organisation.partyType")
    assert answer["message"] == "The type INDIVIDUAL_PRACTITIONER is that of an individual."
    (unmet,) = answer["unmet"]
    assert unmet["satisfiedBy"] == "The details as individual, in place of organisation."
    health = ORGANISATION | {"partyType": "HEALTH_SYSTEM"}
    answer = submit(small_api, organisation=health, tier="collaborative-partner")
    assert "of the type HEALTH_SYSTEM" in answer["message"]
    assert answer["unmet"][0]["satisfiedBy"] == "A party of one of the types: NONPROFIT_501C3."
    assert "`" not in str(answer)
    application = accepted(submit(small_api))["application"]["id"]
    reviewer = small_api.coalition.principals[Role.REVIEWER]
    given = {"application": application}
    accepted(small_api.do("assignReviewer", given | {"reviewer": reviewer.id}, Role.DIRECTOR))
    question = given | {"kind": "ADMISSION", "closesOn": "2023-03-09"}
    answer = small_api.do("openVote", question, Role.COMMITTEE)
    assert answer["message"] == "The application is in review."


def test_a_listing_refuses_what_it_cannot_show(small_api: Api) -> None:
    partner = small_api.ask("{ memberships { nodes { party { id } } } }", Role.AUDITOR)
    party = partner["memberships"]["nodes"][0]["party"]["id"]
    rep = representative(small_api, party)
    for given, rule in (
        ({"website": "http://plain.example"}, "pattern"),
        ({"email": "nobody"}, "pattern"),
        ({"phone": "call me"}, "pattern"),
        ({"services": [f"{number}" for number in range(51)]}, "max-items"),
    ):
        answer = small_api.do("publishListing", {"party": party, "name": "Us"} | given, rep)
        assert (answer["code"], answer["rule"]) == ("INVALID_INPUT", rule)
        assert answer["field"] == next(iter(given))


def test_several_unmet_requirements_are_reported_together(small_api: Api) -> None:
    application = accepted(submit(small_api))["application"]["id"]
    reviewer = small_api.coalition.principals[Role.REVIEWER]
    given = {"application": application}
    accepted(small_api.do("assignReviewer", given | {"reviewer": reviewer.id}, Role.DIRECTOR))
    done = {"recommendation": "ADMIT", "reasons": "Looks fine."}
    answer = small_api.do("recordReview", given | done, reviewer)
    assert answer["__typename"] == "Refused"
    assert len(answer["unmet"]) > 1
    assert {each["clause"].partition(".")[0] for each in answer["unmet"]} <= {TIER, "network"}


@pytest.mark.parametrize("odd", ["", "nul\x00", "two words", "x" * 129])
def test_a_sign_in_that_is_none_is_refused(api: Api, odd: str) -> None:
    application = accepted(submit(api))["application"]["id"]
    given = {"application": application, "reviewer": odd}
    answer = api.do("assignReviewer", given, Role.DIRECTOR)
    assert (answer["code"], answer["field"]) == ("INVALID_INPUT", "reviewer")


def test_only_somebody_who_signs_in_as_a_reviewer_is_assigned(small_api: Api) -> None:
    application = accepted(submit(small_api))["application"]["id"]
    committee = small_api.coalition.principals[Role.COMMITTEE]
    small_api.give_key(committee)
    for reviewer in (committee.id, new_id()):
        given = {"application": application, "reviewer": reviewer}
        answer = small_api.do("assignReviewer", given, Role.DIRECTOR)
        assert (answer["code"], answer["field"], answer["rule"]) == (
            "INVALID_INPUT",
            "reviewer",
            "known-reviewer",
        )


def test_only_somebody_for_whom_a_key_was_made_is_recused(small_api: Api) -> None:
    application = accepted(submit(small_api))["application"]["id"]
    given = {"application": application}
    slip = small_api.do("recuseReviewer", given | {"reviewer": new_id()}, Role.DIRECTOR)
    assert (slip["code"], slip["field"], slip["rule"]) == (
        "INVALID_INPUT",
        "reviewer",
        "known-judge",
    )
    # Who signs in by what is told to nobody else.
    for reviewer in (new_id(), small_api.coalition.principals[Role.DIRECTOR].id):
        asked = small_api.do("recuseReviewer", given | {"reviewer": reviewer}, Role.COMMITTEE)
        assert asked["__typename"] == "NotAllowed"
    committee = small_api.coalition.principals[Role.COMMITTEE]
    small_api.give_key(committee)
    # The director stands aside by their own name, whatever they sign in by.
    director = small_api.coalition.principals[Role.DIRECTOR]
    for reviewer in (committee.id, director.id):
        accepted(small_api.do("recuseReviewer", given | {"reviewer": reviewer}, Role.DIRECTOR))


def test_an_applicant_is_not_assigned_to_their_own_application(small_api: Api) -> None:
    reviewer = small_api.coalition.principals[Role.REVIEWER]
    application = accepted(submit(small_api, Role.DIRECTOR, applicant=reviewer.id))
    given = {"application": application["application"]["id"], "reviewer": reviewer.id}
    answer = small_api.do("assignReviewer", given, Role.DIRECTOR)
    assert (answer["field"], answer["rule"]) == ("reviewer", "own-application")


def test_what_a_finding_rests_on_does_not_change_under_it(small_api: Api) -> None:
    application = accepted(submit(small_api))["application"]["id"]
    reviewer = small_api.coalition.principals[Role.REVIEWER]
    given: dict[str, object] = {"application": application}
    accepted(small_api.do("assignReviewer", given | {"reviewer": reviewer.id}, Role.DIRECTOR))
    evidence = given | {"requirement": f"{TIER}.interest", "description": "Minutes."}
    finding = given | {"requirement": f"{TIER}.interest"}
    accepted(small_api.do("attachEvidence", evidence, Role.APPLICANT))
    accepted(small_api.do("recordFinding", finding | {"met": True}, reviewer))
    more = evidence | {"description": "Other minutes."}
    answer = small_api.do("attachEvidence", more, Role.APPLICANT)
    assert (answer["code"], answer["rule"]) == ("WRONG_PHASE", "requirement.found-met")
    accepted(small_api.do("recordFinding", finding | {"met": False}, reviewer))
    accepted(small_api.do("attachEvidence", more, Role.APPLICANT))


def test_the_hash_of_a_file_that_was_never_sent_for_the_application_is_refused(
    small_api: Api,
) -> None:
    application, another = (accepted(submit(small_api))["application"]["id"] for _ in range(2))
    _send_file(small_api, another, "f" * 64)
    given: dict[str, object] = {
        "application": application,
        "requirement": f"{TIER}.interest",
        "description": "Minutes.",
    }
    before = small_api.ask("{ ledger { head { position } } }")
    for sha256 in ("0" * 64, "f" * 64):
        answer = small_api.do("attachEvidence", given | {"sha256": sha256}, Role.APPLICANT)
        assert (answer["code"], answer["field"], answer["rule"]) == (
            "INVALID_INPUT",
            "sha256",
            "evidence.file",
        )
    assert small_api.ask("{ ledger { head { position } } }") == before
    _send_file(small_api, application, "f" * 64)
    accepted(small_api.do("attachEvidence", given | {"sha256": "f" * 64}, Role.APPLICANT))


def _send_file(api: Api, application: str, sha256: str) -> None:
    """Note a file as its endpoint does; what is in it does not matter here."""
    ledger = api.coalition.ledger
    with begin_writing(ledger.engine) as connection:
        connection.execute(
            sa.insert(tables.evidence_files).values(
                id=new_id(),
                application=own_id(NodeKind.APPLICATION, application),
                sha256=sha256,
                size=1,
                media_type="text/plain",
                key_id=ledger.keys.take().key_id,
            )
        )


def test_only_the_director_applies_for_somebody_else(small_api: Api) -> None:
    applicant = small_api.coalition.principals[Role.APPLICANT]
    for_them = accepted(submit(small_api, Role.DIRECTOR, applicant=applicant.id))
    own = small_api.ask("{ applications { nodes { id } } }", applicant)["applications"]["nodes"]
    assert own == [{"id": for_them["application"]["id"]}]
    answer = submit(small_api, Role.APPLICANT, applicant=new_id())
    assert answer["__typename"] == "NotAllowed"


def test_naming_a_known_party_does_not_open_it(small_api: Api) -> None:
    # Ids of parties stand in the public log; applying under one must not make it one's own.
    partner = small_api.ask("{ memberships { nodes { party { id } } } }", Role.AUDITOR)
    party = partner["memberships"]["nodes"][0]["party"]["id"]
    answer = submit(small_api, Role.APPLICANT, party=party, organisation=None)
    assert answer["__typename"] == "NotAllowed"


def test_a_person_of_another_party_cannot_be_named(small_api: Api) -> None:
    partner = small_api.ask("{ memberships { nodes { party { id } } } }", Role.AUDITOR)
    party = partner["memberships"]["nodes"][0]["party"]["id"]
    contacts = {"party": party, "capacity": "x", "name": "Y", "email": "y@example.org"}
    answer = small_api.do(
        "appointRepresentative", contacts | {"person": new_id()}, representative(small_api, party)
    )
    assert (answer["code"], answer["field"]) == ("INVALID_INPUT", "person")
    person = accepted(
        small_api.do(
            "appointRepresentative",
            contacts,
            Role.DIRECTOR,
            returning="party { ... on Organisation { representatives { person } } }",
        )
    )["party"]["representatives"][0]["person"]
    again = small_api.do(
        "appointRepresentative",
        contacts | {"person": person, "name": "Z"},
        Role.DIRECTOR,
        returning="party { ... on Organisation { representatives { person name } } }",
    )
    assert accepted(again)["party"]["representatives"] == [{"person": person, "name": "Z"}]


def _unknown(kind: NodeKind) -> str:
    return global_id(kind, new_id())


FOREIGN: dict[str, dict[str, Any]] = {
    "attachEvidence": {"requirement": "x.y", "description": "x"},
    "attestPopulationShare": {
        "requirement": "x.y",
        "numerator": 1,
        "denominator": 2,
        "basis": "x",
        "periodStart": "2022-01-01",
        "periodEnd": "2022-12-31",
    },
    "assignReviewer": {"reviewer": "somebody"},
    "recordFinding": {"requirement": "x.y", "met": True},
    "assessStandard": {"standard": "x.y", "assessment": "EXHIBITS"},
    "openImprovementPlan": {"standard": "x.y", "due": "2023-06-01", "steps": "x"},
    "recordReview": {"recommendation": "ADMIT", "reasons": "x"},
    "admitMember": {},
    "declineApplication": {"clauses": ["x.y"]},
    "changeTier": {},
}


@pytest.mark.parametrize("mutation", sorted(FOREIGN))
def test_an_application_that_is_not_ones_own_looks_like_none(small_api: Api, mutation: str) -> None:
    application = accepted(submit(small_api))["application"]["id"]
    stranger = Principal(small_api.coalition.principals[Role.OPERATOR].id, Role.APPLICANT)
    for who in (Role.PUBLIC, Role.PORTAL, Role.AUDITOR, Role.OPERATOR, stranger):
        answers = [
            small_api.do(mutation, {"application": each} | FOREIGN[mutation], who)
            for each in (application, _unknown(NodeKind.APPLICATION))
        ]
        assert (
            answers
            == [
                {
                    "__typename": "NotAllowed",
                    "code": "NOT_ALLOWED",
                    "message": "You may not do this, or there is no such thing.",
                }
            ]
            * 2
        )


def test_a_membership_or_party_that_is_not_ones_own_looks_like_none(small_api: Api) -> None:
    found = small_api.ask("{ memberships { nodes { id party { id } } } }", Role.AUDITOR)
    node = found["memberships"]["nodes"][0]
    stranger = small_api.coalition.representative(PartyId(new_id()))
    signature = {
        "agreement": "x",
        "version": 1,
        "sha256": "0" * 64,
        "signatoryName": "X",
        "capacity": "x",
    }
    change = {"tier": "ally-network", "reason": "REQUESTED"}
    contacts = {"capacity": "x", "name": "Y", "email": "y@example.org"}
    cases: list[tuple[str, str, NodeKind, dict[str, Any]]] = [
        ("signAgreement", "membership", NodeKind.MEMBERSHIP, signature),
        ("sendAgreement", "membership", NodeKind.MEMBERSHIP, {}),
        ("requestTierChange", "membership", NodeKind.MEMBERSHIP, change),
        ("publishListing", "party", NodeKind.PARTY, {"name": "X"}),
        ("withdrawListing", "party", NodeKind.PARTY, {}),
        ("appointRepresentative", "party", NodeKind.PARTY, contacts),
    ]
    for mutation, key, kind, given in cases:
        existing = node["id"] if key == "membership" else node["party"]["id"]
        for who in (Role.PUBLIC, Role.APPLICANT, stranger):
            answers = [
                small_api.do(mutation, {key: each} | given, who)
                for each in (existing, _unknown(kind))
            ]
            assert {each["__typename"] for each in answers} == {"NotAllowed"}, mutation


@pytest.mark.parametrize("mutation", ["setSeats", "publishAgreementTemplate"])
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.DIRECTOR])
def test_the_coalition_is_governed_by_the_director(
    small_api: Api, mutation: str, role: Role
) -> None:
    given: dict[str, dict[str, Any]] = {
        "setSeats": {"tier": "collaborative-partner", "seats": 9},
        "publishAgreementTemplate": {"agreement": POLICY.agreements[0].id, "text": "x"},
    }
    assert small_api.do(mutation, given[mutation], role)["__typename"] == "NotAllowed"


@pytest.mark.parametrize(
    ("text", "rule"), [(" ", "text"), ("nul\x00", "text"), ("x" * 300_000, "max-length")]
)
def test_a_text_that_nobody_could_sign_is_refused(small_api: Api, text: str, rule: str) -> None:
    given = {"agreement": POLICY.agreements[0].id, "text": text}
    answer = small_api.do("publishAgreementTemplate", given, Role.DIRECTOR)
    assert (answer["code"], answer["field"], answer["rule"]) == ("INVALID_INPUT", "text", rule)
