"""Who leads the coalition, and to whom they are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from domain.coalition.leadership import AppointDirector
from domain.terms import PersonId, TermId
from service.graphql.ids import NodeKind, global_id
from service.ledger.request import Accepted
from service.security.principal import Role
from tests.service.assembly import Assembly
from tests.service.coalition import new_id, organisation
from tests.service.graphql.api import Api
from tests.service.graphql.recording import RECORD, governance, must, partner_of


@pytest.mark.parametrize("role", list(Role))
def test_a_person_is_named_to_those_who_have_to_know_until_they_let_everybody_know(
    small_api: Api, role: Role
) -> None:
    query = "{ governance { director { id name recordedName person } } }"
    answer = must(small_api, "appointDirector", {"name": "Robin Example"}, "term { id }")
    term = answer["term"]["id"]
    seen = governance(small_api, query, role)["director"]
    assert seen["name"] is None
    assert seen["recordedName"] == ("Robin Example" if role is Role.DIRECTOR else None)
    assert (seen["person"] is not None) is (role in {Role.COMMITTEE, Role.DIRECTOR, Role.AUDITOR})
    must(small_api, "changeNaming", {"term": term, "named": True})
    assert governance(small_api, query, role)["director"]["name"] == "Robin Example"


def test_consent_to_be_named_is_judged_now_in_answers_about_the_past(recorded: Api) -> None:
    query = """query ($asOf: AsOf) { governance(asOf: $asOf) { leaders { id office name } } }"""

    def name(as_of: dict[str, Any] | None = None) -> object:
        return governance(recorded, query, as_of=as_of)["leaders"][1]["name"]

    head = recorded.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
    assert name() == "Teal Example"
    term = governance(recorded, query)["leaders"][1]["id"]
    recorded.coalition.clock.advance(days=1)
    must(recorded, "changeNaming", {"term": term, "named": False})
    assert name() is None
    assert name({"at": {"position": head}}) is None
    must(recorded, "changeNaming", {"term": term, "named": True})
    assert name({"at": {"position": head}}) == "Teal Example"


def test_a_director_is_succeeded_and_the_roster_remembers(recorded: Api) -> None:
    recorded.coalition.clock.advance(days=30)
    answer = must(
        recorded,
        "appointDirector",
        {"name": "Wren Example", "named": True},
        "term { name since }",
    )
    assert answer["term"] == {"name": "Wren Example", "since": "2023-04-01"}
    assert [each["type"] for each in answer["receipt"]["entries"]] == [
        "leadership.term_ended.v1",
        "leadership.director_appointed.v1",
    ]
    seen = governance(recorded, RECORD)
    assert seen["director"]["name"] == "Wren Example"
    directors = [each for each in seen["roster"] if each["office"] == "DIRECTOR"]
    assert [each["until"] for each in directors] == ["2023-04-01", None]
    day_before = governance(recorded, RECORD, as_of={"effectiveOn": "2023-03-31"})
    assert day_before["director"]["since"] == "2023-03-02"


def test_whoever_opens_the_ledger_anew_knows_who_directs(recorded: Api) -> None:
    coalition = recorded.coalition
    command = AppointDirector(term=TermId(new_id()), person=PersonId(new_id()), name="Wren Example")
    request = coalition.request(command, coalition.principals[Role.DIRECTOR])
    other = coalition.reopen()
    try:
        outcome = other.execute(request)
    finally:
        other.close()
    assert isinstance(outcome, Accepted)
    assert len(outcome.entries) == 2
    # The first process takes in what the other appended.
    must(recorded, "appointDirector", {"name": "Robin Example"})
    directors = [
        each["until"]
        for each in governance(recorded, RECORD)["roster"]
        if each["office"] == "DIRECTOR"
    ]
    assert directors == ["2023-03-02", "2023-03-02", None]


def test_nobody_is_director_after_the_term_has_ended(recorded: Api) -> None:
    query = "{ governance { director { id } } }"
    term = governance(recorded, query)["director"]["id"]
    recorded.coalition.clock.advance(days=1)
    must(recorded, "endTerm", {"term": term}, "term { until }")
    assert governance(recorded, query)["director"] is None
    again = recorded.do("endTerm", {"term": term}, Role.DIRECTOR)
    assert again["receipt"]["entryIds"] == []


def test_a_person_keeps_their_key_from_one_office_to_the_next(small_api: Api) -> None:
    query = "{ governance { director { person } } }"
    must(small_api, "appointDirector", {"name": "Robin Example"})
    person = governance(small_api, query, Role.DIRECTOR)["director"]["person"]
    party = partner_of(small_api.coalition)
    given = {"party": party, "name": "Robin Example", "person": person}
    must(small_api, "namePartnerLeader", given)
    refused = small_api.do("namePartnerLeader", given | {"person": new_id()}, Role.DIRECTOR)
    assert (refused["rule"], refused["field"]) == ("known-person", "person")
    # Who may not name leaders learns of nobody, known or not.
    for guessed in (person, new_id()):
        answer = small_api.do("namePartnerLeader", given | {"person": guessed}, Role.COMMITTEE)
        assert answer["__typename"] == "NotAllowed"


def test_a_party_that_is_no_partner_has_no_leaders(small_api: Api) -> None:
    member = small_api.coalition.admit("coalition-member", organisation(ein="431309999"))
    given = {"party": global_id(NodeKind.PARTY, member.party), "name": "Teal Example"}
    answer = small_api.do("namePartnerLeader", given, Role.DIRECTOR)
    assert (answer["code"], answer["rule"]) == ("NOT_ELIGIBLE", "partners-lead")


def test_a_leader_leads_no_longer_than_the_partner_is_one(
    database_url: str, tmp_path: Path
) -> None:
    assembly = Assembly(database_url, tmp_path, partners=2)
    api, clock = Api(assembly.coalition), assembly.coalition.clock
    query = """query ($asOf: AsOf) { governance(asOf: $asOf) {
        leaders { since } roster { since until } } }"""
    membership = {"membership": global_id(NodeKind.MEMBERSHIP, assembly.partners[0].membership)}
    given = {"party": global_id(NodeKind.PARTY, assembly.partners[0].party), "name": "Kim Example"}
    must(api, "namePartnerLeader", given)
    assert governance(api, query)["leaders"] == [{"since": "2023-03-01"}]
    clock.advance(days=31)
    must(api, "withdrawMembership", membership | {"reason": "We go our own way."})

    ended = {"since": "2023-03-01", "until": "2023-04-01"}
    assert governance(api, query) == {"leaders": [], "roster": [ended]}
    before = governance(api, query, as_of={"effectiveOn": "2023-03-31"})
    assert before == {"leaders": [{"since": "2023-03-01"}], "roster": [ended | {"until": None}]}

    # Who comes back says anew who leads it, and not from a day before.
    clock.advance(days=30)
    question = {"kind": "ADMISSION", "closesOn": "2023-05-08"} | membership
    opened = api.do("openVote", question, Role.COMMITTEE, returning="vote { id }")
    vote = {"vote": opened["vote"]["id"]}
    api.do("castVote", vote | {"ballot": "APPROVE"}, assembly.speaker(1))
    must(api, "closeVote", vote)
    back = api.do("reinstateMembership", membership, Role.COMMITTEE)
    assert back["__typename"] == "ReinstateMembershipAccepted", back
    assert governance(api, query) == {"leaders": [], "roster": [ended]}
    early = api.do("namePartnerLeader", given | {"effectiveOn": "2023-04-20"}, Role.DIRECTOR)
    assert (early["code"], early["field"]) == ("TOO_EARLY", "effectiveOn")
    must(api, "namePartnerLeader", given)
    anew = {"since": "2023-05-01"}
    assert governance(api, query) == {"leaders": [anew], "roster": [ended, anew | {"until": None}]}
    assembly.coalition.close()
