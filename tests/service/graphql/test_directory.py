from typing import Any

import pytest

from domain.membership.party import PublishListing
from service.security.principal import Role
from tests.service.coalition import POLICY, Coalition, individual, organisation
from tests.service.graphql.api import Api

QUERY = """query ($filter: DirectoryFilter, $first: Int, $after: String) {
    directory(filter: $filter, first: $first, after: $after) {
        totalCount
        nodes { name kind counties { fips name state region { key name } }
                populations services website tier { key } since standing party { id }
                membership { tier { key } listing { name } } }
        pageInfo { hasNextPage endCursor }
    }
}"""


@pytest.fixture
def directory(coalition: Coalition) -> Api:
    """Three organisations and a person with a listing, and a partner without."""
    for name, counties, services in (
        ("Birch House", ["29510"], ["shelter"]),
        ("alder centre", ["29189", "17163"], ["counselling"]),
        ("Cedar & Co", ["29095"], ["shelter", "legal aid"]),
    ):
        member = coalition.admit("coalition-member", organisation(name, ein=coalition.ein()))
        coalition.must(
            PublishListing(
                party=member.party,
                name=name,
                description=f"About {name}",
                counties=counties,
                populations=["young people"],
                services=services,
                website="https://shown.example",
            ),
            coalition.representative(member.party),
        )
    person = coalition.admit("community-network", individual())
    coalition.must(
        PublishListing(
            party=person.party, name="Robin Shown", counties=["29189"], services=["counselling"]
        ),
        coalition.representative(person.party),
    )
    return Api(coalition)


def names(api: Api, **wanted: object) -> list[str]:
    nodes = api.ask(QUERY, filter=wanted)["directory"]["nodes"]
    return [each["name"] for each in nodes]


def test_members_come_by_name_without_regard_to_case(directory: Api) -> None:
    assert names(directory) == ["Robin Shown", "alder centre", "Birch House", "Cedar & Co"]


FOUND: list[tuple[dict[str, object], list[str]]] = [
    ({"counties": ["29510", "29095"]}, ["Birch House", "Cedar & Co"]),
    ({"counties": []}, []),
    ({"regions": ["metro-east"]}, ["alder centre"]),
    ({"regions": ["metro-east"], "counties": ["29510"]}, []),
    ({"services": ["shelter"]}, ["Birch House", "Cedar & Co"]),
    ({"populations": ["young people"], "services": ["legal aid"]}, ["Cedar & Co"]),
    ({"tiers": ["community-network"]}, ["Robin Shown"]),
    ({"text": "ALDER"}, ["alder centre"]),
    ({"text": "about cedar"}, ["Cedar & Co"]),
    ({"text": "%"}, []),
    # People are never found by what they show.
    ({"text": "robin"}, []),
    ({"services": ["counselling"]}, ["alder centre"]),
    ({"counties": ["29189"]}, ["alder centre"]),
]


def test_members_are_found(directory: Api) -> None:
    for wanted, found in FOUND:
        assert names(directory, **wanted) == found, wanted


def test_a_listing_shows_what_was_consented_to(directory: Api) -> None:
    nodes = directory.ask(QUERY)["directory"]["nodes"]
    assert nodes[1] == {
        "name": "alder centre",
        "kind": "ORGANISATION",
        "counties": [
            {
                "fips": "17163",
                "name": "St. Clair",
                "state": "IL",
                "region": {"key": "metro-east", "name": "Metro East"},
            },
            {
                "fips": "29189",
                "name": "St. Louis County",
                "state": "MO",
                "region": {
                    "key": POLICY.region_of("29189").id,
                    "name": POLICY.region_of("29189").name,
                },
            },
        ],
        "populations": ["young people"],
        "services": ["counselling"],
        "website": "https://shown.example",
        "tier": {"key": "coalition-member"},
        "since": "2023-03-01",
        "standing": "AGREEMENT_PENDING",
        "party": None,
        "membership": {"tier": {"key": "coalition-member"}, "listing": {"name": "alder centre"}},
    }
    assert [each["fips"] for each in nodes[0]["counties"]] == ["29189"]


def test_the_directory_in_pages(directory: Api) -> None:
    found: list[str] = []
    after = None
    while True:
        connection: dict[str, Any] = directory.ask(QUERY, first=1, after=after)["directory"]
        assert connection["totalCount"] == 4
        found += [each["name"] for each in connection["nodes"]]
        if not connection["pageInfo"]["hasNextPage"]:
            break
        after = connection["pageInfo"]["endCursor"]
    assert found == ["Robin Shown", "alder centre", "Birch House", "Cedar & Co"]


def test_staff_see_whose_listing_it_is(directory: Api) -> None:
    nodes = directory.ask(QUERY, Role.AUDITOR)["directory"]["nodes"]
    assert all(each["party"] is not None for each in nodes)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"regions": ["atlantis"]}, "filter.regions"),
        ({"counties": ["29510", "99999"]}, "filter.counties"),
        ({"tiers": ["ally-network", "ally"]}, "filter.tiers"),
        ({"text": ""}, "filter.text"),
        ({"text": "x" * 201}, "filter.text"),
        ({"text": "nul\x00"}, "filter.text"),
    ],
)
def test_what_nobody_can_be_found_by_is_refused(
    small_api: Api, wanted: dict[str, object], field: str
) -> None:
    error = small_api.refused(QUERY, filter=wanted)
    assert error["extensions"]["code"] == "INVALID_ARGUMENT"
    assert error["extensions"]["field"] == field
