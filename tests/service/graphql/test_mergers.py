"""Organisations merge and are separated, through the API, as each role may know it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.graphql.ids import NodeKind, global_id
from service.security.principal import Role
from tests.service.assembly import Assembly
from tests.service.coalition import Admitted
from tests.service.graphql.api import Api
from tests.service.ledger.rows import everything

PARTY = """query ($id: ID!) { node(id: $id) { ... on Organisation {
    id name mergedInto { id name } parts { id } membership { id standing } } } }"""
MEMBERSHIP = """query ($id: ID!, $asOf: AsOf) { membership(id: $id, asOf: $asOf) {
    standing mergedInto { id standing } party { id } } }"""
NAMED = "query ($name: String!) { organisationsNamed(name: $name) { id } }"
SEATS = "{ coalition { seats { taken } } }"


class Partners:
    """Three partners, of whom two become one."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.assembly = Assembly(database_url, folder, partners=3)
        self.api = Api(self.assembly.coalition)
        self.one, self.two, self.three = self.assembly.partners

    def party(self, whose: Admitted) -> str:
        return global_id(NodeKind.PARTY, whose.party)

    def membership(self, whose: Admitted) -> str:
        return global_id(NodeKind.MEMBERSHIP, whose.membership)

    def merge(self, who: Role = Role.DIRECTOR, **more: object) -> dict[str, Any]:
        given = {
            "survivor": self.party(self.one),
            "merged": self.party(self.two),
            "membership": self.membership(self.one),
            "reason": "They share a house now.",
        }
        returning = "party { id ... on Organisation { parts { id } } }"
        return self.api.do("mergeParties", given | more, who, returning=returning)

    def separate(self, who: Role = Role.DIRECTOR) -> dict[str, Any]:
        given = {"party": self.party(self.two), "reason": "They are two again."}
        returning = "party { ... on Organisation { mergedInto { id } membership { standing } } }"
        return self.api.do("separateParties", given, who, returning=returning)

    def seen(self, whose: Admitted, who: Role = Role.COMMITTEE) -> Any:  # noqa: ANN401 - JSON
        return self.api.ask(PARTY, who, id=self.party(whose))["node"]

    def standing(self, whose: Admitted, **as_of: object) -> Any:  # noqa: ANN401 - JSON
        variables = {"id": self.membership(whose), "asOf": as_of or None}
        return self.api.ask(MEMBERSHIP, **variables)["membership"]


@pytest.fixture
def partners(database_url: str, tmp_path: Path) -> Iterator[Partners]:
    partners = Partners(database_url, tmp_path)
    yield partners
    partners.assembly.coalition.close()


def test_two_become_one_and_everything_leads_to_the_one_that_goes_on(partners: Partners) -> None:
    api, one, two = partners.api, partners.party(partners.one), partners.party(partners.two)
    name = partners.seen(partners.two)["name"]
    taken = api.ask(SEATS)["coalition"]["seats"][0]["taken"]
    merged = partners.merge()
    assert merged["party"] == {"id": one, "parts": [{"id": two}]}

    part = partners.seen(partners.two)
    assert part["mergedInto"] == {"id": one, "name": partners.seen(partners.one)["name"]}
    assert part["name"] == name
    assert part["membership"] == {"id": partners.membership(partners.two), "standing": "MERGED"}
    whole = partners.seen(partners.one)
    assert whole["membership"] == {"id": partners.membership(partners.one), "standing": "ACTIVE"}

    # Anybody sees which membership goes on; which parties they are, only staff.
    assert partners.standing(partners.two) == {
        "standing": "MERGED",
        "mergedInto": {"id": partners.membership(partners.one), "standing": "ACTIVE"},
        "party": None,
    }
    assert api.ask(SEATS)["coalition"]["seats"][0]["taken"] == taken - 1
    found = api.ask(NAMED, Role.COMMITTEE, name=name)["organisationsNamed"]
    assert [each["id"] for each in found] == [one]
    assert partners.merge()["receipt"]["entryIds"] == []


def test_what_was_is_known_as_of_before(partners: Partners) -> None:
    before = partners.api.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
    partners.merge()
    then = partners.standing(partners.two, at={"position": before})
    assert (then["standing"], then["mergedInto"]) == ("ACTIVE", None)


def test_a_vote_that_is_open_keeps_one_vote_of_the_two(partners: Partners) -> None:
    api, assembly = partners.api, partners.assembly
    application = global_id(NodeKind.APPLICATION, assembly.apply())
    closes_on = str(assembly.today + timedelta(days=7))
    opened = api.do(
        "openVote",
        {"kind": "ADMISSION", "application": application, "closesOn": closes_on},
        Role.DIRECTOR,
        returning="vote { id }",
    )
    vote = opened["vote"]["id"]
    numbers = [assembly.partners.index(each) for each in (partners.one, partners.two)]
    speakers = [assembly.speaker(number) for number in (*numbers, 2)]
    api.do("castVote", {"vote": vote, "ballot": "AGAINST"}, speakers[1])
    partners.merge()
    again = api.do("castVote", {"vote": vote, "ballot": "APPROVE"}, speakers[0])
    assert (again["code"], again["rule"]) == ("ALREADY_VOTED", "votes.one-each")
    gone = api.do("castVote", {"vote": vote, "ballot": "APPROVE"}, speakers[1])
    assert (gone["code"], gone["rule"]) == ("WRONG_PHASE", "party.merged")
    api.do("castVote", {"vote": vote, "ballot": "APPROVE"}, speakers[2])
    # The ballot of the one stands as that of the other until it is closed.
    early = partners.separate()
    assert (early["code"], early["rule"]) == ("WRONG_PHASE", "merger.one-voter")
    # Both who may vote have: one for it, one against.
    closed = api.do(
        "closeVote",
        {"vote": vote},
        Role.COMMITTEE,
        returning="vote { outcome counted { approve against abstain } }",
    )
    assert closed["vote"] == {
        "outcome": "FAILED",
        "counted": {"approve": 1, "against": 1, "abstain": 0},
    }
    assert partners.separate()["party"]["mergedInto"] is None


def test_whoever_opens_the_ledger_anew_knows_what_was_merged(partners: Partners) -> None:
    partners.merge()
    reopened = partners.assembly.coalition.reopen()
    coalition = partners.assembly.coalition
    first, coalition.ledger = coalition.ledger, reopened
    named = partners.api.do(
        "renameParty", {"party": partners.party(partners.two), "name": "Another"}, Role.DIRECTOR
    )
    assert (named["code"], named["rule"]) == ("WRONG_PHASE", "party.merged")
    apart = partners.separate()
    assert apart["party"] == {"mergedInto": None, "membership": {"standing": "ACTIVE"}}
    coalition.ledger = first
    reopened.close()


def test_a_separation_gives_back_the_membership_and_what_it_stood_for(partners: Partners) -> None:
    partners.merge()
    assert partners.separate(Role.COMMITTEE)["__typename"] == "NotAllowed"
    apart = partners.separate()
    assert apart["party"] == {"mergedInto": None, "membership": {"standing": "ACTIVE"}}
    assert partners.standing(partners.two)["mergedInto"] is None
    assert partners.seen(partners.one)["parts"] == []
    again = partners.separate()
    assert (again["code"], again["rule"]) == ("WRONG_PHASE", "party.merged")


def test_they_are_separated_whatever_may_be_expunged_of_the_merger(partners: Partners) -> None:
    merged = partners.merge(membership=partners.membership(partners.two))
    *_, entry = merged["receipt"]["entryIds"]
    for field in ("passed", "membership", "ended"):
        given = {"entry": entry, "field": field}
        refused = partners.api.do("expungeValue", given, Role.DIRECTOR)
        assert (refused["rule"], refused["field"]) == ("needed-fields", "field")
    given = {"entry": entry, "field": "reason"}
    expunged = partners.api.do("expungeValue", given, Role.DIRECTOR, returning="__typename")
    assert expunged["__typename"] == "ExpungeValueAccepted", expunged
    apart = partners.separate()
    # The membership that was brought goes back.
    assert apart["party"] == {"mergedInto": None, "membership": {"standing": "ACTIVE"}}


def test_only_the_director_merges_and_only_staff_know_who_was(partners: Partners) -> None:
    before = everything(partners.assembly.coalition)
    for role in set(Role) - {Role.DIRECTOR}:
        assert partners.merge(role)["__typename"] == "NotAllowed"
    wrong = partners.merge(membership=partners.membership(partners.three))
    assert (wrong["code"], wrong["field"]) == ("INVALID_INPUT", "membership")
    assert everything(partners.assembly.coalition) == before
    partners.merge()
    assert partners.seen(partners.two, Role.PUBLIC) is None
    entries = """{ ledger { entries(last: 5) { nodes { __typename
        ... on OpenEntry { type publicData } } } } }"""
    shown = partners.api.ask(entries)["ledger"]["entries"]["nodes"]
    assert [each.get("type") for each in shown if each["__typename"] == "OpenEntry"][-1:] == [
        "membership.merged.v1"
    ]
    assert [each["__typename"] for each in shown[-2:]] == ["ConfidentialEntry"] * 2
