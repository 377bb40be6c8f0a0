"""An agent reads what its key may read, and changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from service.graphql.execution import Engine
from service.graphql.schema import build_schema
from service.partners.agents import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    PROTOCOLS,
    AgentServer,
)
from service.security.principal import Role
from tests.service.graphql.story import LISTED, PERSONAL, REVIEW, STAFF, Story
from tests.service.http.conftest import new_key


def server(told: Story, key: str | None = None) -> AgentServer:
    return AgentServer(Engine(build_schema(), told.coalition.ledger), key)


def send(to: AgentServer, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
    message = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params or {}}
    answer = to.answer(json.dumps(message).encode())
    assert answer is not None
    assert (answer["jsonrpc"], answer["id"]) == ("2.0", 7)
    return answer


def call(to: AgentServer, tool: str, arguments: dict[str, Any]) -> tuple[str, bool]:
    result = send(to, "tools/call", {"name": tool, "arguments": arguments})["result"]
    (content,) = result["content"]
    assert content["type"] == "text"
    return content["text"], result["isError"]


@pytest.fixture(scope="module")
def operator(told: Story) -> str:
    """A key of somebody who may change something."""
    return new_key(told.coalition, Role.OPERATOR)


def test_it_begins_as_the_protocol_has_it(told: Story) -> None:
    to = server(told)
    for wanted in (*PROTOCOLS, "1999-01-01"):
        result = send(to, "initialize", {"protocolVersion": wanted})["result"]
        assert result["protocolVersion"] == (wanted if wanted in PROTOCOLS else PROTOCOLS[0])
        assert result["capabilities"] == {"tools": {}}
        assert result["serverInfo"]["name"] == "coalition-ledger"
    assert to.answer(b'{"jsonrpc":"2.0","method":"notifications/initialized"}') is None
    assert send(to, "ping")["result"] == {}


def test_every_tool_says_that_it_only_reads_and_what_it_takes(told: Story) -> None:
    tools = send(server(told), "tools/list")["result"]["tools"]
    assert [each["name"] for each in tools] == ["find_members", "query", "schema"]
    for tool in tools:
        assert tool["annotations"]["readOnlyHint"] is True
        Draft202012Validator.check_schema(tool["inputSchema"])


def test_an_agent_finds_members_and_asks_on(told: Story) -> None:
    to = server(told)
    text, is_error = call(to, "find_members", {"counties": ["29510"]})
    assert not is_error
    nodes = json.loads(text)["data"]["rows"]["nodes"]
    assert [each["name"] for each in nodes] == [LISTED["organisation"]]
    document = "query ($n: Int) { memberships(first: $n) { totalCount } }"
    text, is_error = call(to, "query", {"document": document, "variables": {"n": 1}})
    assert not is_error
    assert json.loads(text)["data"]["memberships"]["totalCount"] == 3


def test_the_schema_is_shown_as_far_as_it_can_be_asked(told: Story) -> None:
    to = server(told)
    text, is_error = call(to, "schema", {})
    assert (is_error, "directory(" in text) == (False, True)
    text, is_error = call(to, "schema", {"types": ["Membership", "Listing"]})
    assert (is_error, "type Membership implements Node" in text) == (False, True)
    for names in (["Mutation"], ["Nothing"], [7]):
        text, is_error = call(to, "schema", {"types": names})
        assert (is_error, "type Mutation" in text) == (True, False)


def test_it_is_given_what_its_key_may_read_and_no_more(told: Story) -> None:
    asked = {
        "document": "{ memberships(first: 50) { nodes { party { ... on Organisation { name } "
        "... on Individual { personName: name } } } } }"
    }
    public, _ = call(server(told), "query", asked)
    for hidden in (*PERSONAL.values(), *STAFF.values(), *REVIEW.values()):
        assert hidden not in public
    auditor, _ = call(server(told, new_key(told.coalition, Role.AUDITOR)), "query", asked)
    assert STAFF["organisation.name"] in auditor
    assert PERSONAL["individual.legal-name"] not in auditor
    refused = call(server(told, "nonsense"), "query", asked)
    assert refused == ("The API key is not accepted.", True)


@pytest.mark.parametrize(
    "document",
    [
        'mutation { expungeValue(input: {commandId: "x", entry: "x", field: "x"}) { __typename } }',
        "subscription { entries { position } }",
        "{ nothing }",
        "{",
        "{" + " memberships(first: 100) { nodes { id } }" * 300 + " }",
    ],
)
def test_what_changes_something_or_is_no_query_is_an_error(
    told: Story, operator: str, document: str
) -> None:
    with told.coalition.ledger.read() as snapshot:
        before = snapshot.position
    _, is_error = call(server(told, operator), "query", {"document": document})
    assert is_error
    with told.coalition.ledger.read() as snapshot:
        assert snapshot.position == before


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", PARSE_ERROR),
        (b"[]", INVALID_REQUEST),
        (b'{"id": 1, "method": "ping"}', INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": 1, "method": 5}', INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}', INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "resources/list"}', METHOD_NOT_FOUND),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call"}', INVALID_PARAMS),
    ],
)
def test_a_message_that_is_none_is_an_error_by_its_code(
    told: Story, line: bytes, code: int
) -> None:
    answer = server(told).answer(line)
    assert answer is not None
    assert answer["error"]["code"] == code


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("nothing", {}),
        ("query", {}),
        ("query", {"document": 5}),
        ("query", {"document": "{ __typename }", "variables": ["x"]}),
        ("find_members", {"county": "29510"}),
        ("schema", {"types": "Query"}),
        ("schema", {"types": ["Query"] * 21}),
    ],
)
def test_wrong_arguments_are_told(told: Story, tool: str, arguments: dict[str, Any]) -> None:
    answer = send(server(told), "tools/call", {"name": tool, "arguments": arguments})
    assert answer["error"]["code"] == INVALID_PARAMS


def test_messages_come_and_go_by_lines(told: Story) -> None:
    lines = [
        b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n',
        b"\n",
        b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}\n',
        b'{"jsonrpc":"2.0","id":"b","method":"ping"}\n',
    ]
    answers = list(server(told).answers(lines))
    assert [json.loads(each)["id"] for each in answers] == [1, "b"]
    assert all(each.endswith(b"\n") and each.count(b"\n") == 1 for each in answers)
