"""GraphQL over HTTP: what each kind of request is answered with."""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from tests.service.coalition import Coalition
from tests.service.live.served import served

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"

VALID = {"query": "{ __typename }"}
UNPARSABLE = {"query": "{ __typename"}
INVALID = {"query": "{ nothingOfThatName }"}
WRONG_VARIABLE = {
    "query": "query Q($yes: Boolean!) { __typename @include(if: $yes) }",
    "variables": {"yes": "perhaps"},
}


def post(client: TestClient, body: object, **headers: str) -> Response:
    return client.post("/graphql", json=body, headers=_named(headers))


def get(client: TestClient, parameters: dict[str, str], **headers: str) -> Response:
    return client.get("/graphql", params=parameters, headers=_named(headers))


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def assert_errors(response: Response) -> list[dict[str, Any]]:
    """Every refusal is a well-formed GraphQL response in JSON, with a code and a request id."""
    assert response.headers["content-type"].split(";")[0] in (JSON, GRAPHQL)
    body = response.json()
    assert set(body) == {"errors"}
    for error in body["errors"]:
        assert error["message"]
        assert error["extensions"]["code"]
        assert error["extensions"]["requestId"]
    errors: list[dict[str, Any]] = body["errors"]
    assert errors
    return errors


@pytest.mark.parametrize(
    ("accept", "status", "media_type"),
    [
        (None, 200, JSON),
        ("*/*", 200, JSON),
        ("application/*", 200, JSON),
        (JSON, 200, JSON),
        (GRAPHQL, 200, GRAPHQL),
        (f"{GRAPHQL}; charset=utf-8, {JSON}; charset=utf-8", 200, GRAPHQL),
        (f"{JSON}, {GRAPHQL}", 200, GRAPHQL),
        (f"{GRAPHQL};q=0.1, {JSON}", 200, JSON),
        (f"{GRAPHQL};q=0, */*", 200, JSON),
        (f"{JSON};q=0, */*;q=0.5", 200, GRAPHQL),
        ("text/html, */*;q=0.8", 200, JSON),
        ("text/html", 406, JSON),
        ("image/png, text/*", 406, JSON),
        (f"{JSON};q=0", 406, JSON),
        (f"{JSON}; charset=utf-16", 406, JSON),
    ],
)
def test_the_answer_has_the_media_type_that_the_client_prefers(
    client: TestClient, accept: str | None, status: int, media_type: str
) -> None:
    request = client.build_request("POST", "/graphql", json=VALID)
    # httpx2 sets */* by itself.
    del request.headers["accept"]
    if accept is not None:
        request.headers["accept"] = accept
    response = client.send(request)
    assert response.status_code == status
    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
    if status == 200:
        assert response.json()["data"] == {"__typename": "Query"}
    else:
        assert assert_errors(response)[0]["extensions"]["code"] == "NOT_ACCEPTABLE"


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ('Application/JSON;charset="UTF-8"', 200),
        (None, 415),
        ("", 415),
        ("application/json; charset=utf-16", 415),
        ("application/json; profile=x", 415),
        ("application/jsonx", 415),
        ("application/graphql", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("text/plain", 415),
    ],
)
def test_a_post_is_json_in_utf_8_and_says_so(
    client: TestClient, content_type: str | None, status: int
) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    response = client.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers)
    assert response.status_code == status
    if status != 200:
        assert assert_errors(response)[0]["extensions"]["code"] == "UNSUPPORTED_MEDIA_TYPE"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"7",
        b'"{ __typename }"',
        b"[]",
        b'[{"query": "{ __typename }"}]',
        b'\xff{"query": "{ __typename }"}',
        '{"query": "{ __typename }"}'.encode("utf-16"),
        b'{"query": "{ __typename }", "variables": NaN}',
        b'{"query":' + b"[" * 2_000 + b"]" * 2_000 + b"}",
        b"{}",
        b'{"query": null}',
        b'{"query": ""}',
        b'{"query": " \\n "}',
        b'{"query": 7}',
        b'{"query": ["{ __typename }"]}',
        b'{"query": {"a": 1}}',
        b'{"query": "{ __typename }", "operationName": 7}',
        b'{"query": "{ __typename }", "operationName": {}}',
        b'{"query": "{ __typename }", "variables": "{}"}',
        b'{"query": "{ __typename }", "variables": [1]}',
        b'{"query": "{ __typename }", "variables": 7}',
        b'{"query": "{ __typename }", "extensions": "{}"}',
        b'{"query": "{ __typename }", "extensions": [1]}',
        b'{"variables": {}}',
        b'{"query": "{ __typename }", "variables": {"a":' + b"[" * 100 + b"]" * 100 + b"}}",
        b'{"query": "{ __typename }", "variables": {"a":' + b'{"a":' * 400 + b"1" + b"}" * 402,
    ],
)
@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
def test_a_body_that_is_no_request_is_400_in_json(
    client: TestClient, body: bytes, accept: str
) -> None:
    response = client.post(
        "/graphql", content=body, headers={"content-type": JSON, "accept": accept}
    )
    assert response.status_code == 400
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert assert_errors(response)[0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"operationName": None, "variables": None, "extensions": None},
        {"operationName": "", "variables": {}, "extensions": {}},
        {"extensions": {"anything": {"at": ["all"]}}},
        {"somethingElse": [1, 2]},
    ],
)
@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
def test_what_is_null_or_not_known_is_passed_over(
    client: TestClient, extra: dict[str, object], accept: str
) -> None:
    response = post(client, {**VALID, **extra}, accept=accept)
    assert response.status_code == 200
    assert response.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (UNPARSABLE, "PARSE_FAILED"),
        (INVALID, "VALIDATION_FAILED"),
        (WRONG_VARIABLE, "INVALID_VARIABLES"),
        ({"query": "query A { __typename } query B { __typename }"}, "VALIDATION_FAILED"),
        ({**VALID, "operationName": "Other"}, "VALIDATION_FAILED"),
        ({"query": "{a " * 1_300}, "PARSE_FAILED"),
        ({"query": "query ($unused: ID) { __typename }"}, "VALIDATION_FAILED"),
        (
            {"query": "query ($a: ID) { memberships(first: $a) { totalCount } }"},
            "VALIDATION_FAILED",
        ),
    ],
)
@pytest.mark.parametrize(("accept", "status"), [(GRAPHQL, 400), (JSON, 200)])
def test_what_cannot_be_executed_is_400_for_who_knows_the_newer_media_type(
    client: TestClient, body: dict[str, object], code: str, accept: str, status: int
) -> None:
    response = post(client, body, accept=accept)
    assert response.status_code == status
    assert {error["extensions"]["code"] for error in assert_errors(response)} == {code}


def test_the_operation_is_the_one_that_is_named(client: TestClient) -> None:
    query = "query A { a: __typename } query B { b: __typename }"
    response = post(client, {"query": query, "operationName": "B"})
    assert response.json()["data"] == {"b": "Query"}


@pytest.mark.parametrize("size", [4_097, 100_000])
@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_large_is_413(client: TestClient, size: int, *, announced: bool) -> None:
    body = b" " * size
    # An iterator has no length, so it is sent in chunks.
    content = body if announced else iter([body])
    response = client.post("/graphql", content=content, headers={"content-type": JSON})
    assert response.status_code == 413
    assert response.headers["connection"] == "close"
    assert assert_errors(response)[0]["extensions"]["code"] == "BODY_TOO_LARGE"


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"query": "{ __typename }"}, 200),
        ({"query": "{ __typename }", "operationName": "", "variables": "", "extensions": ""}, 200),
        ({"query": "{ __typename }", "variables": "{}", "extensions": "{}"}, 200),
        ({"query": "{ __typename }", "variables": "null"}, 200),
        ({"query": "{ __typename }", "other": "7"}, 200),
        ({}, 400),
        ({"query": ""}, 400),
        ({"query": "{ __typename }", "variables": "{"}, 400),
        ({"query": "{ __typename }", "variables": "[1]"}, 400),
        ({"query": "{ __typename }", "variables": "7"}, 400),
        ({"query": "{ __typename }", "extensions": "no"}, 400),
        ({"query": "{ __typename }", "variables": f'{{"a":{"[" * 990}{"]" * 990}}}'}, 400),
    ],
)
def test_a_get_has_its_parameters_in_the_address(
    client: TestClient, parameters: dict[str, str], status: int
) -> None:
    response = get(client, parameters)
    assert response.status_code == status
    if status == 200:
        assert response.json()["data"] == {"__typename": "Query"}
    else:
        assert assert_errors(response)[0]["extensions"]["code"] == "BAD_REQUEST"


def test_a_parameter_that_stands_there_twice_is_400(client: TestClient) -> None:
    response = client.get("/graphql?query={a}&query={b}")
    assert response.status_code == 400
    assert_errors(response)


def test_the_variables_of_a_get_are_json(client: TestClient) -> None:
    parameters = {"query": WRONG_VARIABLE["query"], "variables": '{"yes": false}'}
    assert get(client, {key: str(value) for key, value in parameters.items()}).json()["data"] == {}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
def test_a_mutation_by_get_is_405(client: TestClient, method: str, accept: str) -> None:
    response = client.request(
        method,
        "/graphql",
        params={"query": "mutation { __typename }"},
        headers={"accept": accept},
    )
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    if method == "GET":
        assert_errors(response)


def test_a_head_is_a_get_without_its_body(client: TestClient) -> None:
    response = client.head("/graphql", params=VALID)
    assert response.status_code == 200
    assert response.headers["etag"] == get(client, VALID, accept="*/*").headers["etag"]


def test_options_tells_the_methods(client: TestClient) -> None:
    response = client.options("/graphql")
    assert response.status_code == 204
    assert response.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "QUERY"])
def test_other_methods_are_405(client: TestClient, method: str) -> None:
    response = client.request(method, "/graphql", params=VALID)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert assert_errors(response)[0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"


def test_a_body_that_does_not_arrive_is_not_waited_for(shared_coalition: Coalition) -> None:
    request = (
        b"POST /graphql HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
        b"Content-Length: 100\r\n\r\n{"
    )
    with served(shared_coalition, receive_timeout_s=0.2) as address:
        url = urlsplit(address)
        with socket.create_connection((url.hostname, url.port), timeout=10) as connection:
            connection.sendall(request)
            answer = b"".join(iter(lambda: connection.recv(4_096), b"")).decode()
    assert answer.startswith("HTTP/1.1 408 ")
    assert '"code":"BODY_TIMEOUT"' in answer


def test_a_subscription_is_not_executed(client: TestClient) -> None:
    response = post(client, {"query": "subscription { __typename }"}, accept=GRAPHQL)
    assert response.status_code == 400
    assert_errors(response)


@pytest.mark.parametrize("accept", ["text/html", "text/html,application/xhtml+xml,*/*;q=0.8"])
def test_a_browser_gets_a_page_with_nothing_from_elsewhere(client: TestClient, accept: str) -> None:
    response = get(client, {}, accept=accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    for loading in ("<style", "style=", "http", "//"):
        assert loading not in response.text


def test_a_browser_with_a_query_gets_its_answer(client: TestClient) -> None:
    response = get(client, VALID, accept="text/html, */*;q=0.8")
    assert response.json()["data"] == {"__typename": "Query"}
