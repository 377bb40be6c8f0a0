"""An address is read by its party alone, and by others through a disclosure that is recorded."""

from __future__ import annotations

from typing import Any

import pytest

from domain.terms import PartyId
from service.graphql.ids import NodeKind, global_id, own_id
from service.security.principal import Principal, Role
from tests.service.coalition import individual, organisation
from tests.service.graphql.api import Api
from tests.service.graphql.everything import everything
from tests.service.graphql.steps import accepted

ADDRESS = "17 Invented Passage, rear door"
FIELDS = "address addressDisclosures { on recipient purpose }"
GIVEN = {"recipient": "Larkspur Movers", "purpose": "Twelve beds."}
NODE = f"query ($id: ID!) {{ node(id: $id) {{ ... on Party {{ {FIELDS} }} }} }}"


@pytest.fixture(params=["organisation", "individual"])
def party(api: Api, request: pytest.FixtureRequest) -> str:
    if request.param == "organisation":
        details = organisation(ein=api.coalition.ein(), party_type="education")
        admitted = api.coalition.admit("community-network", details)
    else:
        admitted = api.coalition.admit("community-network", individual())
    return global_id(NodeKind.PARTY, admitted.party)


def speaker(api: Api, party: str) -> Principal:
    return api.coalition.representative(PartyId(own_id(NodeKind.PARTY, party) or ""))


def record(api: Api, party: str, address: str | None = ADDRESS) -> None:
    given = {"party": party} | ({} if address is None else {"address": address})
    answer = accepted(
        api.do("recordAddress", given, speaker(api, party), returning=f"party {{ {FIELDS} }}")
    )
    assert answer["party"]["address"] == address


def disclose(
    api: Api, party: str, who: Role = Role.DIRECTOR, command_id: str | None = None
) -> dict[str, Any]:
    return api.do(
        "discloseAddress",
        {"party": party} | GIVEN,
        who,
        returning=f"address party {{ {FIELDS} }}",
        command_id=command_id,
    )


def test_the_director_gets_an_address_by_saying_who_needs_it(api: Api, party: str) -> None:
    record(api, party)
    answer = accepted(disclose(api, party))
    assert answer["address"] == ADDRESS
    # The field itself is the party's alone.
    assert answer["party"]["address"] is None
    (given,) = answer["party"]["addressDisclosures"]
    assert (given["recipient"], given["purpose"]) == ("Larkspur Movers", "Twelve beds.")
    seen = api.ask(NODE, speaker(api, party), id=party)["node"]
    assert seen == {"address": ADDRESS, "addressDisclosures": [given]}


def test_who_has_it_is_for_the_party_and_the_director(api: Api, party: str) -> None:
    record(api, party)
    accepted(disclose(api, party))
    for who in (Role.COMMITTEE, Role.AUDITOR):
        reply = api.send(NODE, who, id=party)
        assert reply.data is not None
        assert reply.data["node"] == {"address": None, "addressDisclosures": None}
    another = api.coalition.admit("coalition-member", organisation(ein=api.coalition.ein()))
    stranger = api.coalition.representative(another.party)
    for each in (Role.PUBLIC, Role.PORTAL, Role.OPERATOR, stranger):
        assert api.ask(NODE, each, id=party)["node"] is None


def test_nobody_else_discloses(api: Api, party: str) -> None:
    record(api, party)
    for who in set(Role) - {Role.DIRECTOR}:
        assert disclose(api, party, who)["__typename"] == "NotAllowed"
    assert (
        api.do("discloseAddress", {"party": party} | GIVEN, speaker(api, party))["__typename"]
        == "NotAllowed"
    )


def test_no_answer_and_no_entry_opens_an_address_to_anybody_but_its_party(
    api: Api, party: str
) -> None:
    record(api, party)
    accepted(disclose(api, party))
    entries = """{ ledger { entries(last: 100) { nodes {
        bytes disclosures { path value encoded } erased } } } }"""
    for who in Role:
        for query in (entries, everything()):
            reply = api.send(query, who)
            assert ADDRESS not in str((reply.data, reply.errors, reply.extensions))


def test_a_repeat_gives_the_address_that_was_given_and_no_later_one(api: Api, party: str) -> None:
    record(api, party)
    command_id = "5f0c1c7a-4a2e-4a59-9a0e-1f1c1c7a4a2e"
    first = accepted(disclose(api, party, command_id=command_id))
    again = accepted(disclose(api, party, command_id=command_id))
    assert (again["address"], again["receipt"]) == (ADDRESS, first["receipt"])
    record(api, party, "2 Other Lane")
    assert accepted(disclose(api, party, command_id=command_id))["address"] is None
    assert accepted(disclose(api, party))["address"] == "2 Other Lane"
    record(api, party, None)
    refused = disclose(api, party)
    assert (refused["__typename"], refused["rule"]) == ("Refused", "known-address")


def test_an_address_is_erased_for_good(api: Api, party: str) -> None:
    record(api, party)
    accepted(api.do("erasePerson", {"person": party}, Role.DIRECTOR))
    assert api.ask(NODE, speaker(api, party), id=party)["node"]["address"] is None
    refused = disclose(api, party)
    assert (refused["__typename"], refused["rule"]) == ("Refused", "erased-person")
