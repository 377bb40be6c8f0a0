"""Statistics: what anybody can count as it is, and of the rest no small number."""

from __future__ import annotations

from typing import Any

import pytest

from domain.membership.party import PublishListing
from domain.membership.safety import HoldListing, ReleaseListing
from service.security.principal import Role
from tests.service.coalition import Admitted, Coalition, individual, organisation
from tests.service.graphql.api import Api

COUNTS = """
    members byTier { tier { key } members }
    byCounty { county { fips } organisations } byRegion { region { key } organisations }
    byPartyType { partyType members countedOn }
"""
QUERY = f"query ($asOf: AsOf) {{ statistics(asOf: $asOf) {{ {COUNTS} }} }}"
ASSETS = """query ($asOf: AsOf, $services: [String!], $counties: [Fips!]) {
    assetMap(asOf: $asOf, services: $services, counties: $counties) {
        service county { fips } organisations } }"""


def admit(coalition: Coalition, party_type: str, number: int) -> list[Admitted]:
    return [
        coalition.admit("community-network", organisation(party_type=party_type))
        for _ in range(number)
    ]


def told(api: Api, as_of: dict[str, Any] | None = None) -> dict[str, tuple[int, str]]:
    """Return the numbers that are told by type, with the day that they were counted on."""
    found = api.ask(QUERY, asOf=as_of)["statistics"]["byPartyType"]
    return {
        each["partyType"]: (each["members"], each["countedOn"])
        for each in found
        if each["members"] is not None
    }


def publish(coalition: Coalition, member: Admitted, counties: list[str], *services: str) -> None:
    name = organisation().name
    command = PublishListing(party=member.party, name=name, counties=counties, services=[*services])
    coalition.must(command, coalition.representative(member.party))


@pytest.fixture
def crowd(coalition: Coalition) -> Api:
    """Seven schools and two offices, besides the founding partner, admitted in March 2023."""
    admit(coalition, "education", 7)
    admit(coalition, "government", 2)
    admit(coalition, "health-system", 3)
    return Api(coalition)


def test_types_are_counted_when_a_quarter_is_over_and_small_numbers_are_not_told(
    crowd: Api,
) -> None:
    assert told(crowd) == {}
    crowd.coalition.clock.advance(days=31)
    assert told(crowd) == {"EDUCATION": (7, "2023-03-31")}
    found = crowd.ask(QUERY)["statistics"]
    assert found["members"] == 13
    by_tier = {each["tier"]["key"]: each["members"] for each in found["byTier"]}
    assert by_tier["community-network"] == 12
    # What the director sees is no more: statistics are for everybody.
    assert crowd.ask(QUERY, Role.DIRECTOR) == crowd.ask(QUERY)


def test_between_two_quarters_nothing_tells_of_those_who_joined(crowd: Api) -> None:
    coalition = crowd.coalition
    coalition.clock.advance(days=31)
    before = told(crowd)
    admit(coalition, "education", 1)
    assert told(crowd) == before
    coalition.clock.advance(days=91)
    # One more is too few to be told.
    assert told(crowd) == before
    admit(coalition, "education", 4)
    coalition.clock.advance(days=92)
    assert told(crowd) == {"EDUCATION": (12, "2023-09-30")}
    # Asked about earlier days, the same is told as on those days.
    assert told(crowd, {"effectiveOn": "2023-09-30"}) == before
    assert told(crowd, {"effectiveOn": "2023-03-15"}) == {}
    head = crowd.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
    assert told(crowd, {"at": {"position": head}, "effectiveOn": "2023-10-01"}) == told(crowd)


def test_places_are_counted_as_the_directory_shows_them_and_people_are_not(
    coalition: Coalition,
) -> None:
    first, second = admit(coalition, "education", 2)
    person = coalition.admit("community-network", individual())
    publish(coalition, first, ["29095", "29510"], "shelter")
    publish(coalition, second, ["29510"], "shelter", "legal aid")
    publish(coalition, person, ["29095"], "shelter")
    api = Api(coalition)

    def counted() -> tuple[dict[str, int], dict[str, int], dict[tuple[str, str], int]]:
        found = api.ask(QUERY)["statistics"]
        return (
            {each["county"]["fips"]: each["organisations"] for each in found["byCounty"]},
            {
                each["region"]["key"]: each["organisations"]
                for each in found["byRegion"]
                if each["organisations"]
            },
            {
                (each["service"], each["county"]["fips"]): each["organisations"]
                for each in api.ask(ASSETS)["assetMap"]
            },
        )

    assert counted() == (
        {"29095": 1, "29510": 2},
        {"kansas-city": 1, "st-louis": 2},
        {("shelter", "29095"): 1, ("shelter", "29510"): 2, ("legal aid", "29510"): 1},
    )
    some = api.ask(ASSETS, services=["shelter"], counties=["29510"])["assetMap"]
    assert [each["organisations"] for each in some] == [2]
    assert api.ask(ASSETS, services=["nothing"])["assetMap"] == []
    # A safety hold is judged now, in counts of the past too.
    coalition.must(HoldListing(party=second.party), Role.DIRECTOR)
    head = api.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
    assert counted() == (
        {"29095": 1, "29510": 1},
        {"kansas-city": 1, "st-louis": 1},
        {("shelter", "29095"): 1, ("shelter", "29510"): 1},
    )
    for wrong in ({"services": ["\0"]}, {"counties": ["29510"] * 251}):
        error = api.refused(ASSETS, **wrong)
        assert error["extensions"]["field"] == next(iter(wrong))
    past = {"at": {"position": head - 1}}
    assert "legal aid" not in str(api.ask(ASSETS, asOf=past))
    coalition.must(ReleaseListing(party=second.party), Role.DIRECTOR)
    assert counted()[0] == {"29095": 1, "29510": 2}


def test_a_map_counts_as_the_directory_does(coalition: Coalition) -> None:
    for member in admit(coalition, "education", 3):
        publish(coalition, member, ["29510"], "shelter")
    api = Api(coalition)
    wanted = {"counties": ["29510"], "services": ["shelter"]}
    directory = "query ($filter: DirectoryFilter) { directory(filter: $filter) { totalCount } }"
    total = api.ask(directory, filter=wanted)["directory"]["totalCount"]
    (asset,) = api.ask(ASSETS)["assetMap"]
    assert asset["organisations"] == total == 3
