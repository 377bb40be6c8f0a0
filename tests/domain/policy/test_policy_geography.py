"""The service area: Missouri's 115 codes and the eight counties of Metro East, in eight regions."""

import re
from collections import Counter

import pytest

from tests.domain.policy.files import CATE, CATE_TOML

METRO_EAST = {
    "17005": "Bond",
    "17013": "Calhoun",
    "17027": "Clinton",
    "17083": "Jersey",
    "17117": "Macoupin",
    "17119": "Madison",
    "17133": "Monroe",
    "17163": "St. Clair",
}


def test_there_are_115_codes_in_missouri_and_8_in_illinois() -> None:
    assert Counter(county.state for county in CATE.counties) == {"MO": 115, "IL": 8}
    assert len({county.fips for county in CATE.counties}) == 123


def test_missouri_numbers_its_counties_oddly_but_for_three() -> None:
    # Ste. Genevieve was renumbered to keep the alphabetical order, which left its old number and
    # the one before unused; the city of St. Louis is in no county and has a number far away.
    odd = {f"29{number:03}" for number in range(1, 230, 2)}
    missouri = {county.fips for county in CATE.counties if county.state == "MO"}
    assert missouri == odd - {"29191", "29193"} | {"29186", "29510"}


def test_metro_east_is_eight_counties_of_illinois() -> None:
    illinois = {county.fips: county.name for county in CATE.counties if county.state == "IL"}
    assert illinois == METRO_EAST
    assert {CATE.region_of(fips).name for fips in METRO_EAST} == {"Metro East"}


@pytest.mark.parametrize(
    ("fips", "name"),
    [
        ("29001", "Adair"),
        ("29019", "Boone"),
        ("29031", "Cape Girardeau"),
        ("29061", "Daviess"),
        ("29063", "DeKalb"),
        ("29077", "Greene"),
        ("29095", "Jackson"),
        ("29119", "McDonald"),
        ("29121", "Macon"),
        ("29143", "New Madrid"),
        ("29183", "St. Charles"),
        ("29185", "St. Clair"),
        ("29186", "Ste. Genevieve"),
        ("29187", "St. Francois"),
        ("29189", "St. Louis County"),
        ("29195", "Saline"),
        ("29215", "Texas"),
        ("29229", "Wright"),
        ("29510", "St. Louis city"),
    ],
)
def test_a_county_is_spelt_as_the_census_spells_it(fips: str, name: str) -> None:
    county = CATE.county(fips)
    assert (county.name, county.state) == (name, "MO")


def test_missouri_lists_its_counties_in_the_order_of_their_names() -> None:
    # The codes were given out in this order, in which St. and Ste. count as Saint and Sainte, Mc
    # goes before Macon, and spaces and capitals count for nothing.
    def filed(name: str) -> str:
        spelt = re.sub(r"^Ste\. ", "Sainte ", re.sub(r"^St\. ", "Saint ", name))
        return spelt.replace("Mc", "Mac", 1).replace(" ", "").lower()

    names = [each.name for each in CATE.counties if each.state == "MO"][:-1]
    assert [filed(name) for name in names] == sorted(filed(name) for name in names)


def test_two_places_called_st_louis_stay_apart() -> None:
    assert CATE.county("29189") != CATE.county("29510")
    names = [(county.state, county.name) for county in CATE.counties]
    assert len(set(names)) == len(names)


def test_the_regions_are_the_eight_of_the_strategic_plan() -> None:
    assert [region.name for region in CATE.regions] == [
        "Kansas City",
        "St. Louis",
        "Northeast",
        "Southeast",
        "Central",
        "Northwest",
        "Southwest",
        "Metro East",
    ]


def test_every_county_is_in_exactly_one_region() -> None:
    placed = Counter(fips for region in CATE.regions for fips in region.counties)
    assert placed == {county.fips: 1 for county in CATE.counties}


@pytest.mark.parametrize(
    ("fips", "region"),
    [
        ("29095", "Kansas City"),
        ("29510", "St. Louis"),
        ("29189", "St. Louis"),
        ("29127", "Northeast"),
        ("29031", "Southeast"),
        ("29019", "Central"),
        ("29021", "Northwest"),
        ("29077", "Southwest"),
        ("17163", "Metro East"),
    ],
)
def test_a_well_known_county_is_where_one_expects_it(fips: str, region: str) -> None:
    assert CATE.region_of(fips).name == region


def test_the_names_beside_the_codes_of_a_region_are_right() -> None:
    noted = re.findall(r'^    "(\d{5})",  # (.+)$', CATE_TOML.decode(), re.MULTILINE)
    assert len(noted) == 123
    assert all(CATE.county(fips).name == name for fips, name in noted)
