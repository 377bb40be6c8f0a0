"""What the coalition keeps of itself, asked and written as each role would."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from service.graphql.ids import NodeKind, global_id
from service.security.principal import Role
from tests.service.coalition import new_id, organisation
from tests.service.graphql.api import Api
from tests.service.graphql.recording import RECORD, SHA256, claim, governance, must
from tests.service.ledger.rows import everything

READERS = {Role.PORTAL, Role.REVIEWER, Role.COMMITTEE, Role.DIRECTOR, Role.AUDITOR}
COMMANDS: dict[str, dict[str, Any]] = {
    "appointDirector": {"name": "Robin Example"},
    "namePartnerLeader": {"party": global_id(NodeKind.PARTY, new_id()), "name": "Teal Example"},
    "changeNaming": {"term": global_id(NodeKind.TERM_OF_OFFICE, new_id()), "named": True},
    "endTerm": {"term": global_id(NodeKind.TERM_OF_OFFICE, new_id())},
    "formWorkgroup": {"name": "Standards"},
    "dissolveWorkgroup": {"workgroup": global_id(NodeKind.WORKGROUP, new_id())},
    "publishStandards": {"wave": 1, "title": "Standards of Care"},
    "publishLibraryItem": {"kind": "REPORT", "title": "What we found"},
    "recordFunding": {"funder": "A Foundation"},
    "recordHistory": {"text": "It began.", "source": "A letter", "precision": "DAY"},
    "correctEntry": {
        "entry": global_id(NodeKind.ENTRY, new_id()),
        "field": "name",
        "value": "Standards",
    },
}


def test_the_public_sees_how_the_coalition_is_led_and_what_it_publishes(recorded: Api) -> None:
    seen = governance(recorded, RECORD)
    assert seen["director"] == {
        "since": "2023-03-02",
        "until": None,
        "name": None,
        "recordedName": None,
        "person": None,
        "version": 1,
    }
    assert [each["office"] for each in seen["leaders"]] == ["DIRECTOR", "PARTNER_LEADER"]
    assert seen["partners"] == [{"tier": {"key": "collaborative-partner"}}]
    assert seen["workgroups"] == [
        {
            "name": "Standards",
            "purpose": None,
            "formedOn": {"text": "2019"},
            "dissolvedOn": None,
            "version": 1,
        }
    ]
    one = {
        "wave": 1,
        "title": "Wave One",
        "sha256": SHA256,
        "basedOn": ["Guiding Principles"],
        "workgroup": {"name": "Standards"},
        "supersedes": None,
    }
    two = {"wave": 2, "title": "Wave Two", "sha256": None, "basedOn": [], "workgroup": None}
    assert seen["standards"] == [one, two | {"supersedes": {"wave": 1}}]
    assert [(each["kind"], each["publishedOn"]["text"]) for each in seen["library"]] == [
        ("GUIDE", "2022-05"),
        ("STANDARDS", "2023-03-02"),
        ("STANDARDS", "2023-03-02"),
    ]
    assert [each["supersededBy"] for each in seen["library"]] == [[], [{"wave": 2}], []]


def test_standards_are_superseded_from_the_day_on_which_the_next_are_out(small_api: Api) -> None:
    first = must(small_api, "publishStandards", {"wave": 1, "title": "One"}, "publication { id }")[
        "publication"
    ]
    small_api.coalition.clock.advance(days=30)
    must(small_api, "publishStandards", {"wave": 2, "title": "Two", "supersedes": first["id"]})
    query = """query ($asOf: AsOf) { governance(asOf: $asOf) {
        standards { wave supersededBy { wave } } } }"""

    def seen(day: date) -> list[tuple[int, list[int]]]:
        found = governance(small_api, query, as_of={"effectiveOn": str(day)})["standards"]
        return [(each["wave"], [later["wave"] for later in each["supersededBy"]]) for each in found]

    today = small_api.coalition.clock.now.date()
    assert seen(today - timedelta(days=1)) == [(1, [])]
    assert sorted(seen(today)) == [(1, [2]), (2, [])]


@pytest.mark.parametrize("role", list(Role))
def test_who_funds_the_coalition_and_why_is_for_members(small_api: Api, role: Role) -> None:
    given = {"funder": "Planted Foundation", "stipulations": "planted", "source": "a report"}
    must(small_api, "recordFunding", given | {"effectiveOn": "2022-01-01", "precision": "YEAR"})
    (seen,) = governance(small_api, RECORD, role)["funding"]
    assert seen["since"] == {"text": "2022"}
    told = [seen[name] for name in ("funder", "stipulations", "source")]
    assert told == ([*given.values()] if role in READERS else [None] * 3)


def test_a_workgroup_was_there_until_it_ended(recorded: Api) -> None:
    query = """query ($asOf: AsOf) { governance(asOf: $asOf) {
        workgroups { id name dissolvedOn } } }"""
    group = governance(recorded, query)["workgroups"][0]["id"]
    must(recorded, "dissolveWorkgroup", {"workgroup": group})
    assert governance(recorded, query)["workgroups"][0]["dissolvedOn"] == "2023-03-02"
    before = governance(recorded, query, as_of={"effectiveOn": "2020-01-01"})["workgroups"]
    assert before == [{"id": group, "name": "Standards", "dissolvedOn": None}]
    assert governance(recorded, query, as_of={"effectiveOn": "2018-12-31"})["workgroups"] == []


def test_before_its_first_policy_the_coalition_has_no_partners(small_api: Api) -> None:
    seen = governance(small_api, RECORD, as_of={"at": {"position": 1}})
    assert seen["partners"] == seen["leaders"] == seen["library"] == []
    assert seen["director"] is None


@pytest.mark.parametrize("mutation", sorted(COMMANDS))
def test_the_record_is_the_director_s(small_api: Api, mutation: str) -> None:
    before = everything(small_api.coalition)
    for role in set(Role) - {Role.DIRECTOR}:
        answer = small_api.do(mutation, COMMANDS[mutation], role)
        assert answer["__typename"] == "NotAllowed", (role, answer)
    assert everything(small_api.coalition) == before


@pytest.mark.parametrize(
    ("mutation", "wrong", "field", "rule"),
    [
        ("appointDirector", {"name": ""}, "name", "min-length"),
        ("appointDirector", {"name": "n" * 201}, "name", "max-length"),
        ("formWorkgroup", {"name": "a\nb"}, "name", "pattern"),
        ("formWorkgroup", {"precision": "YEAR"}, "effectiveOn", "date-precision"),
        ("publishStandards", {"wave": 0}, "wave", "wave"),
        ("publishStandards", {"link": "http://standards.example"}, "link", "pattern"),
        ("publishStandards", {"basedOn": ["a"] * 21}, "basedOn", "max-items"),
        ("publishLibraryItem", {"kind": "STANDARDS"}, "kind", "standards-lineage"),
        ("recordFunding", {"until": "2000-01-01"}, "until", "funding-period"),
        ("recordHistory", {"effectiveOn": "2024-01-01"}, "effectiveOn", "effective-date"),
        ("recordHistory", {"text": "t" * 4_001}, "text", "max-length"),
    ],
)
def test_bad_input_names_its_field_and_rule_and_changes_nothing(
    small_api: Api, mutation: str, wrong: dict[str, Any], field: str, rule: str
) -> None:
    before = everything(small_api.coalition)
    answer = small_api.do(mutation, COMMANDS[mutation] | wrong, Role.DIRECTOR)
    assert (answer["__typename"], answer["field"], answer["rule"]) == ("Refused", field, rule)
    assert answer["unmet"][0]["satisfiedBy"]
    assert everything(small_api.coalition) == before


@pytest.mark.parametrize(
    "mutation",
    ["namePartnerLeader", "changeNaming", "endTerm", "dissolveWorkgroup", "correctEntry"],
)
def test_an_id_that_names_nothing_is_not_allowed(small_api: Api, mutation: str) -> None:
    answer = small_api.do(mutation, COMMANDS[mutation], Role.DIRECTOR)
    assert answer["__typename"] == "NotAllowed"


def test_what_is_recorded_is_found_by_its_id(recorded: Api) -> None:
    claim(recorded, "It began.", "A letter", "2005-01-01")
    query = """{ governance { director { id __typename } workgroups { id __typename }
        library { id __typename } funding { id __typename } history { id __typename } } }"""
    found = governance(recorded, query)
    things = [found["director"]]
    for name in ("workgroups", "library", "funding", "history"):
        things += found[name]
    assert {each["__typename"] for each in things} == {
        "TermOfOffice",
        "Workgroup",
        "Publication",
        "Funding",
        "HistoricalClaim",
    }
    ids = [each["id"] for each in things]
    nodes = recorded.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }", ids=ids)
    assert nodes["nodes"] == things


def test_the_coalition_is_seen_with_the_home_policy_and_seats_that_it_had_on_a_day(
    api: Api,
) -> None:
    api.coalition.clock.advance(days=60)
    party = api.coalition.admit("community-network", organisation("Moved Harbour")).party
    home = global_id(NodeKind.PARTY, party)
    api.coalition.clock.advance(days=10)
    today = api.coalition.clock.now.date()
    given = {"home": home, "source": "Minutes", "effectiveOn": str(today - timedelta(days=5))}
    must(api, "transferHome", given)
    seats = {"tier": "collaborative-partner", "seats": 9}
    must(api, "setSeats", seats | {"effectiveOn": str(today - timedelta(days=4))})

    query = """query ($asOf: AsOf) { governance(asOf: $asOf) { coalition {
        policy { reference } seats { limit } home { id } } } }"""

    def then(days_ago: int, at: int | None = None) -> Any:  # noqa: ANN401 - JSON
        as_of: dict[str, Any] = {"effectiveOn": str(today - timedelta(days=days_ago))}
        if at is not None:
            as_of["at"] = {"position": at}
        return governance(api, query, Role.AUDITOR, as_of=as_of)["coalition"]

    assert then(0)["home"] == then(5)["home"] == {"id": home}
    assert then(6)["home"] is None
    head = api.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
    assert then(5, at=head - 2)["home"] is None
    assert (then(0)["seats"], then(0, at=head - 1)["seats"]) == ([{"limit": 9}], [{"limit": 8}])
    assert (then(4)["seats"], then(5)["seats"]) == ([{"limit": 9}], [{"limit": 8}])
    assert then(0)["policy"] == {"reference": "cate@1"}
    # History goes further back than the coalition does, and where it is at home is for staff.
    assert then(10_000) is None
    assert governance(api, query)["coalition"]["home"] is None


def test_the_texts_to_sign_are_those_of_the_day(api: Api) -> None:
    agreement = "network-member-agreement"
    api.coalition.clock.advance(days=5)
    first = api.coalition.clock.now.date()
    must(api, "publishAgreementTemplate", {"agreement": agreement, "text": "Be kind."})
    api.coalition.clock.advance(days=30)
    must(api, "publishAgreementTemplate", {"agreement": agreement, "text": "Be kind and fair."})

    query = """query ($asOf: AsOf) { agreementTemplates(asOf: $asOf) {
        version text publishedOn } }"""

    def then(day: date) -> list[Any]:
        found: list[Any] = api.ask(query, asOf={"effectiveOn": str(day)})["agreementTemplates"]
        return [(each["version"], each["text"]) for each in found]

    assert then(first + timedelta(days=30)) == [(2, "Be kind and fair.")]
    assert then(first + timedelta(days=29)) == then(first) == [(1, "Be kind.")]
    assert then(first - timedelta(days=1)) == []
