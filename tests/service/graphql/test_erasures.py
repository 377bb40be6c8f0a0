"""Erasing through the API: who may, what is answered, and what everybody sees afterwards."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from domain.policy import PartyType
from service.graphql.ids import NodeKind, global_id
from service.security.principal import Role
from tests.service.coalition import individual
from tests.service.graphql.api import Api
from tests.service.graphql.year import Year
from tests.service.ledger.erasures import QUILLONIA, entry_of, represented
from tests.service.ledger.rows import everything

PARTY = """query ($id: ID!) { node(id: $id) { ... on Organisation {
    name representatives { person } formerRepresentatives { person name email isErased until } }
    ... on Individual { name isErased } } }"""
ENTRY = "query ($id: ID!) { node(id: $id) { ... on Entry { erased disclosures { path } bytes } } }"


def ask(
    api: Api, query: str, kind: NodeKind, own: str, who: Role = Role.DIRECTOR
) -> dict[str, Any]:
    node: dict[str, Any] = api.ask(query, who, id=global_id(kind, own))["node"]
    return node


def test_an_erased_representative_is_marked(api: Api) -> None:
    party, person = represented(api.coalition)
    entry, _ = entry_of(api.coalition.ledger, party, 2)
    before = ask(api, ENTRY, NodeKind.ENTRY, entry)
    assert before["erased"] == []

    answer = api.do("erasePerson", {"person": person}, Role.DIRECTOR, returning="person")

    assert answer["person"] == person
    assert len(answer["receipt"]["entryIds"]) == 2
    shown = ask(api, PARTY, NodeKind.PARTY, party)
    assert shown["representatives"] == []
    (former,) = shown["formerRepresentatives"]
    assert former.pop("until") is not None
    assert former == {"person": person, "name": None, "email": None, "isErased": True}
    after = ask(api, ENTRY, NodeKind.ENTRY, entry)
    assert after["erased"] == ["data.email", "data.name", "data.phone"]
    assert not {each["path"] for each in after["disclosures"]} & set(after["erased"])
    assert after["bytes"] == before["bytes"]
    repeat = api.do("erasePerson", {"person": person}, Role.DIRECTOR)
    assert repeat["receipt"]["entryIds"] == []


def test_an_individual_who_is_erased_is_a_member_no_more(api: Api) -> None:
    admitted = api.coalition.admit("community-network", individual(QUILLONIA))
    person = global_id(NodeKind.PARTY, admitted.party)
    assert api.do("erasePerson", {"person": person}, Role.DIRECTOR)["receipt"]
    query = "query ($id: ID!) { membership(id: $id) { standing } }"
    membership = global_id(NodeKind.MEMBERSHIP, admitted.membership)
    assert api.ask(query, id=membership)["membership"]["standing"] == "WITHDRAWN"
    repeat = api.do("erasePerson", {"person": person}, Role.DIRECTOR)
    assert repeat["receipt"]["entryIds"] == []


def test_a_member_is_erased_at_once_after_leaving_and_otherwise_around_no_vote(
    database_url: str, tmp_path: Path
) -> None:
    year = Year(database_url, tmp_path)
    year.publishes_agreements()
    for partner in year.partners:
        year.signs(partner)
    wren = year.applies("Wren", "community-network", PartyType.INDIVIDUAL, email="w@example.org")
    year.is_reviewed(wren)
    year.is_approved(kind="ADMISSION", application=wren.application)
    year.is_admitted(wren)
    person = {"person": wren.party}
    year.may_not("erasePerson", Role.OPERATOR, "erasure.member", **person)
    ending = {"membership": wren.membership, "clauses": ["community-network.commitment"]}
    vote = year.opens_vote(kind="TERMINATION", reason="They never came.", **ending)
    year.may_not("erasePerson", Role.DIRECTOR, "votes.termination", **person)
    year.closes_vote(vote, {each.name: "AGAINST" for each in year.partners})
    for who, rule in ((Role.OPERATOR, "erasure.member"), (Role.DIRECTOR, "votes.termination")):
        year.may_not("erasePerson", who, rule, **person)
    assert year.standing(wren) == "ACTIVE"
    year.does("withdrawMembership", wren.speaker, membership=wren.membership)
    year.does("erasePerson", Role.OPERATOR, **person)
    year.coalition.close()


@pytest.mark.parametrize("appeals", [True, False], ids=["appealed", "within its days"])
def test_whose_leaving_the_director_wrote_down_is_erased_by_others_once_it_says_so_itself(
    database_url: str,
    tmp_path: Path,
    appeals: bool,  # noqa: FBT001 - pytest passes it by name
) -> None:
    year = Year(database_url, tmp_path)
    year.publishes_agreements()
    for partner in year.partners:
        year.signs(partner)
    wren = year.applies("Wren", "community-network", PartyType.INDIVIDUAL, email="w@example.org")
    year.is_reviewed(wren)
    year.is_approved(kind="ADMISSION", application=wren.application)
    year.is_admitted(wren)
    person, case = {"person": wren.party}, {"membership": wren.membership}
    year.does("withdrawMembership", Role.DIRECTOR, **case)
    if appeals:
        year.does("fileAppeal", wren.speaker, grounds="I never asked.", **case)
        year.opens_vote(kind="APPEAL", **case)
    for who in (Role.OPERATOR, Role.DIRECTOR):
        year.may_not("erasePerson", who, "erasure.appeal", **person)
    year.does("withdrawMembership", wren.speaker, **case)
    due = year.ask("{ dueDates { nodes { kind } } }", Role.DIRECTOR)["dueDates"]["nodes"]
    assert {"kind": "APPEAL"} not in due
    year.does("erasePerson", Role.OPERATOR, **person)
    year.coalition.close()


def test_an_individual_is_erased_by_the_id_of_the_party(api: Api) -> None:
    submitted = api.coalition.submit("community-network", individual(QUILLONIA))
    assert ask(api, PARTY, NodeKind.PARTY, submitted.party)["name"] == QUILLONIA

    person = global_id(NodeKind.PARTY, submitted.party)
    assert api.do("erasePerson", {"person": person}, Role.DIRECTOR)["receipt"]

    shown = ask(api, PARTY, NodeKind.PARTY, submitted.party)
    assert shown == {"name": None, "isErased": True}


def test_an_expunged_value_is_marked_and_its_neighbours_stay(api: Api) -> None:
    party, _ = represented(api.coalition)
    entry, _ = entry_of(api.coalition.ledger, party)
    given = {"entry": global_id(NodeKind.ENTRY, entry), "field": "name"}

    answer = api.do("expungeValue", given, Role.DIRECTOR, returning="entry { erased }")

    assert answer["entry"] == {"erased": ["data.name"]}
    assert ask(api, PARTY, NodeKind.PARTY, party)["name"] is None
    assert ask(api, ENTRY, NodeKind.ENTRY, entry, Role.PUBLIC)["erased"] is None


def test_a_repeated_command_gives_the_first_answer(api: Api) -> None:
    _, person = represented(api.coalition)
    command_id = str(uuid.uuid4())
    first, second = (
        api.do("erasePerson", {"person": person}, Role.DIRECTOR, command_id=command_id)
        for _ in range(2)
    )
    assert first["receipt"] == second["receipt"]


@pytest.mark.parametrize(
    "who", [Role.PUBLIC, Role.APPLICANT, Role.REVIEWER, Role.COMMITTEE, Role.AUDITOR]
)
def test_only_the_director_and_the_operator_erase(api: Api, who: Role) -> None:
    party, person = represented(api.coalition)
    entry, _ = entry_of(api.coalition.ledger, party)
    before = everything(api.coalition)
    given = {"entry": global_id(NodeKind.ENTRY, entry), "field": "name"}
    assert api.do("erasePerson", {"person": person}, who)["code"] == "NOT_ALLOWED"
    assert api.do("expungeValue", given, who)["code"] == "NOT_ALLOWED"
    assert everything(api.coalition) == before


def test_bad_input_names_field_and_rule_and_changes_nothing(api: Api) -> None:
    party, _ = represented(api.coalition)
    entry = global_id(NodeKind.ENTRY, entry_of(api.coalition.ledger, party)[0])
    before = everything(api.coalition)
    cases: list[tuple[str, dict[str, Any], str, str]] = [
        ("erasePerson", {"person": "0" * 32}, "person", "known-person"),
        ("erasePerson", {"person": global_id(NodeKind.PARTY, party)}, "person", "known-person"),
        ("erasePerson", {"person": ""}, "person", "known-person"),
        ("expungeValue", {"entry": entry, "field": "shoe"}, "field", "known-field"),
        ("expungeValue", {"entry": entry, "field": "party_type"}, "field", "needed-fields"),
    ]
    for mutation, given, field, rule in cases:
        answer = api.do(mutation, given, Role.DIRECTOR)
        assert (answer["__typename"], answer["field"], answer["rule"]) == ("Refused", field, rule)
    unknown = {"entry": global_id(NodeKind.ENTRY, "0" * 32), "field": "name"}
    assert api.do("expungeValue", unknown, Role.DIRECTOR)["code"] == "NOT_ALLOWED"
    assert everything(api.coalition) == before
