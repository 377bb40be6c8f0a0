"""Open Referral HSDS 3.0: valid by its schemas, and nothing in it that members do not show."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from domain.membership.details import IndividualDetails, OrganisationDetails
from domain.membership.party import PublishListing
from tests.service.coalition import Coalition, individual, organisation
from tests.service.graphql.story import LISTED, Story
from tests.service.http.conftest import serving

SCHEMAS = Path(__file__).parents[4] / "shared" / "data" / "hsds-3.0"


@pytest.fixture
def listed(small_coalition: Coalition) -> Coalition:
    """Members that show much, and little, and a person."""

    def member(details: OrganisationDetails | IndividualDetails, shown: dict[str, Any]) -> None:
        tier = "community-network" if details.party_type == "individual" else "coalition-member"
        party = small_coalition.admit(tier, details).party
        command = PublishListing(party=party, **shown)
        small_coalition.must(command, small_coalition.representative(party))

    member(
        organisation("Alder Centre", ein=small_coalition.ein()),
        {
            "name": "Alder Centre",
            "description": "A place to ask.",
            "counties": ["29510", "29189"],
            "populations": ["everyone", "young people"],
            "services": ["shelter", "advice", "shelter"],
            "website": "https://alder.example",
            "email": "ask@alder.example",
            "phone": "+1 314 555 0142",
        },
    )
    member(organisation("Birch House", ein=small_coalition.ein()), {"name": "Birch House"})
    member(individual("Wren Shown"), {"name": "Wren Shown", "services": ["teaching"]})
    return small_coalition


def fetch(client: TestClient, name: str) -> list[dict[str, Any]]:
    answer = client.get(f"/export/hsds/{name}.json")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    found: list[dict[str, Any]] = answer.json()
    return found


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("organizations", "organization"),
        ("organizations", "organization_list"),
        ("services", "service"),
        ("services", "service_list"),
    ],
)
def test_every_record_is_valid_by_the_published_schema(
    listed: Coalition, name: str, schema: str
) -> None:
    if not SCHEMAS.is_dir():
        pytest.skip("the published schemas of HSDS are not beside the project")
    published = json.loads((SCHEMAS / f"{schema}.json").read_text())
    validator = Draft202012Validator(published, format_checker=Draft202012Validator.FORMAT_CHECKER)
    with serving(listed) as client:
        records = fetch(client, name)
    assert len(records) == 2
    for record in records:
        validator.validate(record)
        if not schema.endswith("_list"):
            assert set(record) <= set(published["properties"])


def test_an_organisation_is_there_with_what_it_shows_and_a_person_is_not(
    listed: Coalition,
) -> None:
    with serving(listed) as client:
        found = fetch(client, "organizations")
        offered = fetch(client, "services")
    assert [each["name"] for each in found] == ["Alder Centre", "Birch House"]
    alder, birch = found
    assert alder["phones"][0]["number"] == "+1 314 555 0142"
    assert [each["name"] for each in alder["services"]] == ["shelter", "advice"]
    areas = alder["services"][0]["service_areas"]
    assert {each["uri"] for each in areas} == {"urn:fips:29189", "urn:fips:29510"}
    assert alder["services"][0]["eligibility_description"] == "everyone; young people"
    assert set(birch) == {"id", "name", "description", "services"}
    assert [each["organization"]["id"] for each in offered] == [alder["id"]] * 2
    assert "Wren" not in json.dumps([found, offered])
    assert "locations" not in json.dumps([found, offered])


def test_ids_are_unique_uuids_that_stay(listed: Coalition) -> None:
    def ids(value: object) -> list[str]:
        if isinstance(value, list):
            return [each for item in value for each in ids(item)]
        if isinstance(value, dict):
            own = [value["id"]] if "id" in value else []
            return own + [each for item in value.values() for each in ids(item)]
        return []

    with serving(listed) as client:
        first = ids(fetch(client, "organizations"))
        listed.set_seats("collaborative-partner", 9)
        assert ids(fetch(client, "organizations")) == first
    assert len(set(first)) == len(first)
    assert all(str(uuid.UUID(each)) == each for each in first)


def test_it_is_an_empty_list_where_nobody_shows_anything(small_coalition: Coalition) -> None:
    with serving(small_coalition) as client:
        assert fetch(client, "organizations") == []
        assert fetch(client, "services") == []


def test_it_takes_the_filters_of_the_directory(story: Story) -> None:
    with serving(story.coalition) as client:
        inside = client.get("/export/hsds/services.json", params={"counties": "29510"}).json()
        outside = client.get("/export/hsds/services.json", params={"counties": "29095"}).json()
    assert [each["organization"]["name"] for each in inside] == [LISTED["organisation"]]
    assert outside == []
