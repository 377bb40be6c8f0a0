"""What parties are called, and who spoke for them, as each role may know it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.terms import PartyId, PersonId, PrincipalId
from service.graphql.ids import NodeKind, global_id, own_id
from service.ledger.engine import begin_writing
from service.security import api_keys, issuing, key_ring
from service.security.principal import Principal, Role
from tests.service.coalition import organisation
from tests.service.graphql.api import Api
from tests.service.graphql.year import Year

NAMED = """query ($name: String!) { organisationsNamed(name: $name) {
    id name ... on Organisation { names { name use } } } }"""
PEOPLE = "person name since until"
REPRESENTED = f"""party {{ ... on Organisation {{
    representatives {{ {PEOPLE} }} formerRepresentatives {{ {PEOPLE} }} }} }}"""


def admitted(api: Api) -> str:
    case = api.coalition.admit("community-network", organisation("Hopeful Action"))
    return global_id(NodeKind.PARTY, case.party)


def test_an_organisation_is_found_by_every_name_and_only_by_staff(api: Api) -> None:
    party = admitted(api)
    accepted = "RenamePartyAccepted"
    renamed = api.do(
        "renameParty",
        {"party": party, "name": "Hopeful Action Network"},
        Role.DIRECTOR,
        returning="party { name }",
    )
    assert (renamed["__typename"], renamed["party"]["name"]) == (accepted, "Hopeful Action Network")
    aliased = api.do("addAlias", {"party": party, "alias": "H.A.N."}, Role.DIRECTOR)
    assert aliased["__typename"] == "AddAliasAccepted"

    for name in ("hopeful action", "Hopeful-Action NETWORK", "han"):
        found = api.ask(NAMED, Role.COMMITTEE, name=name)["organisationsNamed"]
        assert [each["id"] for each in found] == [party]
        assert found[0]["name"] == "Hopeful Action Network"
        assert found[0]["names"] == [
            {"name": "Hopeful Action", "use": "FORMER"},
            {"name": "Hopeful Action Network", "use": "PRESENT"},
            {"name": "H.A.N.", "use": "ALIAS"},
        ]
        for who in (Role.PUBLIC, Role.PORTAL, Role.APPLICANT):
            assert api.ask(NAMED, who, name=name)["organisationsNamed"] is None
    assert api.ask(NAMED, Role.COMMITTEE, name="Hopeful")["organisationsNamed"] == []


def test_a_name_written_down_late_does_not_take_the_place_of_a_later_one(api: Api) -> None:
    party = admitted(api)
    first = api.coalition.clock.now.date()
    api.coalition.clock.advance(days=20)
    later = str(first + timedelta(days=10))
    named = {"party": party, "name": "Harbour Network", "effectiveOn": later}
    assert api.do("renameParty", named, Role.DIRECTOR)["__typename"] == "RenamePartyAccepted"
    for day in (first, first + timedelta(days=9)):
        late = {"party": party, "name": "Harbour House", "effectiveOn": str(day)}
        refused = api.do("renameParty", late, Role.DIRECTOR)
        assert (refused["code"], refused["field"]) == ("TOO_EARLY", "effectiveOn")
        (unmet,) = refused["unmet"]
        assert later in unmet["satisfiedBy"]
    late = {"party": party, "name": "Harbour House", "effectiveOn": later}
    assert api.do("renameParty", late, Role.DIRECTOR)["__typename"] == "RenamePartyAccepted"


def test_a_member_is_not_listed_under_the_name_of_another_one(
    database_url: str, tmp_path: Path
) -> None:
    """It was with a telephone of its own, by saying that name as an alias first."""
    year = Year(database_url, tmp_path)
    one, other = year.partners[:2]
    party = {"party": one.party}
    listing = party | {"name": other.name, "counties": ["29510"], "phone": "+1 314 555 0100"}
    year.may_not("publishListing", one.speaker, "listing.own-name", **listing)
    # Its case, spaces and punctuation make no other name of it.
    for name in (other.name, f"{other.name.upper()}."):
        year.may_not("addAlias", one.speaker, "names.taken", **party, alias=name)
        year.may_not("renameParty", one.speaker, "names.taken", **party, name=name)
    year.does("addAlias", one.speaker, **party, alias="The Lantern")
    year.does("publishListing", one.speaker, **listing | {"name": "The Lantern"})
    year.may_not("addAlias", other.speaker, "names.taken", party=other.party, alias="the lantern")
    # Where both have a name, the director says so.
    year.does("addAlias", Role.DIRECTOR, **party, alias=other.name)
    year.does("publishListing", one.speaker, **listing)
    year.coalition.close()


def test_a_new_name_publishes_nothing(api: Api) -> None:
    party = admitted(api)
    representative = api.coalition.representative(PartyId(own_id(NodeKind.PARTY, party) or ""))
    api.do("publishListing", {"party": party, "name": "Hopeful Action"}, representative)
    api.do("renameParty", {"party": party, "name": "Secret Harbour"}, representative)
    listed = api.ask("{ directory { nodes { name } } }")["directory"]["nodes"]
    assert {"name": "Hopeful Action"} in listed
    assert {"name": "Secret Harbour"} not in listed


def _appoint(api: Api, given: dict[str, Any]) -> dict[str, Any]:
    contacts = {"capacity": "director", "name": "Sam Invented", "email": "sam@example.org"}
    answer = api.do("appointRepresentative", contacts | given, Role.DIRECTOR, returning=REPRESENTED)
    assert answer["__typename"] == "AppointRepresentativeAccepted", answer
    party: dict[str, Any] = answer["party"]
    return party


def test_a_successor_takes_over_and_the_former_representative_is_kept(api: Api) -> None:
    party = admitted(api)
    first = _appoint(api, {"party": party})["representatives"][0]
    after = _appoint(api, {"party": party, "name": "Kim Invented", "replaces": first["person"]})

    assert [each["name"] for each in after["representatives"]] == ["Kim Invented"]
    (former,) = after["formerRepresentatives"]
    assert (former["person"], former["name"]) == (first["person"], "Sam Invented")
    assert former["until"] is not None

    # Who left is nobody whose contacts could be changed, or who could be succeeded anew.
    again = api.do("endRepresentation", {"party": party, "person": first["person"]}, Role.DIRECTOR)
    assert again["__typename"] == "EndRepresentationAccepted"
    assert again["receipt"]["entryIds"] == []
    unknown = api.do("endRepresentation", {"party": party, "person": "nobody"}, Role.DIRECTOR)
    assert (unknown["code"], unknown["field"]) == ("INVALID_INPUT", "person")


def test_a_former_representative_who_returns_is_the_same_person(api: Api) -> None:
    party = admitted(api)
    first = _appoint(api, {"party": party})["representatives"][0]["person"]
    _appoint(api, {"party": party, "name": "Kim Invented", "replaces": first})

    back = _appoint(api, {"party": party, "person": first, "name": "Sam Invented-Harbour"})
    names = {each["person"]: each["name"] for each in back["representatives"]}
    assert names[first] == "Sam Invented-Harbour"
    assert len(names) == 2

    elsewhere = own_id(NodeKind.PARTY, admitted_elsewhere(api)) or ""
    answer = api.do(
        "appointRepresentative",
        {
            "party": global_id(NodeKind.PARTY, elsewhere),
            "person": first,
            "capacity": "director",
            "name": "Sam Invented",
            "email": "sam@example.org",
        },
        Role.DIRECTOR,
    )
    assert (answer["rule"], answer["field"]) == ("known-representative", "person")


def admitted_elsewhere(api: Api) -> str:
    case = api.coalition.admit("community-network", organisation("Lantern Library"))
    return global_id(NodeKind.PARTY, case.party)


def test_a_key_that_names_a_person_ends_with_their_term(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_ring, "CACHE_S", 0.0)
    party = admitted(api)
    person = _appoint(api, {"party": party})["representatives"][0]["person"]
    stream = PartyId(own_id(NodeKind.PARTY, party) or "")
    principal = Principal(PrincipalId("sam"), Role.REPRESENTATIVE, stream)
    clock, engine = api.coalition.clock, api.coalition.ledger.engine
    ring = key_ring.KeyRing(engine, lambda: clock().timestamp())

    def key(whose: str) -> issuing.NewKey:
        with begin_writing(engine) as connection:
            return issuing.create(
                connection, principal, "Sam's", now=clock(), person=PersonId(whose)
            )

    with pytest.raises(api_keys.KeyRefusedError, match="speaks for its party"):
        key("somebody else")
    made = key(person)
    assert ring.authenticate(made.text) == principal
    api.do("endRepresentation", {"party": party, "person": person}, Role.DIRECTOR)
    assert ring.authenticate(made.text) is None
    with pytest.raises(api_keys.KeyRefusedError), begin_writing(engine) as connection:
        issuing.rotate(connection, made.key.prefix, now=clock())
    _appoint(api, {"party": party, "person": person})
    assert ring.authenticate(made.text) == principal


CORRECTED = """nameEntry { id } nameCorrections {
    field original { id position } entry { id ... on ConfidentialEntry { type } } }"""
AS_OF = """query ($id: ID!, $asOf: AsOf) { membership(id: $id, asOf: $asOf) { party {
    name ... on Organisation { names { name use } } } } }"""


def test_a_corrected_name_shows_both_entries_and_is_found_as_it_reads_now(api: Api) -> None:
    party = admitted(api)
    shown = f"party {{ name {CORRECTED} ... on Organisation {{ names {{ name use }} }} }}"
    before = api.ask(
        "query ($id: ID!) { node(id: $id) { ... on Party { nameEntry { id } } } }",
        Role.DIRECTOR,
        id=party,
    )["node"]["nameEntry"]["id"]
    given = {"party": party, "entry": before, "name": "Helpful Action", "reason": "A slip."}
    answer = api.do("correctPartyName", given, Role.DIRECTOR, returning=shown)
    assert answer["__typename"] == "CorrectPartyNameAccepted", answer
    corrected = answer["party"]
    assert corrected["name"] == "Helpful Action"
    assert corrected["names"] == [{"name": "Helpful Action", "use": "PRESENT"}]
    assert corrected["nameEntry"]["id"] == before
    (made,) = corrected["nameCorrections"]
    assert (made["field"], made["original"]["id"]) == ("name", before)
    assert made["entry"]["type"] == "party.organisation_name_corrected.v1"

    for name, found in (("Helpful action", [party]), ("Hopeful action", [])):
        named = api.ask(NAMED, Role.COMMITTEE, name=name)["organisationsNamed"]
        assert [each["id"] for each in named] == found
    again = api.do("correctPartyName", given, Role.DIRECTOR)
    assert again["receipt"]["entryIds"] == []
    wrong = api.do("correctPartyName", given | {"entry": made["entry"]["id"]}, Role.DIRECTOR)
    assert (wrong["code"], wrong["rule"], wrong["field"]) == (
        "INVALID_INPUT",
        "naming-entries",
        "entry",
    )


def test_a_corrected_name_reads_right_on_every_day_and_wrong_as_it_was_known(api: Api) -> None:
    case = api.coalition.admit("community-network", organisation("Hopeful Action"))
    membership = global_id(NodeKind.MEMBERSHIP, case.membership)
    party = global_id(NodeKind.PARTY, case.party)
    admitted_at = api.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
    first_day = api.coalition.clock().date().isoformat()
    api.coalition.clock.advance(days=10)
    renamed = api.do("renameParty", {"party": party, "name": "Harbour Action"}, Role.DIRECTOR)
    assert renamed["__typename"] == "RenamePartyAccepted"
    names = "party { ... on Organisation { names { entry { id } } } }"
    added = api.do("addAlias", {"party": party, "alias": "H.A."}, Role.DIRECTOR, returning=names)[
        "party"
    ]["names"]
    fix = {"party": party, "entry": added[0]["entry"]["id"], "name": "Helpful Action"}
    assert api.do("correctPartyName", fix, Role.DIRECTOR)["__typename"].endswith("Accepted")

    def named(as_of: dict[str, Any] | None) -> tuple[str, list[tuple[str, str]]]:
        found = api.ask(AS_OF, Role.DIRECTOR, id=membership, asOf=as_of)["membership"]["party"]
        return found["name"], [(each["name"], each["use"]) for each in found["names"]]

    assert named(None) == (
        "Harbour Action",
        [("Helpful Action", "FORMER"), ("Harbour Action", "PRESENT"), ("H.A.", "ALIAS")],
    )
    # What held on the first day, as it is known now: the name was never the slip.
    assert named({"effectiveOn": first_day}) == (
        "Helpful Action",
        [("Helpful Action", "PRESENT")],
    )
    # What was known then: the slip.
    assert named({"at": {"position": admitted_at}})[0] == "Hopeful Action"


def test_only_the_party_and_the_director_correct_its_name(api: Api) -> None:
    party = admitted(api)
    entry = api.ask(
        "query ($id: ID!) { node(id: $id) { ... on Party { nameEntry { id } } } }",
        Role.DIRECTOR,
        id=party,
    )["node"]["nameEntry"]["id"]
    given = {"party": party, "entry": entry, "name": "Helpful Action"}
    for who in (Role.PUBLIC, Role.PORTAL, Role.APPLICANT, Role.COMMITTEE, Role.AUDITOR):
        assert api.do("correctPartyName", given, who)["code"] == "NOT_ALLOWED"
    speaker = api.coalition.representative(PartyId(own_id(NodeKind.PARTY, party) or ""))
    assert api.do("correctPartyName", given, speaker)["__typename"] == "CorrectPartyNameAccepted"
