"""The directory as of the past: the members of then, as they consent to be shown now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from domain.membership.names import AddAlias
from domain.membership.party import PublishListing, WithdrawListing
from service.security.principal import Role
from tests.service.coalition import Admitted, Coalition, individual, organisation
from tests.service.graphql.api import Api

DIRECTORY = """query ($asOf: AsOf, $filter: DirectoryFilter) {
    directory(asOf: $asOf, filter: $filter) {
        totalCount
        nodes { name phone fields counties { fips } membership { listing { name phone } } }
    }
}"""
OLD = ("Old Name At Danger", "111", "29510")
NEW = ("New Safe Name", "999", "29003")


def publish(api: Api, member: Admitted, shown: tuple[str, str, str]) -> dict[str, Any]:
    """Publish a listing, and return the point in the ledger after it."""
    name, phone, county = shown
    api.coalition.must(
        PublishListing(
            party=member.party, name=name, phone=f"+1 314 555 0{phone}", counties=[county]
        ),
        api.coalition.representative(member.party),
    )
    return point(api)


def withdraw(coalition: Coalition, member: Admitted) -> None:
    coalition.must(WithdrawListing(party=member.party), coalition.representative(member.party))


def point(api: Api) -> dict[str, Any]:
    """Return the present as a point to ask for later."""
    head = api.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
    return {"at": {"position": head}}


def listed(api: Api, as_of: Mapping[str, object] | None, **wanted: object) -> list[Any]:
    found = api.ask(DIRECTORY, asOf=as_of, filter=wanted)["directory"]
    assert found["totalCount"] == len(found["nodes"])
    nodes: list[Any] = found["nodes"]
    return nodes


def member_of(coalition: Coalition, kind: str) -> Admitted:
    if kind == "individual":
        return coalition.admit("community-network", individual())
    member = coalition.admit("coalition-member", organisation(ein=coalition.ein()))
    for name, *_ in (OLD, NEW):
        coalition.must(AddAlias(party=member.party, alias=name), Role.DIRECTOR)
    return member


@pytest.mark.parametrize("kind", ["organisation", "individual"])
@pytest.mark.parametrize("withdrawn", [True, False])
def test_to_be_listed_again_brings_nothing_back_that_was_shown_before(
    coalition: Coalition, kind: str, *, withdrawn: bool
) -> None:
    api, member = Api(coalition), member_of(coalition, kind)
    then = publish(api, member, OLD)
    if withdrawn:
        withdraw(coalition, member)
        assert listed(api, then) == []
    publish(api, member, NEW)
    (shown,) = listed(api, then)
    assert shown == listed(api, None)[0]
    assert (shown["name"], shown["phone"]) == (NEW[0], "+1 314 555 0999")
    assert shown["counties"] == [{"fips": NEW[2]}]
    assert shown["membership"]["listing"] == {"name": NEW[0], "phone": "+1 314 555 0999"}
    for old in OLD:
        assert old not in str(shown)


@pytest.mark.parametrize("kind", ["organisation", "individual"])
def test_a_listing_says_since_when_it_stands_as_it_is(coalition: Coalition, kind: str) -> None:
    api, member = Api(coalition), member_of(coalition, kind)
    days = []
    for shown in (OLD, NEW):
        publish(api, member, shown)
        days.append(coalition.clock.now.date().isoformat())
        for _ in range(2):
            answer = api.ask("{ directory { nodes { listedOn } } }")["directory"]["nodes"]
            assert answer == [{"listedOn": days[-1]}]
            coalition.clock.advance(days=100)
    assert days[0] < days[1]


@pytest.mark.parametrize("as_of_then", [True, False])
def test_nobody_is_found_by_what_they_showed_before(
    coalition: Coalition, *, as_of_then: bool
) -> None:
    api, member = Api(coalition), member_of(coalition, "organisation")
    then = publish(api, member, OLD)
    withdraw(coalition, member)
    publish(api, member, NEW)
    as_of = then if as_of_then else None
    assert listed(api, as_of, text="danger") == []
    assert listed(api, as_of, counties=[OLD[2]]) == []
    assert [each["name"] for each in listed(api, as_of, text="safe")] == [NEW[0]]
    assert [each["name"] for each in listed(api, as_of, counties=[NEW[2]])] == [NEW[0]]


def test_members_of_then_are_shown_that_were_listed_only_later(coalition: Coalition) -> None:
    api = Api(coalition)
    before = point(api)
    member = member_of(coalition, "organisation")
    admitted = point(api)
    publish(api, member, NEW)
    assert listed(api, before) == []
    assert [each["name"] for each in listed(api, admitted)] == [NEW[0]]


def test_memberships_of_then_are_found_by_the_counties_of_now(coalition: Coalition) -> None:
    api, member = Api(coalition), member_of(coalition, "organisation")
    then = publish(api, member, OLD)
    publish(api, member, NEW)
    query = """query ($asOf: AsOf, $filter: MembershipFilter) {
        memberships(asOf: $asOf, filter: $filter) { totalCount }
    }"""

    def total(county: str) -> int:
        found: int = api.ask(query, asOf=then, filter={"counties": [county]})["memberships"][
            "totalCount"
        ]
        return found

    assert (total(OLD[2]), total(NEW[2])) == (0, 1)
