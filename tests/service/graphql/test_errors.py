import logging
import re
from pathlib import Path

import pytest
from graphql import GraphQLError, GraphQLField, GraphQLString
from sqlalchemy.exc import OperationalError

from service.faults import UnavailableError
from service.graphql.context import Context
from service.graphql.errors import LONGEST_MESSAGE, ErrorCode, present
from service.graphql.guard import NOBODY, Guarded
from service.graphql.schema import build_schema
from service.ledger.ledger import Ledger
from service.security.principal import Role
from tests.service.graphql.api import SCHEMA, Api

ROOT = Path(__file__).parents[3]
INSIDE = "a secret from the inside"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ viewer { role }", "PARSE_FAILED"),
        ("{ viewer { rank } }", "VALIDATION_FAILED"),
        ('{ membership(id: "x", asOf: {effectiveOn: "yesterday"}) { id } }', "VALIDATION_FAILED"),
        ("query ($id: ID!) { node(id: $id) { id } }", "INVALID_VARIABLES"),
        ("{ memberships(first: 500) { totalCount } }", "INVALID_ARGUMENT"),
    ],
)
def test_every_invalid_request_has_a_code_and_the_request_id(
    small_api: Api, query: str, code: str
) -> None:
    error = small_api.refused(query)
    assert error["extensions"]["code"] == code
    assert error["extensions"]["requestId"] == "test-request"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("Date", "2023-02-29"),
        ("Date", "2023-3-1"),
        ("Date", 20230301),
        ("DateTime", "2023-03-01T18:00:00"),
        ("DateTime", "2023-03-01"),
        ("DateTime", "2023-13-01T18:00:00Z"),
        ("Fips", "2951"),
        ("Fips", 29510),
        ("Fips", "٢٩٥١٠"),
        ("Sha256", "A" * 64),
        ("CommandId", ""),
        ("CommandId", 5),
        ("CommandId", "1b4e28ba2fa141d2883f0016d3cca427"),
        ("CommandId", "{1b4e28ba-2fa1-41d2-883f-0016d3cca427}"),
    ],
)
def test_scalars_are_strict(small_api: Api, kind: str, value: object) -> None:
    places = {
        "Date": "membership(id: $id, asOf: {effectiveOn: $value}) { id }",
        "DateTime": "membership(id: $id, asOf: {at: {recordedAt: $value}}) { id }",
        "Fips": "directory(filter: {counties: [$value]}) { totalCount }",
        "Sha256": "ledger { entry(by: {leafHash: $value}) { id } }",
    }
    if kind == "CommandId":
        query = """mutation ($value: CommandId!) {
            setSeats(input: {commandId: $value, tier: "x", seats: 1}) { __typename }
        }"""
        error = small_api.refused(query, value=value)
    else:
        declared = "$id: ID!, " if "$id" in places[kind] else ""
        query = f"query ({declared}$value: {kind}!) {{ {places[kind]} }}"
        error = small_api.refused(query, id="x", value=value)
    assert error["extensions"]["code"] == "INVALID_VARIABLES"


def test_what_goes_wrong_inside_stays_inside(
    small_api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(INSIDE)

    monkeypatch.setattr(Context, "snapshot", property(broken))
    with caplog.at_level(logging.DEBUG):
        error = small_api.refused("{ coalition { name } }")
    assert error["message"] == "Something went wrong here; the request id names it in the logs."
    assert error["extensions"] == {"code": "INTERNAL", "requestId": "test-request"}
    assert INSIDE not in str(error)
    # strawberry would log the query; whoever serves the schema logs the fault instead.
    assert "coalition" not in caplog.text


@pytest.mark.parametrize(
    "fault",
    [
        UnavailableError(INSIDE),
        TimeoutError(INSIDE),
        OperationalError(INSIDE, None, Exception(INSIDE)),
    ],
)
def test_a_ledger_out_of_reach_is_worth_another_try(
    small_api: Api, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def unreachable(*_: object) -> None:
        raise fault

    monkeypatch.setattr(Ledger, "execute", unreachable)
    query = """mutation { setSeats(input: {
        commandId: "1b4e28ba-2fa1-41d2-883f-0016d3cca427", tier: "x", seats: 1
    }) { __typename } }"""
    error = small_api.refused(query, Role.DIRECTOR)
    assert error["extensions"] == {
        "code": "UNAVAILABLE",
        "retryable": True,
        "requestId": "test-request",
    }
    assert INSIDE not in str(error)


def test_an_error_is_masked_unless_it_was_meant_for_the_client() -> None:
    inside = GraphQLError(INSIDE, path=["coalition"], original_error=ValueError(INSIDE))
    assert INSIDE not in str(present(inside, None))
    meant = GraphQLError("Cannot query field.")
    assert present(meant, None)["message"] == "Cannot query field."
    assert present(meant, None)["extensions"] == {"code": "VALIDATION_FAILED"}


def test_a_message_repeats_no_more_than_some_of_what_was_sent(small_api: Api) -> None:
    query = "query ($order: ReviewQueueOrder!) { reviewQueue(orderBy: $order) { totalCount } }"
    error = small_api.refused(query, order="x" * 100_000)
    assert error["message"].startswith("Variable '$order' has invalid value: ")
    assert len(error["message"]) == LONGEST_MESSAGE


def test_every_code_is_one_of_the_list() -> None:
    # What never reaches GraphQL has codes of its own, in the part after these.
    page, _, _ = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8").partition("## HTTP")
    listed = re.findall(r"^\| `([A-Z_]+)` \|", page, flags=re.MULTILINE)
    assert sorted(code.value for code in ErrorCode) == sorted(listed)


def test_a_field_that_nobody_decided_about_is_denied_to_all(small_api: Api) -> None:
    schema = build_schema()
    query = schema._schema.query_type
    assert query is not None
    field = GraphQLField(GraphQLString, resolve=Guarded("Query.secret", lambda *_: INSIDE))
    query.fields["secret"] = field
    for role in Role:
        with Context(
            small_api.coalition.ledger,
            small_api.coalition.principals[role],
            request_id="x",
            cursors=small_api.cursors,
        ) as context:
            result = schema.execute_sync("{ secret }", context_value=context)
            assert result.data == {"secret": None}
            assert context.extensions()["redacted"] == [
                {"path": "secret", "field": "Query.secret", "requires": NOBODY}
            ]


def test_public_fields_are_not_wrapped() -> None:
    types = SCHEMA._schema.type_map
    public = types["Membership"].fields["since"].resolve  # type: ignore[attr-defined]
    staff = types["Membership"].fields["standards"].resolve  # type: ignore[attr-defined]
    assert not isinstance(public, Guarded)
    assert isinstance(staff, Guarded)
