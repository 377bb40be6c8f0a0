from collections.abc import Iterator
from typing import Any

import pytest

from domain.terms import PartyId
from service.graphql.ids import NodeKind, own_id
from service.security.principal import Principal, Role
from tests.service.coalition import Coalition, individual
from tests.service.graphql.api import Api

MEMBERS = 7
PAGE = """query ($first: Int, $after: String, $last: Int, $before: String, $by: MembershipOrderBy) {
    memberships(first: $first, after: $after, last: $last, before: $before, orderBy: $by) {
        totalCount
        edges { cursor node { id since } }
        nodes { id }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}"""


@pytest.fixture
def filled(coalition: Coalition) -> Api:
    """A coalition with a founding partner and members, two of whom joined on one day."""
    for number in range(MEMBERS):
        if number != 3:
            coalition.clock.advance(days=1)
        coalition.admit("community-network", individual(f"Member {number}"))
    return Api(coalition)


def page(api: Api, **arguments: object) -> dict[str, Any]:
    connection: dict[str, Any] = api.ask(PAGE, **arguments)["memberships"]
    return connection


def ids(connection: dict[str, Any]) -> list[str]:
    found = [edge["node"]["id"] for edge in connection["edges"]]
    assert found == [node["id"] for node in connection["nodes"]]
    return found


def forward(api: Api, size: int, **arguments: object) -> Iterator[dict[str, Any]]:
    after = None
    while True:
        connection = page(api, first=size, after=after, **arguments)
        yield connection
        if not connection["pageInfo"]["hasNextPage"]:
            return
        after = connection["pageInfo"]["endCursor"]


def backward(api: Api, size: int) -> Iterator[dict[str, Any]]:
    before = None
    while True:
        connection = page(api, last=size, before=before)
        yield connection
        if not connection["pageInfo"]["hasPreviousPage"]:
            return
        before = connection["pageInfo"]["startCursor"]


def test_pages_cover_the_list_in_both_directions(filled: Api) -> None:
    whole = ids(page(filled))
    assert len(whole) == len(set(whole)) == MEMBERS + 1
    for size in (1, 3, 8, 100):
        assert [each for part in forward(filled, size) for each in ids(part)] == whole
        parts = [ids(part) for part in backward(filled, size)]
        assert [each for part in reversed(parts) for each in part] == whole


def test_the_other_direction_is_the_same_list_the_other_way_round(filled: Api) -> None:
    for field in ("SINCE", "TIER"):
        one = ids(page(filled, by={"field": field}))
        other = {"field": field, "direction": "DESCENDING"}
        assert [each for part in forward(filled, 3, by=other) for each in ids(part)] == one[::-1]


def test_a_page_between_two_cursors(filled: Api) -> None:
    edges = page(filled)["edges"]
    between = page(filled, first=10, after=edges[1]["cursor"], before=edges[5]["cursor"])
    assert ids(between) == [edge["node"]["id"] for edge in edges[2:5]]
    assert between["pageInfo"]["hasPreviousPage"]


def test_cursors_are_stable_and_survive_what_is_added(filled: Api) -> None:
    first = page(filled, first=3)
    assert page(filled, first=3)["edges"] == first["edges"]
    rest = ids(page(filled, after=first["pageInfo"]["endCursor"]))
    filled.coalition.clock.advance(days=1)
    filled.coalition.admit("community-network", individual("One more"))
    again = ids(page(filled, after=first["pageInfo"]["endCursor"]))
    assert again[:-1] == rest
    assert len(again) == len(rest) + 1


def test_the_count_is_of_the_whole_list(filled: Api) -> None:
    assert page(filled, first=2)["totalCount"] == MEMBERS + 1


def test_a_page_of_nothing(filled: Api) -> None:
    connection = page(filled, first=0)
    assert ids(connection) == []
    assert connection["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


def test_a_page_has_twenty_five_unless_asked_otherwise(small_api: Api) -> None:
    query = "{ ledger { entries(first: 100) { nodes { position } } } }"
    while len(small_api.ask(query)["ledger"]["entries"]["nodes"]) < 30:
        small_api.coalition.admit("community-network", individual())
    default = small_api.ask("{ ledger { entries { nodes { position } } } }")
    assert [each["position"] for each in default["ledger"]["entries"]["nodes"]] == [*range(1, 26)]


@pytest.mark.parametrize(
    ("arguments", "field", "rule"),
    [
        ({"first": 101}, "first", "page-size"),
        ({"first": -1}, "first", "page-size"),
        ({"last": 1_000}, "last", "page-size"),
        ({"first": 1, "last": 1}, "last", "one-end"),
        ({"after": ""}, "after", "cursor"),
        ({"after": "garbled"}, "after", "cursor"),
        ({"before": "ünïcode"}, "before", "cursor"),
        ({"before": "A" * 90}, "before", "cursor"),
    ],
)
def test_wrong_arguments_are_named_with_the_rule(
    small_api: Api, arguments: dict[str, object], field: str, rule: str
) -> None:
    error = small_api.refused(PAGE, **arguments)
    assert error["extensions"] == {
        "code": "INVALID_ARGUMENT",
        "field": field,
        "rule": rule,
        "requestId": "test-request",
    }
    assert error["path"] == ["memberships"]


def test_a_cursor_opens_only_where_it_was_made(small_api: Api) -> None:
    cursor = page(small_api)["edges"][0]["cursor"]
    for query in (
        "query ($c: String) { directory(after: $c) { nodes { id } } }",
        "query ($c: String) { ledger { entries(after: $c) { nodes { id } } } }",
        """query ($c: String) {
            memberships(after: $c, orderBy: {field: TIER}) { nodes { id } }
        }""",
        """query ($c: String) {
            memberships(after: $c, orderBy: {field: SINCE, direction: DESCENDING}) { nodes { id } }
        }""",
    ):
        assert small_api.refused(query, c=cursor)["extensions"]["rule"] == "cursor"


def test_a_cursor_tells_nothing(small_api: Api) -> None:
    cursor = page(small_api)["edges"][0]["cursor"]
    since = page(small_api)["edges"][0]["node"]["since"]
    assert since not in cursor
    # One character of it changed, it is none.
    other = "A" if cursor[10] != "A" else "B"
    forged = cursor[:10] + other + cursor[11:]
    assert small_api.refused(PAGE, after=forged)["extensions"]["rule"] == "cursor"


def test_only_memberships_that_are_wanted(filled: Api) -> None:
    query = """query ($filter: MembershipFilter) { memberships(filter: $filter) {
        totalCount nodes { tier { key } standing }
    } }"""
    partners = filled.ask(query, filter={"tiers": ["collaborative-partner"]})["memberships"]
    assert partners["totalCount"] == 1
    assert filled.ask(query, filter={"tiers": []})["memberships"]["totalCount"] == 0
    pending = filled.ask(query, filter={"standings": ["ACTIVE"]})["memberships"]
    assert pending["totalCount"] == 0


def test_a_list_is_not_filtered_by_what_one_may_not_read(filled: Api) -> None:
    query = """query ($party: ID!) {
        memberships(filter: {party: $party}) { totalCount nodes { id } }
    }"""
    own = filled.ask("{ memberships(last: 1) { nodes { id party { id } } } }", Role.AUDITOR)
    (member,) = own["memberships"]["nodes"]
    party = member["party"]["id"]
    error = filled.refused(query, party=party)
    assert error["extensions"]["code"] == "NOT_READABLE"
    assert error["extensions"]["field"] == "filter.party"
    assert error["extensions"]["reads"] == "Membership.party"
    # A party that does not exist is refused alike.
    assert filled.refused(query, party="nonsense")["extensions"] == error["extensions"]
    for who in (Role.AUDITOR, _representative(filled, party)):
        assert filled.ask(query, who, party=party)["memberships"] == {
            "totalCount": 1,
            "nodes": [{"id": member["id"]}],
        }


def _representative(api: Api, party: str) -> Principal:
    found = own_id(NodeKind.PARTY, party)
    assert found is not None
    return api.coalition.representative(PartyId(found))


def test_a_filter_takes_no_endless_lists(small_api: Api) -> None:
    query = "query ($c: [Fips!]) { directory(filter: {counties: $c}) { totalCount } }"
    error = small_api.refused(query, c=["29510"] * 251)
    assert error["extensions"]["field"] == "filter.counties"
    assert error["extensions"]["rule"] == "list-size"


def test_a_filter_takes_no_text_that_cannot_be_printed(api: Api) -> None:
    for query, field in (
        ("memberships(filter: {tiers: [$odd]}) { totalCount }", "filter.tiers"),
        ("directory(filter: {services: [$odd]}) { totalCount }", "filter.services"),
        ("directory(filter: {text: $odd}) { totalCount }", "filter.text"),
        ("applications(filter: {tiers: [$odd]}) { totalCount }", "filter.tiers"),
    ):
        for odd in ("nul\x00", "half \ud800", "bell\x07"):
            error = api.refused(f"query ($odd: String!) {{ {query} }}", odd=odd)
            assert error["extensions"]["field"] == field
            assert error["extensions"]["rule"] == "text"
