"""What holds for every mutation, those of tomorrow included: inputs are made from the schema."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    is_required_input_field,
)

from domain.terms import PartyId, PrincipalId
from service.security.access import ACTIONS, COMMANDS
from service.security.principal import Principal, Role
from tests.service.coalition import Coalition, new_id
from tests.service.graphql.api import SCHEMA, Api
from tests.service.ledger.test_writer import everything

MUTATION_TYPE = SCHEMA._schema.mutation_type
assert MUTATION_TYPE is not None
INPUTS: dict[str, GraphQLInputObjectType] = {
    name: kind
    for name, field in MUTATION_TYPE.fields.items()
    if isinstance(kind := get_named_type(field.args["input"].type), GraphQLInputObjectType)
}
BY_SCALAR: dict[str, object] = {
    "ID": "bm90aGluZw",
    "Int": 1,
    "Boolean": True,
    "Float": 1.0,
    "Date": "2023-03-01",
    "DateTime": "2023-03-01T12:00:00Z",
    "Fips": "29510",
    "Ein": "431300999",
    "Sha256": "0" * 64,
}
BY_NAME: dict[str, object] = {
    "email": "somebody@example.org",
    "website": "https://example.org",
    "url": "https://example.org",
    "phone": "+1 314 555 0100",
    "on": "2023",
    "since": "2023",
    "until": "2023",
}
TOO_LONG = "x" * 300_001


def sample(name: str, kind: GraphQLInputType) -> object:
    """Return some value of an input type, for a field of that name."""
    if isinstance(kind, GraphQLNonNull):
        return sample(name, kind.of_type)
    if isinstance(kind, GraphQLList):
        return [sample(name, kind.of_type)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        return least(kind)
    if kind.name == "CommandId":
        return str(uuid.uuid4())
    return BY_SCALAR.get(kind.name, BY_NAME.get(name, "words"))


def least(kind: GraphQLInputObjectType) -> dict[str, Any]:
    """Return an input with the fields that it must have."""
    return {
        name: sample(name, field.type)
        for name, field in kind.fields.items()
        if is_required_input_field(field)
    }


def texts(kind: GraphQLInputObjectType, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of every field of free text."""
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        if isinstance(inner, GraphQLInputObjectType):
            yield from texts(inner, (*before, name))
        elif inner.name == "String":
            yield (*before, name)


def with_text(kind: GraphQLInputObjectType, path: tuple[str, ...], text: str) -> dict[str, Any]:
    """Return an input in which the field at a path holds this text."""
    name, *rest = path
    field = kind.fields[name]
    inner = get_named_type(field.type)
    value: object = text
    if isinstance(inner, GraphQLInputObjectType):
        value = with_text(inner, tuple(rest), text)
    is_list = isinstance(field.type, GraphQLList) or (
        isinstance(field.type, GraphQLNonNull) and isinstance(field.type.of_type, GraphQLList)
    )
    return least(kind) | {name: [value] if is_list else value}


def principals(api: Api, role: Role) -> Principal:
    """Return somebody in a role who has nothing to do with anything that is there."""
    if role is Role.REPRESENTATIVE:
        return api.coalition.representative(PartyId(new_id()))
    return Principal(PrincipalId(new_id()), role)


def granted(mutation: str) -> set[Role]:
    """Return the roles that may give a command or do an action, at least for what is theirs."""
    name = mutation[0].upper() + mutation[1:]
    return {role for role, _ in ACTIONS.get(name) or COMMANDS[name]}


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A coalition in which, after all these tests, every row of every table is as before."""
    folder = tmp_path_factory.mktemp("untouched")
    coalition = Coalition(f"sqlite:///{folder / 'ledger.db'}", folder)
    api = Api(coalition)
    before = everything(coalition)
    yield api
    assert everything(coalition) == before
    coalition.close()


@pytest.mark.parametrize("mutation", sorted(INPUTS))
def test_who_has_no_grant_is_told_nothing(untouched: Api, mutation: str) -> None:
    for role in set(Role) - granted(mutation):
        answer = untouched.do(mutation, least(INPUTS[mutation]), principals(untouched, role))
        assert answer["__typename"] == "NotAllowed", role


@pytest.mark.parametrize(
    ("mutation", "path"),
    [(name, path) for name, kind in sorted(INPUTS.items()) for path in texts(kind)],
    ids=lambda part: part if isinstance(part, str) else ".".join(part),
)
def test_a_text_that_is_too_long_is_refused_by_its_field(
    untouched: Api, mutation: str, path: tuple[str, ...]
) -> None:
    who = principals(untouched, min(granted(mutation)))
    answer = untouched.do(mutation, with_text(INPUTS[mutation], path, TOO_LONG), who)
    # A name that the policy or the register would have to know is answered by those.
    assert answer["__typename"] in {"Refused", "NotAllowed"}
    if answer["__typename"] == "Refused":
        assert answer["code"] == "INVALID_INPUT"
        assert path[-1] in answer["field"]
        assert answer["rule"]
        assert len(answer["message"]) < 1_000


@pytest.mark.parametrize("mutation", sorted(INPUTS))
def test_what_is_missing_is_named(untouched: Api, mutation: str) -> None:
    name = mutation[0].upper() + mutation[1:]
    query = f"mutation ($input: {name}Input!) {{ {mutation}(input: $input) {{ __typename }} }}"
    whole = least(INPUTS[mutation])
    for missing in whole:
        given = {key: value for key, value in whole.items() if key != missing}
        error = untouched.refused(query, Role.DIRECTOR, input=given)
        assert missing in error["message"]
        assert error["extensions"]["code"]
