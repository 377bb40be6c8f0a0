"""From an application to a signed membership, through the API alone."""

from __future__ import annotations

import uuid
from typing import Any

from domain.policy import PartyType, RequirementKind
from service.security.principal import Principal, Role
from tests.service.coalition import POLICY, POLICY_FILE
from tests.service.graphql.api import Api
from tests.service.graphql.steps import ORGANISATION, TIER, accepted, representative, review, submit


def test_from_application_to_a_listed_member(api: Api) -> None:
    submitted = accepted(submit(api))
    application = submitted["application"]
    assert application["phase"] == "SUBMITTED"
    assert application["party"]["name"] == "Lantern Library"
    # The party's registration is confidential, to the applicant too.
    assert [each["type"] for each in submitted["receipt"]["entries"]] == [
        None,
        "application.submitted.v1",
    ]
    review(api, application["id"], works_towards=True)
    admitted = accepted(
        api.do(
            "admitMember",
            {"application": application["id"]},
            Role.COMMITTEE,
            returning="membership { id version standing tier { key } party { id } }",
        )
    )["membership"]
    assert (admitted["standing"], admitted["tier"]["key"]) == ("AGREEMENT_PENDING", TIER)
    party = admitted["party"]["id"]
    rep = representative(api, party)
    agreement = POLICY.agreement_for(TIER).id
    text = accepted(
        api.do(
            "publishAgreementTemplate",
            {"agreement": agreement, "text": "Be kind to each other."},
            Role.DIRECTOR,
            returning="template { version sha256 text }",
        )
    )["template"]
    assert text["text"] == "Be kind to each other."
    accepted(api.do("sendAgreement", {"membership": admitted["id"]}, Role.DIRECTOR))
    person = accepted(
        api.do(
            "appointRepresentative",
            {
                "party": party,
                "capacity": "librarian",
                "name": "Sam Invented",
                "email": "sam@example.org",
                "phone": "+1 314 555 0100",
            },
            Role.DIRECTOR,
            returning="party { ... on Organisation { representatives { person name phone } } }",
        )
    )["party"]["representatives"]
    assert [each["name"] for each in person] == ["Sam Invented"]
    signed = accepted(
        api.do(
            "signAgreement",
            {
                "membership": admitted["id"],
                "agreement": agreement,
                "version": text["version"],
                "sha256": text["sha256"],
                "signatoryName": "Sam Invented",
                "capacity": "librarian",
                "signatory": person[0]["person"],
            },
            rep,
            returning="membership { standing agreements { signatoryName capacity } }",
        )
    )["membership"]
    assert signed == {
        "standing": "ACTIVE",
        "agreements": [{"signatoryName": "Sam Invented", "capacity": "librarian"}],
    }
    shown = {"party": party, "name": "Lantern", "services": ["books"]}
    refused = api.do("publishListing", shown, rep)
    assert (refused["rule"], refused["field"]) == ("listing.own-name", "name")
    accepted(api.do("addAlias", {"party": party, "alias": "Lantern"}, rep))
    listed = accepted(
        api.do(
            "publishListing",
            shown | {"counties": ["29510"]},
            rep,
            returning="listing { name services website } party { name }",
        )
    )
    assert listed["listing"] == {"name": "Lantern", "services": ["books"], "website": None}
    assert api.ask("{ directory { nodes { name } } }")["directory"]["nodes"] == [
        {"name": "Lantern"}
    ]
    accepted(api.do("withdrawListing", {"party": party}, Role.DIRECTOR))
    assert api.ask("{ directory { nodes { name } } }")["directory"]["nodes"] == []


def _admitted(api: Api) -> dict[str, Any]:
    """Admit a 501(c)(3) organisation to the community network."""
    nonprofit = PartyType.NONPROFIT_501C3
    organisation = ORGANISATION | {"partyType": "NONPROFIT_501C3"}
    application = accepted(submit(api, organisation=organisation))["application"]["id"]
    review(api, application, party_type=nonprofit)
    answer = api.do(
        "admitMember",
        {"application": application},
        Role.COMMITTEE,
        returning="membership { id party { id } }",
    )
    membership: dict[str, Any] = accepted(answer)["membership"]
    return membership


def _ask_for_another_tier(api: Api, membership: dict[str, Any]) -> tuple[Principal, str]:
    member = representative(api, membership["party"]["id"])
    answer = api.do(
        "requestTierChange",
        {"membership": membership["id"], "tier": "coalition-member", "reason": "SERVICES_CHANGED"},
        member,
        returning="application { id kind reason membership { id } }",
    )
    asked = accepted(answer)["application"]
    assert (asked["kind"], asked["reason"]) == ("TIER_CHANGE", "SERVICES_CHANGED")
    assert asked["membership"]["id"] == membership["id"]
    return member, asked["id"]


def test_another_tier_is_asked_for_and_given(api: Api) -> None:
    membership = _admitted(api)
    member, application = _ask_for_another_tier(api, membership)
    nonprofit = PartyType.NONPROFIT_501C3
    review(api, application, tier="coalition-member", party_type=nonprofit, giver=member)
    answer = api.do(
        "changeTier",
        {"application": application},
        Role.COMMITTEE,
        returning="membership { id tier { key } membershipClass standards { assessment } }",
    )
    assert accepted(answer)["membership"] == {
        "id": membership["id"],
        "tier": {"key": "coalition-member"},
        "membershipClass": "PROVIDER",
        "standards": [{"assessment": "EXHIBITS"}] * 5,
    }


def test_another_tier_is_asked_for_and_declined(api: Api) -> None:
    _, application = _ask_for_another_tier(api, _admitted(api))
    early = api.do("changeTier", {"application": application}, Role.COMMITTEE)
    assert (early["__typename"], early["code"]) == ("Refused", "WRONG_PHASE")
    reviewer = api.coalition.principals[Role.REVIEWER]
    given: dict[str, object] = {"application": application}
    accepted(api.do("assignReviewer", given | {"reviewer": reviewer.id}, Role.DIRECTOR))
    clause = POLICY.tier("coalition-member").requirements[0].id
    answer = api.do(
        "declineApplication",
        given | {"clauses": [clause], "note": "Not now."},
        Role.COMMITTEE,
        returning="application { phase review { decline { clauses note } } }",
    )
    assert accepted(answer)["application"] == {
        "phase": "DECLINED",
        "review": {"decline": {"clauses": [clause], "note": "Not now."}},
    }


def test_a_population_share_is_stated(api: Api) -> None:
    requirement = next(
        each.id
        for each in POLICY.tier("collaborative-partner").requirements
        if each.kind is RequirementKind.POPULATION_SHARE
    )
    application = accepted(
        submit(
            api,
            tier="collaborative-partner",
            organisation=ORGANISATION | {"partyType": "NONPROFIT_501C3"},
        )
    )["application"]["id"]
    share = {
        "application": application,
        "requirement": requirement,
        "numerator": 80,
        "denominator": 100,
        "basis": "people served",
        "periodStart": "2022-01-01",
        "periodEnd": "2022-12-31",
    }
    fields = "application { populationShares { requirement %s } }"
    said = ("numerator", "denominator", "basis", "periodStart", "periodEnd")
    fields %= " ".join(said)
    answer = api.do("attestPopulationShare", share, Role.APPLICANT, returning=fields)
    # All that is stated is there to be judged: of what, counted how, over which period.
    assert accepted(answer)["application"]["populationShares"] == [
        {"requirement": requirement} | {each: share[each] for each in said}
    ]
    wrong = api.do("attestPopulationShare", share | {"numerator": 101}, Role.APPLICANT)
    assert (wrong["code"], wrong["field"]) == ("INVALID_INPUT", "numerator")


def test_seats_policy_and_texts_are_the_directors(api: Api) -> None:
    seats = accepted(
        api.do(
            "setSeats",
            {"tier": "collaborative-partner", "seats": 12},
            Role.DIRECTOR,
            returning="coalition { seats { limit taken } }",
        )
    )
    assert seats["coalition"]["seats"] == [{"limit": 12, "taken": 1}]
    later = POLICY_FILE.decode().replace("\nversion = 1\n", "\nversion = 2\n")
    alone = api.do("adoptPolicy", {"text": later}, Role.DIRECTOR)
    assert (alone["code"], alone["rule"]) == ("VOTE_REQUIRED", "votes.policy.required")
    # While nobody is an active member, the policy falls back on the director.
    question = {"kind": "POLICY", "closesOn": "2023-03-09", "proposal": later, "byFallback": True}
    vote = accepted(api.do("openVote", question, Role.DIRECTOR, returning="vote { id }"))["vote"]
    accepted(api.do("castVote", {"vote": vote["id"], "ballot": "APPROVE"}, Role.DIRECTOR))
    accepted(api.do("closeVote", {"vote": vote["id"]}, Role.DIRECTOR))
    adopted = accepted(
        api.do(
            "adoptPolicy",
            {"text": later},
            Role.DIRECTOR,
            returning="policy { reference text basis } coalition { version }",
        )
    )
    assert adopted["policy"] == {"reference": "cate@2", "text": later, "basis": "VOTE"}
    assert [each["reference"] for each in api.ask("{ policies { reference } }")["policies"]] == [
        "cate@1",
        "cate@2",
    ]
    again = api.do("adoptPolicy", {"text": POLICY_FILE.decode()}, Role.DIRECTOR)
    assert (again["code"], again["field"]) == ("POLICY_VERSION", "text")


def test_a_policy_that_does_not_parse_is_refused_with_its_line(small_api: Api) -> None:
    broken = POLICY_FILE.decode().replace("version = 1", 'version = "one"', 1)
    answer = small_api.do("adoptPolicy", {"text": broken}, Role.DIRECTOR)
    assert answer["__typename"] == "Refused"
    assert (answer["code"], answer["field"], answer["rule"]) == ("INVALID_INPUT", "text", "version")
    line = broken[: broken.index('version = "one"')].count("\n") + 1
    assert answer["message"].startswith(f"line {line}: version: ")
    # Who may not adopt one does not have one read.
    assert small_api.do("adoptPolicy", {"text": broken}, Role.PUBLIC)["__typename"] == "NotAllowed"


def test_the_same_command_twice_gives_the_first_outcome(api: Api) -> None:
    command_id = str(uuid.uuid4())
    given = {"tier": "collaborative-partner", "seats": 9}
    first = api.do("setSeats", given, Role.DIRECTOR, command_id=command_id)
    api.do("setSeats", given | {"seats": 10}, Role.DIRECTOR)
    again = api.do("setSeats", given, Role.DIRECTOR, command_id=command_id.upper())
    assert first == again
    reused = api.do("setSeats", given | {"seats": 11}, Role.DIRECTOR, command_id=command_id)
    assert (reused["__typename"], reused["code"]) == ("CommandIdReused", "COMMAND_ID_REUSED")
    other = api.do(
        "publishAgreementTemplate",
        {"agreement": POLICY.agreements[0].id, "text": "x"},
        Role.DIRECTOR,
        command_id=command_id,
    )
    assert other["__typename"] == "CommandIdReused"


def test_a_repeated_submission_does_not_apply_twice(api: Api) -> None:
    command_id = str(uuid.uuid4())
    given = {"tier": TIER, "organisation": ORGANISATION}
    fields = "application { id }"
    first, again = (
        api.do("submitApplication", given, Role.APPLICANT, returning=fields, command_id=command_id)
        for _ in range(2)
    )
    assert first == again
    assert api.ask("{ applications { totalCount } }", Role.APPLICANT) == {
        "applications": {"totalCount": 1}
    }


def test_what_has_already_happened_appends_nothing(small_api: Api) -> None:
    given = {"tier": "collaborative-partner", "seats": 9}
    accepted(small_api.do("setSeats", given, Role.DIRECTOR))
    again = accepted(small_api.do("setSeats", given, Role.DIRECTOR))
    assert again["receipt"] == {"position": None, "entryIds": [], "leafHashes": [], "entries": []}


def test_a_stale_version_is_a_conflict(api: Api) -> None:
    version = api.ask("{ coalition { version } }")["coalition"]["version"]
    given = {"tier": "collaborative-partner", "seats": 9, "expectedVersion": version}
    accepted(api.do("setSeats", given, Role.DIRECTOR))
    stale = api.do("setSeats", given | {"seats": 10}, Role.DIRECTOR)
    assert stale == {
        "__typename": "Conflict",
        "code": "CONFLICT",
        "message": f"You expected version {version}; it is at {version + 1}.",
        "expectedVersion": version,
        "actualVersion": version + 1,
    }


def test_the_receipt_proves_what_was_appended(small_api: Api) -> None:
    receipt = accepted(submit(small_api))["receipt"]
    found = small_api.ask(
        "query ($by: EntryKey!) { ledger { entry(by: $by) { id position leafHash } } }",
        by={"position": receipt["position"]},
    )["ledger"]["entry"]
    assert found["id"] == receipt["entryIds"][-1]
    assert found["leafHash"] == receipt["leafHashes"][-1]


def test_what_is_read_after_a_mutation_is_read_after_it(small_api: Api) -> None:
    query = """mutation ($a: SetSeatsInput!, $b: SetSeatsInput!) {
        a: setSeats(input: $a) { ... on SetSeatsAccepted { coalition { seats { limit } } } }
        b: setSeats(input: $b) { ... on SetSeatsAccepted { coalition { seats { limit } } } }
    }"""

    def given(seats: int) -> dict[str, object]:
        return {
            "commandId": str(uuid.uuid4()),
            "tier": "collaborative-partner",
            "seats": seats,
        }

    reply = small_api.send(query, Role.DIRECTOR, a=given(20), b=given(30))
    assert reply.data == {
        "a": {"coalition": {"seats": [{"limit": 20}]}},
        "b": {"coalition": {"seats": [{"limit": 30}]}},
    }
    assert reply.extensions["ledger"]["position"] == 7


def test_a_stale_version_of_the_review_is_a_conflict(api: Api) -> None:
    application = accepted(submit(api))["application"]["id"]
    reviewer = api.coalition.principals[Role.REVIEWER]
    given: dict[str, object] = {"application": application}
    first = {"reviewer": reviewer.id, "expectedVersion": 0}
    fields = "application { version review { version } }"
    answer = api.do("assignReviewer", given | first, Role.DIRECTOR, returning=fields)
    assert accepted(answer)["application"] == {"version": 2, "review": {"version": 1}}
    requirement = f"{TIER}.commitment"
    finding = given | {"requirement": requirement, "met": True, "expectedVersion": 1}
    found = api.do("recordFinding", finding, reviewer, returning=fields)
    # The application's own version stays, so that it could not tell one finding from another.
    assert accepted(found)["application"] == {"version": 2, "review": {"version": 2}}
    stale: list[tuple[str, dict[str, object], Role]] = [
        ("recordFinding", {"requirement": requirement, "met": False}, Role.REVIEWER),
        ("recordReview", {"recommendation": "ADMIT", "reasons": "Seen."}, Role.REVIEWER),
        ("declineApplication", {"clauses": [requirement]}, Role.COMMITTEE),
        ("admitMember", {}, Role.COMMITTEE),
        ("changeTier", {}, Role.COMMITTEE),
    ]
    for mutation, more, who in stale:
        answer = api.do(mutation, given | more | {"expectedVersion": 1}, who)
        assert (answer["__typename"], answer["actualVersion"]) == ("Conflict", 2), mutation


def test_a_plan_is_not_shown_once_the_standard_is_assessed_otherwise(small_api: Api) -> None:
    application = accepted(submit(small_api))["application"]["id"]
    reviewer = small_api.coalition.principals[Role.REVIEWER]
    given: dict[str, object] = {"application": application}
    accepted(small_api.do("assignReviewer", given | {"reviewer": reviewer.id}, Role.DIRECTOR))
    standard = POLICY.standards_for(TIER)[0].id
    fields = "application { review { plans { standard due } } }"

    def plans_after(mutation: str, more: dict[str, object]) -> list[dict[str, str]]:
        sent = given | {"standard": standard} | more
        answer = small_api.do(mutation, sent, reviewer, returning=fields)
        plans: list[dict[str, str]] = accepted(answer)["application"]["review"]["plans"]
        return plans

    plan = {"standard": standard, "due": "2023-06-01"}
    towards: dict[str, object] = {"assessment": "WORKS_TOWARDS"}
    plans_after("assessStandard", towards)
    assert plans_after("openImprovementPlan", {"due": "2023-06-01", "steps": "A course."}) == [plan]
    assert plans_after("assessStandard", towards | {"note": "As agreed."}) == [plan]
    assert plans_after("assessStandard", {"assessment": "EXHIBITS"}) == []
    assert plans_after("assessStandard", towards) == []
