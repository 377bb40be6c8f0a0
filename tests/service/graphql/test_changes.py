"""What changed between two points, as anybody may ask."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from service.graphql.ids import NodeKind, global_id
from service.security.principal import Role
from tests.service.coalition import POLICY, organisation
from tests.service.graphql.api import Api

CHANGES = """query ($from: AsOfPoint!, $to: AsOfPoint, $first: Int, $after: String) {
    changesBetween(from: $from, to: $to, first: $first, after: $after) {
        totalCount pageInfo { endCursor hasNextPage }
        nodes { membership { id party { name } } entry { position ... on OpenEntry { type } }
            fields { field before after } }
    } }"""


def head(api: Api) -> int:
    position: int = api.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
    return position


def between(api: Api, start: int, end: int | None = None, **more: Any) -> Any:  # noqa: ANN401 - JSON
    to = None if end is None else {"position": end}
    variables = {"from": {"position": start}, "to": to} | more
    return api.ask(CHANGES, **variables)["changesBetween"]


@pytest.fixture
def lived(api: Api) -> tuple[Api, str, int]:
    """A coalition in which somebody came and signed, and the position before."""
    before = head(api)
    member = api.coalition.admit("community-network", organisation("Hidden Harbour"))
    agreement = POLICY.agreement_for("community-network").id
    api.coalition.sign(member, agreement, *api.coalition.publish(agreement, "Be kind."))
    return api, global_id(NodeKind.MEMBERSHIP, member.membership), before


def test_it_is_told_entry_by_entry_what_a_membership_became(lived: tuple[Api, str, int]) -> None:
    api, membership, before = lived
    found = between(api, before)
    assert found["totalCount"] == 3
    assert {each["membership"]["id"] for each in found["nodes"]} == {membership}
    admitted, sent, signed = found["nodes"]
    assert admitted["entry"]["type"] == "membership.admitted.v1"
    agreement = POLICY.agreement_for("community-network").id
    assert admitted["fields"] == [
        {"field": "tier", "before": None, "after": "community-network"},
        {"field": "membershipClass", "before": None, "after": "NETWORK"},
        {"field": "standing", "before": None, "after": "AGREEMENT_PENDING"},
        {"field": "agreement", "before": None, "after": agreement},
    ]
    assert sent["fields"] == [{"field": "sentVersion", "before": None, "after": "1"}]
    assert signed["fields"] == [
        {"field": "standing", "before": "AGREEMENT_PENDING", "after": "ACTIVE"},
        {"field": "signedVersion", "before": None, "after": "1"},
    ]


def test_the_earlier_point_is_left_out_and_the_later_one_is_in(
    lived: tuple[Api, str, int],
) -> None:
    api, _, before = lived
    admitted, sent, signed = (each["entry"]["position"] for each in between(api, before)["nodes"])
    assert [each["entry"]["position"] for each in between(api, admitted, signed)["nodes"]] == [
        sent,
        signed,
    ]
    assert between(api, sent, sent)["nodes"] == []
    page = between(api, before, first=2)
    assert page["pageInfo"]["hasNextPage"]
    rest = between(api, before, first=2, after=page["pageInfo"]["endCursor"])
    assert [each["entry"]["position"] for each in rest["nodes"]] == [signed]


def test_dates_of_recording_name_the_points_too(lived: tuple[Api, str, int]) -> None:
    api, membership, _ = lived
    clock = api.coalition.clock
    then = clock().astimezone(UTC).isoformat()
    clock.advance(days=40)
    given = {"reason": "SERVICES_CHANGED", "membership": membership, "tier": "ally-network"}
    api.do("requestTierChange", given, Role.DIRECTOR)
    clock.advance(days=1)
    found = api.ask(CHANGES, **{"from": {"recordedAt": then}})["changesBetween"]
    assert found["totalCount"] == 0
    now = clock().astimezone(UTC).isoformat()
    past = {"from": {"position": 1}, "to": {"recordedAt": now}}
    assert api.ask(CHANGES, **past)["changesBetween"]["totalCount"] > 3


def test_whose_membership_it_is_stays_with_those_who_may_know(
    lived: tuple[Api, str, int],
) -> None:
    api, _, before = lived
    assert all(each["membership"]["party"] is None for each in between(api, before)["nodes"])
    given = {"from": {"position": before}}
    seen = api.ask(CHANGES, Role.COMMITTEE, **given)["changesBetween"]["nodes"]
    assert {each["membership"]["party"]["name"] for each in seen} == {"Hidden Harbour"}


@pytest.mark.parametrize(
    ("start", "end", "argument", "rule"),
    [
        ({"position": 3}, {"position": 2}, "to", "not-before-from"),
        ({"position": 0}, None, "from.position", "not-before-founding"),
        ({"position": 1}, {"position": 9_999}, "to.position", "not-in-the-future"),
        ({"recordedAt": "2001-01-01T00:00:00Z"}, None, "from.recordedAt", "not-before-founding"),
    ],
)
def test_points_that_are_none_are_refused(
    api: Api, start: dict[str, Any], end: dict[str, Any] | None, argument: str, rule: str
) -> None:
    error = api.refused(CHANGES, **{"from": start, "to": end})
    assert error["extensions"]["field"] == argument
    assert error["extensions"]["rule"] == rule
