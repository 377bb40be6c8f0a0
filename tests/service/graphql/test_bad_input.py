"""Bad input names field and rule, and leaves ledger and views byte for byte as they were."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from service.graphql.ids import NodeKind, global_id
from service.security.principal import Role
from tests.service.coalition import POLICY_FILE, Coalition, new_id, organisation
from tests.service.graphql.api import Api
from tests.service.ledger.rows import everything

APPLY = {
    "tier": "community-network",
    "organisation": {
        "name": "Harbour Light Neighbours",
        "partyType": "COALITION_OR_GROUP",
        "counties": ["29510"],
    },
}
PARTNER = {
    "tier": "collaborative-partner",
    "organisation": {
        "name": "Harbour Light House",
        "partyType": "NONPROFIT_501C3",
        "counties": ["29510"],
        "ein": "431300999",
    },
}


def organisation_with(base: dict[str, Any] = APPLY, **changes: object) -> dict[str, Any]:
    """Return an application with parts of the organisation exchanged."""
    return base | {"organisation": base["organisation"] | changes}


REFUSED: list[tuple[str, str, dict[str, Any], Role, str, str]] = [
    # what is wrong, mutation, input, who, code, words that name field or rule
    ("an unknown tier", "submitApplication", APPLY | {"tier": "gold"}, Role.APPLICANT,
     "INVALID_INPUT", "tier"),
    ("a county outside the service area", "submitApplication",
     organisation_with(counties=["06037"]), Role.APPLICANT, "INVALID_INPUT", "counties"),
    ("an EIN with a prefix that nobody gets", "submitApplication",
     organisation_with(PARTNER, ein="071234567"), Role.APPLICANT, "INVALID_INPUT", "ein"),
    ("a name that is too long", "submitApplication",
     organisation_with(name="x" * 201), Role.APPLICANT, "INVALID_INPUT", "name"),
    ("a name with a NUL", "submitApplication",
     organisation_with(name="Har\x00bour"), Role.APPLICANT, "INVALID_INPUT", "name"),
    ("an empty name", "submitApplication",
     organisation_with(name=""), Role.APPLICANT, "INVALID_INPUT", "name"),
    ("a statement that is too long", "submitApplication",
     APPLY | {"statement": "x" * 4_001}, Role.APPLICANT, "INVALID_INPUT", "statement"),
    ("an effective date before the coalition began", "setSeats",
     {"tier": "collaborative-partner", "seats": 9, "effectiveOn": "2001-01-01"}, Role.DIRECTOR,
     "TOO_EARLY", "effectiveOn"),
    ("seats of a tier that has none", "setSeats",
     {"tier": "ally-network", "seats": 9}, Role.DIRECTOR, "INVALID_INPUT", "tier"),
    ("a policy file that is no TOML", "adoptPolicy",
     {"text": "id = cate"}, Role.DIRECTOR, "INVALID_INPUT", "line 1"),
    ("a policy file with a misspelt field", "adoptPolicy",
     {"text": POLICY_FILE.decode().replace("time_zone =", "timezone =", 1)}, Role.DIRECTOR,
     "INVALID_INPUT", "timezone"),
    ("a policy version that is not later", "adoptPolicy",
     {"text": POLICY_FILE.decode() + "\n# the same version, other bytes\n"}, Role.DIRECTOR,
     "POLICY_VERSION", "version"),
    ("a policy with a time zone that does not exist", "adoptPolicy",
     {"text": POLICY_FILE.decode().replace("version = 1", "version = 2", 1)
      .replace("America/Chicago", "Mars/One")}, Role.DIRECTOR,
     "POLICY_VERSION", "time_zone"),
    ("an agreement that the policy does not have", "publishAgreementTemplate",
     {"agreement": "gold-agreement", "text": "We agree."}, Role.DIRECTOR,
     "INVALID_INPUT", "agreement"),
]  # fmt: skip

INVALID: list[tuple[str, str, dict[str, Any], Role, str]] = [
    # what is wrong, mutation, input, who, words that name the field
    ("a day that does not exist", "setSeats",
     {"tier": "collaborative-partner", "seats": 9, "effectiveOn": "2026-02-30"}, Role.DIRECTOR,
     "effectiveOn"),
    ("a FIPS code that is none", "submitApplication",
     organisation_with(counties=["St. Louis"]), Role.APPLICANT, "counties"),
    ("an EIN that is none", "submitApplication",
     organisation_with(ein="12-34"), Role.APPLICANT, "ein"),
    ("an enum value that is none", "submitApplication",
     organisation_with(partyType="GUILD"), Role.APPLICANT, "partyType"),
    ("a field that is missing", "submitApplication", {}, Role.APPLICANT, "tier"),
    ("a field that is none", "submitApplication",
     APPLY | {"colour": "red"}, Role.APPLICANT, "colour"),
    ("a command id that is no UUID", "setSeats",
     {"commandId": "5", "tier": "collaborative-partner", "seats": 9}, Role.DIRECTOR, "commandId"),
    ("a number that is text", "setSeats",
     {"tier": "collaborative-partner", "seats": "nine"}, Role.DIRECTOR, "seats"),
]  # fmt: skip


@pytest.fixture
def unchanged(api: Api) -> Iterator[Api]:
    """A coalition of which every row of every table is the same after the test."""
    before = everything(api.coalition)
    yield api
    assert everything(api.coalition) == before


@pytest.mark.parametrize(
    ("mutation", "given", "who", "code", "named"),
    [case[1:] for case in REFUSED],
    ids=[case[0] for case in REFUSED],
)
def test_is_refused_with_field_and_rule(
    unchanged: Api, mutation: str, given: dict[str, Any], who: Role, code: str, named: str
) -> None:
    answer = unchanged.do(mutation, given, who)

    assert answer["__typename"] == "Refused", answer
    assert answer["code"] == code
    said = f"{answer['message']} {answer['field']} {answer['rule']} {answer['unmet']}"
    assert named in said
    assert answer["rule"]


@pytest.mark.parametrize(
    ("mutation", "given", "who", "named"),
    [case[1:] for case in INVALID],
    ids=[case[0] for case in INVALID],
)
def test_is_no_valid_request(
    unchanged: Api, mutation: str, given: dict[str, Any], who: Role, named: str
) -> None:
    name = mutation[0].upper() + mutation[1:]
    query = f"mutation ($input: {name}Input!) {{ {mutation}(input: $input) {{ __typename }} }}"

    error = unchanged.refused(query, who, input={"commandId": str(uuid.uuid4())} | given)

    assert named in error["message"]
    assert error["extensions"]["code"]
    assert "Traceback" not in error["message"]


def _membership(coalition: Coalition) -> str:
    admitted = coalition.admit("community-network", organisation())
    return global_id(NodeKind.MEMBERSHIP, admitted.membership)


def _nothing(_: Coalition) -> str:
    return global_id(NodeKind.APPLICATION, new_id())


def _garbled(_: Coalition) -> str:
    return "not an id at all"


def test_an_id_of_nothing_is_answered_like_one_of_what_one_may_not_touch(api: Api) -> None:
    before = everything(api.coalition)
    answer = api.do("admitMember", {"application": _nothing(api.coalition)}, Role.COMMITTEE)
    assert answer["__typename"] == "NotAllowed"
    assert everything(api.coalition) == before


@pytest.mark.parametrize(
    ("which", "found"), [(_membership, "another type, Membership"), (_garbled, "no id")]
)
def test_what_is_no_id_of_the_type_is_refused_by_its_field(
    api: Api, which: Callable[[Coalition], str], found: str
) -> None:
    given = {"application": which(api.coalition)}
    before = everything(api.coalition)

    answer = api.do("admitMember", given, Role.COMMITTEE)

    assert answer["__typename"] == "Refused"
    assert (answer["code"], answer["rule"]) == ("INVALID_INPUT", "id-type")
    assert answer["field"] == "application"
    assert found in answer["message"]
    (unmet,) = answer["unmet"]
    assert unmet["satisfiedBy"] == "The id of one of the type Application."
    # Whoever may admit nobody is told that, whatever they send.
    assert api.do("admitMember", given, Role.REVIEWER)["__typename"] == "NotAllowed"
    assert everything(api.coalition) == before


def test_an_application_without_a_party_names_what_is_missing(api: Api) -> None:
    given = {"tier": "ally-network"}
    answer = api.do("submitApplication", given, Role.APPLICANT)
    assert (answer["__typename"], answer["rule"]) == ("Refused", "new-or-known")
    assert "`organisation` or `individual`" in answer["unmet"][0]["satisfiedBy"]
    assert api.do("submitApplication", given, Role.PUBLIC)["__typename"] == "NotAllowed"


def test_a_command_id_with_other_content_and_a_stale_version_say_which(
    api: Api,
) -> None:
    command_id = str(uuid.uuid4())
    seats = {"tier": "collaborative-partner", "seats": 9}
    first = api.do("setSeats", seats, Role.DIRECTOR, command_id=command_id)
    before = everything(api.coalition)

    again = api.do("setSeats", seats, Role.DIRECTOR, command_id=command_id)
    reused = api.do("setSeats", seats | {"seats": 10}, Role.DIRECTOR, command_id=command_id)
    stale = api.do("setSeats", seats | {"seats": 10, "expectedVersion": 1}, Role.DIRECTOR)

    assert again == first
    assert reused["__typename"] == "CommandIdReused"
    assert stale["__typename"] == "Conflict"
    assert stale["expectedVersion"] == 1
    assert stale["actualVersion"] > 1
    assert everything(api.coalition) == before
