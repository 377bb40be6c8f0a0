"""A safety hold hides a listing now, in every answer, and from nobody who has to know."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from domain.membership.party import PublishListing
from domain.terms import ListedField, PrincipalId
from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.coalition import Admitted, Coalition, individual, new_id, organisation
from tests.service.graphql.api import Api
from tests.service.graphql.everything import everything
from tests.service.graphql.steps import accepted

NAME = "Quiet Harbour Refuge"
SHOWN = "name description counties { fips } services website email phone"
DIRECTORY = f"""query ($asOf: AsOf, $filter: DirectoryFilter, $first: Int, $after: String) {{
    directory(asOf: $asOf, filter: $filter, first: $first, after: $after) {{
        totalCount nodes {{ id {SHOWN} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
MEMBERSHIPS = """query ($asOf: AsOf, $filter: MembershipFilter) {
    memberships(asOf: $asOf, filter: $filter) { totalCount nodes { listing { name } } } }"""
PARTY = f"party {{ id hold {{ since reason }} listing {{ {SHOWN} }} }}"
OUTSIDERS = (Role.PUBLIC, Role.PORTAL, Role.APPLICANT, Role.OPERATOR)


class Held(msgspec.Struct, frozen=True):
    """A member with a listing among others.

    Attributes:
        then: a point in the ledger at which it was listed.
    """

    api: Api
    member: Admitted
    representative: Principal
    party: str
    then: dict[str, Any]

    @property
    def listing(self) -> str:
        return global_id(NodeKind.LISTING, self.member.party)

    def hold(self, who: Role | Principal, **given: object) -> dict[str, Any]:
        return self.api.do("holdListing", {"party": self.party} | given, who, returning=PARTY)

    def release(self, who: Role | Principal, **given: object) -> dict[str, Any]:
        return self.api.do("releaseListing", {"party": self.party} | given, who, returning=PARTY)


def publish(coalition: Coalition, member: Admitted, name: str) -> None:
    coalition.must(
        PublishListing(
            party=member.party,
            name=name,
            description=f"{name} is here.",
            counties=["29095"],
            services=["shelter"],
            website="https://quiet.example",
            phone="+1 314 555 0177",
        ),
        coalition.representative(member.party),
    )


@pytest.fixture(params=["organisation", "individual"])
def listed(coalition: Coalition, request: pytest.FixtureRequest) -> Held:
    for name in ("Alder Centre", "Yarrow House"):
        other = coalition.admit("coalition-member", organisation(name, ein=coalition.ein()))
        publish(coalition, other, name)
    if request.param == "organisation":
        member = coalition.admit("coalition-member", organisation(NAME, ein=coalition.ein()))
    else:
        member = coalition.admit("community-network", individual(NAME))
    publish(coalition, member, NAME)
    api = Api(coalition)
    head = api.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
    return Held(
        api,
        member,
        coalition.representative(member.party),
        global_id(NodeKind.PARTY, member.party),
        {"at": {"position": head}},
    )


def directory(held: Held, who: Role, **variables: object) -> dict[str, Any]:
    found: dict[str, Any] = held.api.ask(DIRECTORY, who, **variables)["directory"]
    return found


def test_a_held_listing_is_in_no_answer_of_today_or_of_the_past(listed: Held) -> None:
    accepted(listed.hold(listed.representative))
    for who in Role:
        for as_of in (None, listed.then):
            found = directory(listed, who, asOf=as_of)
            assert found["totalCount"] == len(found["nodes"]) == 2
            assert NAME not in str(found)
            shown = listed.api.ask(MEMBERSHIPS, who, asOf=as_of)["memberships"]
            assert NAME not in str(shown)
        assert (
            listed.api.ask("query ($id: ID!) { node(id: $id) { id } }", who, id=listed.listing)[
                "node"
            ]
            is None
        )
    # The applicant is the one who applied for it.
    for who in set(OUTSIDERS) - {Role.APPLICANT}:
        whole = listed.api.send(everything(), who)
        assert NAME not in str((whole.data, whole.errors, whole.extensions))


def test_nothing_tells_a_held_listing_from_none(listed: Held) -> None:
    accepted(listed.hold(Role.DIRECTOR))
    for wanted in (
        {"text": "quiet harbour"},
        {"counties": ["29095"], "text": NAME},
        {"services": ["shelter"], "text": "Quiet"},
        {"regions": ["kansas-city"], "text": NAME},
    ):
        for as_of in (None, listed.then):
            found = directory(listed, Role.PUBLIC, filter=wanted, asOf=as_of)
            assert (found["totalCount"], found["nodes"]) == (0, [])
            assert not found["pageInfo"]["hasNextPage"]
    in_county = {"counties": ["29095"]}
    assert directory(listed, Role.PUBLIC, filter=in_county)["totalCount"] == 2
    shown = listed.api.ask(MEMBERSHIPS, filter=in_county)["memberships"]
    assert shown["totalCount"] == 2
    # From page to page, nothing is skipped and no cursor stops at what is not there.
    names, after = [], None
    while True:
        page = directory(listed, Role.PUBLIC, first=1, after=after)
        names += [each["name"] for each in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert names == ["Alder Centre", "Yarrow House"]
    for who in OUTSIDERS:
        query = "query ($name: String!) { organisationsNamed(name: $name) { name } }"
        for name in (NAME, "Nobody At All"):
            assert listed.api.ask(query, who, name=name)["organisationsNamed"] is None


def test_a_cursor_from_before_the_hold_goes_on_after_it(listed: Held) -> None:
    page = directory(listed, Role.PUBLIC, first=2)
    accepted(listed.hold(Role.REVIEWER))
    rest = directory(listed, Role.PUBLIC, first=2, after=page["pageInfo"]["endCursor"])
    shown = [each["name"] for each in (*page["nodes"], *rest["nodes"])]
    assert [name for name in shown if name != NAME] == ["Alder Centre", "Yarrow House"]
    assert all(each["name"] != NAME for each in rest["nodes"])


def test_staff_hold_without_a_reason_and_by_the_listing_alone(listed: Held) -> None:
    for who in (Role.REVIEWER, Role.COMMITTEE, Role.DIRECTOR):
        answer = accepted(listed.hold(who, party=listed.listing))
        (entry,) = answer["receipt"]["entries"]
        assert entry["type"] == "party.listing_held.v1"
        assert accepted(listed.hold(who))["receipt"]["entries"] == []
        accepted(listed.release(Role.DIRECTOR))


def test_others_do_not_hold_and_are_told_the_same_of_what_is_not_there(listed: Held) -> None:
    nobody = global_id(NodeKind.PARTY, "0" * 32)
    for who in (*OUTSIDERS, Role.AUDITOR):
        answers = [listed.hold(who), listed.hold(who, party=nobody), listed.release(who)]
        for answer in answers:
            assert answer["__typename"] == "NotAllowed"
        assert answers[0] == answers[1]


def colleague(role: Role = Role.REVIEWER) -> Principal:
    """Return another one of the staff."""
    return Principal(PrincipalId(new_id()), role)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.COMMITTEE])
def test_who_held_the_wrong_listing_releases_it_until_the_day_after(
    listed: Held, role: Role
) -> None:
    mistaken = colleague(role)
    accepted(listed.hold(mistaken, party=listed.listing))
    for another in (colleague(role), colleague(Role.COMMITTEE), role):
        assert listed.release(another)["__typename"] == "NotAllowed"
    listed.api.coalition.clock.advance(days=1)
    # They know it by its listing alone.
    accepted(listed.release(mistaken, party=listed.listing))
    assert directory(listed, Role.PUBLIC)["totalCount"] == 3
    accepted(listed.hold(mistaken))
    listed.api.coalition.clock.advance(days=2)
    assert listed.release(mistaken)["__typename"] == "NotAllowed"
    assert directory(listed, Role.PUBLIC)["totalCount"] == 2


def test_a_hold_that_somebody_else_wants_too_is_no_error(listed: Held) -> None:
    mistaken, worried = colleague(), colleague()
    accepted(listed.hold(mistaken))
    # Whoever sets it again adds nothing, and keeps what they may.
    assert accepted(listed.hold(mistaken))["receipt"]["entries"] == []
    (entry,) = accepted(listed.hold(worried))["receipt"]["entries"]
    # Nor does the receipt of a reviewer tell more than the log.
    assert entry["type"] is None
    assert accepted(listed.hold(colleague()))["receipt"]["entries"] == []
    for each in (mistaken, worried):
        assert listed.release(each)["__typename"] == "NotAllowed"
    # The public sees that there is a hold, and not that two want it.
    log = "{ ledger { entries(last: 1) { nodes { __typename publicData } } } }"
    assert listed.api.ask(log)["ledger"]["entries"]["nodes"] == [
        {"__typename": "ConfidentialEntry", "publicData": None}
    ]
    accepted(listed.release(Role.DIRECTOR))
    # Then it is as if there had been none: of an older hold nobody is the one who set it.
    accepted(listed.hold(worried))
    assert listed.release(mistaken)["__typename"] == "NotAllowed"
    accepted(listed.release(worried))


def test_nobody_else_but_the_party_and_the_director_releases(listed: Held) -> None:
    accepted(listed.hold(colleague()))
    another = listed.api.coalition.representative(
        listed.api.coalition.admit(
            "coalition-member", organisation(ein=listed.api.coalition.ein())
        ).party
    )
    for each in (Role.REVIEWER, Role.COMMITTEE, Role.AUDITOR, *OUTSIDERS, another):
        assert listed.release(each)["__typename"] == "NotAllowed"
    assert directory(listed, Role.PUBLIC)["totalCount"] == 2
    accepted(listed.release(Role.DIRECTOR))
    assert directory(listed, Role.PUBLIC)["totalCount"] == 3
    accepted(listed.hold(Role.COMMITTEE))
    accepted(listed.release(listed.representative))
    assert directory(listed, Role.PUBLIC)["totalCount"] == 3


def test_the_party_and_staff_see_what_is_held_and_why_and_the_log_does_not(listed: Held) -> None:
    answer = accepted(listed.hold(listed.representative, reason="Somebody waits outside."))
    party = answer["party"]
    assert party["hold"]["reason"] == "Somebody waits outside."
    assert party["listing"]["name"] == NAME
    query = f"query ($id: ID!) {{ node(id: $id) {{ ... on Party {{ {PARTY[8:-2]} }} }} }}"
    for who in (Role.DIRECTOR, Role.COMMITTEE):
        node = listed.api.ask(query, who, id=listed.party)["node"]
        assert node["hold"] == party["hold"]
    for who in OUTSIDERS:
        assert listed.api.ask(query, who, id=listed.party)["node"] is None
    log = "{ ledger { entries(last: 1) { nodes { publicData ... on OpenEntry { type } } } } }"
    (entry,) = listed.api.ask(log)["ledger"]["entries"]["nodes"]
    assert entry == {"publicData": {}, "type": "party.listing_held.v1"}
    released = accepted(listed.release(listed.representative))
    assert released["party"]["hold"] is None
    assert released["party"]["listing"] == party["listing"]


def test_what_is_published_under_a_hold_is_shown_after_it(listed: Held) -> None:
    accepted(listed.hold(Role.DIRECTOR))
    given = {"party": listed.party, "name": "Renamed Refuge"}
    accepted(listed.api.do("renameParty", given, listed.representative))
    returning = "listing { name } party { listing { name } }"
    answer = accepted(
        listed.api.do("publishListing", given, listed.representative, returning=returning)
    )
    # Whoever speaks for the party sees what it will show.
    assert answer["listing"] == answer["party"]["listing"] == {"name": "Renamed Refuge"}
    assert "Renamed" not in str(directory(listed, Role.PUBLIC))
    accepted(listed.release(Role.DIRECTOR))
    assert "Renamed Refuge" in str(directory(listed, Role.PUBLIC))


def test_a_hold_outlives_a_listing_that_is_withdrawn(listed: Held) -> None:
    accepted(listed.hold(Role.DIRECTOR))
    accepted(listed.api.do("withdrawListing", {"party": listed.party}, listed.representative))
    accepted(
        listed.api.do(
            "publishListing", {"party": listed.party, "name": NAME}, listed.representative
        )
    )
    assert directory(listed, Role.PUBLIC)["totalCount"] == 2


@pytest.mark.parametrize("field", [each for each in ListedField if each is not ListedField.NAME])
def test_a_field_is_shown_with_consent_to_it_and_gone_at_once_without(
    listed: Held, field: ListedField
) -> None:
    whole: dict[str, Any] = {
        "party": listed.party,
        "name": NAME,
        "description": "We listen.",
        "counties": ["29095"],
        "populations": ["young people"],
        "services": ["shelter"],
        "website": "https://quiet.example",
        "email": "quiet@quiet.example",
        "phone": "+1 314 555 0177",
    }
    query = f"""query ($asOf: AsOf) {{ directory(asOf: $asOf) {{
        nodes {{ id fields {SHOWN} populations }} }} }}"""

    def shown(as_of: dict[str, Any] | None) -> dict[str, Any]:
        nodes: list[dict[str, Any]] = listed.api.ask(query, asOf=as_of)["directory"]["nodes"]
        return next(each for each in nodes if each["id"] == listed.listing)

    accepted(listed.api.do("publishListing", whole, listed.representative))
    for as_of in (None, listed.then):
        assert field.name in shown(as_of)["fields"]
        assert shown(as_of)[field.value]
    without = {name: value for name, value in whole.items() if name != field.value}
    accepted(listed.api.do("publishListing", without, listed.representative))
    for as_of in (None, listed.then):
        assert field.name not in shown(as_of)["fields"]
        assert not shown(as_of)[field.value]
