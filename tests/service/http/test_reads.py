"""What an answer says of the ledger, how long it may be kept, and whose it is."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from service.graphql.http import VARY
from service.security.principal import Role
from tests.service.coalition import Coalition
from tests.service.http.conftest import new_key, serving

QUERY = {"query": "{ __typename }"}


def test_an_answer_names_the_position_that_it_was_read_at(small_coalition: Coalition) -> None:
    with serving(small_coalition) as client, small_coalition.ledger.read() as snapshot:
        ledger = client.get("/graphql", params=QUERY).json()["extensions"]["ledger"]
        assert ledger["position"] == snapshot.position
        assert ledger["recordedAt"] == "2023-03-01T18:00:00Z"


def test_an_answer_is_kept_by_its_reader_alone_and_asked_for_again(client: TestClient) -> None:
    first = client.get("/graphql", params=QUERY)
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["vary"] == VARY
    tag = first.headers["etag"]
    for known in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
        again = client.get("/graphql", params=QUERY, headers={"if-none-match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["cache-control"] == "private, no-cache"
        assert again.headers["vary"] == VARY
    for other in ('"other"', "W/", tag[:-1], "garbage"):
        again = client.get("/graphql", params=QUERY, headers={"if-none-match": other})
        assert again.status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "{ rateLimit { limit } }",
        "{ keys { nodes { prefix } } }",
        "{ webhooks { position } }",
        "{ ledger { checkpoint { size } } }",
    ],
)
def test_what_changes_without_the_ledger_is_never_taken_from_what_a_client_has(
    client: TestClient, query: str
) -> None:
    assert "etag" not in client.get("/graphql", params={"query": query}).headers


def test_whatever_an_answer_depends_on_changes_its_tag(small_coalition: Coalition) -> None:
    with serving(small_coalition) as client:

        def tag(parameters: dict[str, str], headers: dict[str, str] | None = None) -> str:
            answer = client.get("/graphql", params=parameters, headers=headers)
            assert answer.status_code == 200
            return str(answer.headers["etag"])

        director = {"authorization": f"Bearer {new_key(small_coalition)}"}
        auditor = {"authorization": f"Bearer {new_key(small_coalition, Role.AUDITOR)}"}
        query = "query Q($yes: Boolean = true) { a: __typename @include(if: $yes) }"
        tags = [
            tag(QUERY),
            tag(QUERY, {"accept": "application/graphql-response+json"}),
            tag(QUERY, director),
            tag(QUERY, auditor),
            tag({"query": query}),
            tag({"query": query, "operationName": "Q"}),
            tag({"query": query, "variables": '{"yes": false}'}),
            tag({"query": query, "variables": '{"yes": true}'}),
        ]
        assert tag(QUERY) == tags[0]
        small_coalition.clock.advance(days=1)
        tags.append(tag(QUERY))
        small_coalition.set_seats("collaborative-partner", 9)
        tags.append(tag(QUERY))
    assert len(set(tags)) == len(tags)


def test_what_is_posted_or_refused_is_not_kept(client: TestClient) -> None:
    for response in (
        client.post("/graphql", json=QUERY),
        client.post("/graphql", json={}),
        client.get("/graphql", params={"query": "{"}),
    ):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["vary"] == VARY
        assert "etag" not in response.headers


@pytest.mark.parametrize(
    "presented",
    [
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Bearer abcdefgh2345." + "A" * 43,
        "Bearer a b",
        "Basic dXNlcjpwYXNz",
        "nonsense",
    ],
)
def test_a_wrong_key_is_refused_and_never_taken_for_nobody(
    client: TestClient, presented: str
) -> None:
    response = client.post("/graphql", json=QUERY, headers={"authorization": presented})
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer ")
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_two_keys_at_once_are_refused(client: TestClient) -> None:
    twice = [("authorization", "Bearer x"), ("authorization", "Bearer y")]
    assert client.post("/graphql", json=QUERY, headers=twice).status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
def test_a_key_says_who_asks(coalition: Coalition, scheme: str) -> None:
    with serving(coalition) as client:
        key = new_key(coalition, Role.AUDITOR)
        headers = {"authorization": f"{scheme} {key}"}
        response = client.post("/graphql", json={"query": "{ viewer { role } }"}, headers=headers)
        assert response.json()["data"] == {"viewer": {"role": "AUDITOR"}}
