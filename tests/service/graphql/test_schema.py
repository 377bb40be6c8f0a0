import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    specified_scalar_types,
)

from domain.decision import RefusalCode
from service.graphql.enums import RejectionCode
from service.graphql.errors import ErrorCode
from service.graphql.schema import print_schema
from service.security.access import ACTIONS, COMMANDS
from service.security.audiences import AUDIENCES, Audience
from service.security.fields import FIELDS, HELD_BY
from service.security.principal import Role
from tests.service.graphql.api import SCHEMA

ROOT = Path(__file__).parents[3]
TYPES = {
    name: kind
    for name, kind in SCHEMA._schema.type_map.items()
    if not name.startswith("__") and name not in specified_scalar_types
}
REJECTED = {"Refused", "NotAllowed", "Conflict", "CommandIdReused"}


def objects() -> Iterator[GraphQLObjectType]:
    for kind in TYPES.values():
        if isinstance(kind, GraphQLObjectType):
            yield kind


def test_the_printed_schema_is_up_to_date() -> None:
    assert (ROOT / "schema.graphql").read_text() == print_schema(), "run: make schema"


def test_every_field_is_decided_for_every_role() -> None:
    fields = {f"{kind.name}.{name}" for kind in objects() for name in kind.fields}
    undecided = {
        (field, role)
        for field in fields
        for role in Role
        if field not in FIELDS or FIELDS[field] not in AUDIENCES
    }
    assert undecided == set()
    assert set(FIELDS) - fields == set(), "declared, and not in the schema"


def test_a_field_that_may_be_redacted_can_be_null() -> None:
    rigid = {
        f"{kind.name}.{name}"
        for kind in objects()
        for name, field in kind.fields.items()
        if isinstance(field.type, GraphQLNonNull)
        and not AUDIENCES[HELD_BY.get(kind.name, Audience.PUBLIC)]
        <= AUDIENCES[FIELDS[f"{kind.name}.{name}"]]
    }
    assert rigid == set()


def test_types_of_narrow_audiences_are_in_the_schema() -> None:
    assert set(HELD_BY) <= {kind.name for kind in objects()}


def test_everything_is_described() -> None:
    bare = []
    for name, kind in TYPES.items():
        if not kind.description:
            bare.append(name)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field_name, field in kind.fields.items():
                if not field.description:
                    bare.append(f"{name}.{field_name}")
                arguments = getattr(field, "args", {})
                bare += [
                    f"{name}.{field_name}({argument}:)"
                    for argument, declared in arguments.items()
                    if not declared.description
                ]
        if isinstance(kind, GraphQLEnumType):
            bare += [f"{name}.{key}" for key, value in kind.values.items() if not value.description]
    assert bare == []


def test_every_scalar_says_where_it_is_specified() -> None:
    scalars = {name: kind for name, kind in TYPES.items() if isinstance(kind, GraphQLScalarType)}
    assert {name for name, kind in scalars.items() if not kind.specified_by_url} == set()
    assert set(scalars) == {
        "Base64",
        "CommandId",
        "Date",
        "DateTime",
        "Ein",
        "Fips",
        "JSON",
        "Jwk",
        "Sha256",
    }


GIVEN = {
    name
    for name, grants in COMMANDS.items()
    # The founding, and what the log says of itself, are told where the ledger is.
    if name not in {"AddSigningKey", "AttestState", "FoundCoalition", "RetireSigningKey"}
    and {role for role, _ in grants} != {Role.SYSTEM}
}
"""The commands that somebody gives through the API."""


def test_there_is_a_mutation_for_each_command_and_each_action() -> None:
    mutations = SCHEMA._schema.mutation_type
    assert mutations is not None
    named = {name[0].lower() + name[1:] for name in GIVEN | set(ACTIONS)}
    assert set(mutations.fields) == named


@pytest.mark.parametrize("name", sorted(GIVEN))
def test_each_mutation_takes_one_input_and_answers_with_a_union(name: str) -> None:
    mutations = SCHEMA._schema.mutation_type
    assert mutations is not None
    field = mutations.fields[name[0].lower() + name[1:]]
    assert list(field.args) == ["input"]
    given = field.args["input"].type
    assert isinstance(given, GraphQLNonNull)
    assert isinstance(given.of_type, GraphQLInputObjectType)
    assert given.of_type.name == f"{name}Input"
    assert str(given.of_type.fields["commandId"].type) == "CommandId!"
    assert str(given.of_type.fields["expectedVersion"].type) == "Int"
    answer = TYPES[f"{name}Result"]
    assert isinstance(answer, GraphQLUnionType)
    assert {kind.name for kind in answer.types} == {f"{name}Accepted"} | REJECTED
    accepted = TYPES[f"{name}Accepted"]
    assert isinstance(accepted, GraphQLObjectType)
    assert [each.name for each in accepted.interfaces] == ["Accepted"]


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_each_action_says_that_it_appends_nothing_and_has_no_receipt(name: str) -> None:
    mutations = SCHEMA._schema.mutation_type
    assert mutations is not None
    field = mutations.fields[name[0].lower() + name[1:]]
    assert "Nothing is appended to the ledger" in (field.description or "")
    assert list(field.args) == ["input"]
    given = field.args["input"].type
    assert isinstance(given, GraphQLNonNull)
    assert isinstance(given.of_type, GraphQLInputObjectType)
    assert given.of_type.name == f"{name}Input"
    # What these promise, only the ledger keeps.
    assert {"commandId", "expectedVersion", "effectiveOn"}.isdisjoint(given.of_type.fields)
    answer = TYPES[f"{name}Result"]
    assert isinstance(answer, GraphQLUnionType)
    assert {kind.name for kind in answer.types} == {f"{name}Done", "Refused", "NotAllowed"}
    done = TYPES[f"{name}Done"]
    assert isinstance(done, GraphQLObjectType)
    assert [each.name for each in done.interfaces] == ["Done"]
    assert "receipt" not in done.fields


def test_no_action_has_the_name_of_a_command() -> None:
    assert set(ACTIONS).isdisjoint(COMMANDS)


def test_rejections_share_an_interface() -> None:
    for name in REJECTED:
        kind = TYPES[name]
        assert isinstance(kind, GraphQLObjectType)
        assert [each.name for each in kind.interfaces] == ["Rejection"]


def test_every_refusal_of_the_rules_has_a_code_in_the_schema() -> None:
    edge = {RejectionCode.NOT_ALLOWED, RejectionCode.CONFLICT, RejectionCode.COMMAND_ID_REUSED}
    assert {code.value for code in RejectionCode} - {code.value for code in edge} == {
        code.value for code in RefusalCode
    }


def test_the_page_about_errors_lists_every_code() -> None:
    listed = set(
        re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "errors.md").read_text(), re.MULTILINE)
    )
    http = (ROOT / "service" / "graphql" / "http.py").read_text()
    known = {code.value for code in ErrorCode} | set(re.findall(r"\b[45]\d\d, \"([A-Z_]+)\"", http))
    assert listed == known
