"""Callers that ask for more than they may, and operations that take too long."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from service.faults import UnavailableError
from service.graphql.execution import Call, Engine
from service.graphql.operations import Parameters
from service.graphql.schema import build_schema
from service.security.principal import Role
from service.settings import Settings, load
from tests.service.coalition import Coalition
from tests.service.http.conftest import new_key, serving

ASK = {"query": "{ rateLimit { cost limit remaining restoredInSeconds } }"}


def left(client: TestClient, **headers: str) -> dict[str, int]:
    answer = client.post("/graphql", json=ASK, headers=headers)
    told: dict[str, int] = answer.json()["data"]["rateLimit"]
    return told


def test_each_caller_has_a_budget_of_their_own(small_coalition: Coalition) -> None:
    director = {"authorization": f"Bearer {new_key(small_coalition)}"}
    auditor = {"authorization": f"Bearer {new_key(small_coalition, Role.AUDITOR)}"}
    with serving(small_coalition, cost_a_minute=600, public_cost_a_minute=300) as client:
        assert left(client) == {"cost": 5, "limit": 300, "remaining": 295, "restoredInSeconds": 1}
        assert left(client, **director)["remaining"] == 595
        assert left(client, **director)["remaining"] == 590
        assert left(client, **auditor)["remaining"] == 595


def test_whoever_has_spent_it_is_refused_and_told_when_to_come_back(
    small_coalition: Coalition,
) -> None:
    with serving(small_coalition, public_cost_a_minute=300) as client:
        for _ in range(3):
            assert client.post("/graphql", json={"query": "{ nothing }"}).status_code == 200
        refused = client.post("/graphql", json=ASK)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        assert refused.json()["errors"][0]["extensions"]["code"] == "OVER_BUDGET"
        # Who has a key is not held up by those who have none.
        key = {"authorization": f"Bearer {new_key(small_coalition)}"}
        assert client.post("/graphql", json=ASK, headers=key).status_code == 200


def test_what_costs_more_than_a_minute_brings_is_told_what_would_do(
    small_coalition: Coalition,
) -> None:
    page = "{ memberships(first: %d) { nodes { id } } }"
    headers = {"accept": "application/graphql-response+json"}
    with serving(small_coalition, public_cost_a_minute=150) as client:
        refused = client.post("/graphql", json={"query": page % 100}, headers=headers)
        assert refused.status_code == 400
        assert "retry-after" not in refused.headers
        (error,) = refused.json()["errors"]
        assert error["message"] == (
            "This costs 201, and what you get within a minute is 150, so it is never answered: "
            "ask for shorter pages (first), or for fewer fields, in several requests."
        )
        told = {name: error["extensions"][name] for name in ("code", "limit", "most")}
        assert told == {"code": "LIMIT_EXCEEDED", "limit": "cost", "most": "150"}
        again = client.post("/graphql", json={"query": page % 10}, headers=headers)
        assert again.status_code == 200


def test_without_an_end_nothing_is_counted(small_coalition: Coalition) -> None:
    with serving(small_coalition, public_cost_a_minute=0) as client:
        assert client.post("/graphql", json=ASK).json()["data"] == {"rateLimit": None}


@pytest.mark.parametrize(
    ("setting", "limit"), [({"max_depth": 2}, "depth"), ({"max_cost": 5}, "cost")]
)
def test_limits_are_settings(
    small_coalition: Coalition, setting: dict[str, int], limit: str
) -> None:
    query = "{ memberships(first: 3) { nodes { tier { name } } } }"
    with serving(small_coalition, **setting) as client:
        (error,) = client.post("/graphql", json={"query": query}).json()["errors"]
        assert error["extensions"]["limit"] == limit


def test_an_operation_that_takes_too_long_is_given_up(small_coalition: Coalition) -> None:
    call = Call(request_id="a test's", parameters=Parameters("{ policy { version } }", None, {}))
    assert Engine(build_schema(), small_coalition.ledger).answer(call).executed
    with pytest.raises(UnavailableError):
        Engine(build_schema(), small_coalition.ledger, timeout_s=-1).answer(call)


def test_a_proxy_that_is_trusted_says_where_clients_are() -> None:
    settings = load(
        Settings,
        database_url="sqlite:///x",
        keys_url="sqlite:///y",
        kek="z",
        trusted_proxies="10.0.0.1, 10.1.0.0/16",
    )
    assert settings.trusted_proxies == ("10.0.0.1", "10.1.0.0/16")
