"""The widest query that there is: every field of the schema, down to some depth."""

from __future__ import annotations

import functools

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
)

from tests.service.graphql.api import SCHEMA

ROOTS = [
    "coalition",
    "policy",
    "policies",
    "tiers",
    "agreementTemplates",
    "viewer",
    "ledger",
    "memberships",
    "applications",
    "appeals",
    "reviewQueue",
    "directory",
    "votes",
    "governance",
    "statistics",
    "assetMap",
]


@functools.cache
def everything(depth: int = 4) -> str:
    """Return a query that asks for every field that needs no argument."""
    query = SCHEMA._schema.query_type
    assert query is not None
    selected = [f"{name} {_selection(query.fields[name], depth, ())}" for name in ROOTS]
    return "{ " + " ".join(selected) + " }"


def _selection(field: GraphQLField, depth: int, path: tuple[str, ...]) -> str:
    named = get_named_type(field.type)
    return _fields(named, depth, path)


def _fields(named: GraphQLNamedType, depth: int, path: tuple[str, ...]) -> str:
    """Return the selection of a type; "" for a leaf, and for what would go in circles."""
    if isinstance(named, GraphQLInterfaceType):
        kinds = sorted(SCHEMA._schema.get_possible_types(named), key=lambda kind: kind.name)
        parts = [
            f"... on {kind.name} {_fields(kind, depth, path)}"
            for kind in kinds
            if kind.name not in path
        ]
        return "{ __typename " + " ".join(parts) + " }"
    if not isinstance(named, GraphQLObjectType):
        return ""
    return _object_fields(named, depth, path)


def _object_fields(named: GraphQLObjectType, depth: int, path: tuple[str, ...]) -> str:
    selected = ["__typename"]
    for name, field in named.fields.items():
        if any(isinstance(argument.type, GraphQLNonNull) for argument in field.args.values()):
            continue
        inner = get_named_type(field.type)
        is_composed = isinstance(inner, GraphQLObjectType | GraphQLInterfaceType)
        if is_composed and (depth == 0 or inner.name in path or inner.name == named.name):
            continue
        # Aliased, since types that share a place may differ in whether a field can be null.
        alias = f"{named.name}_{name}: {name}"
        selected.append(f"{alias} {_fields(inner, depth - 1, (*path, named.name))}")
    return "{ " + " ".join(selected) + " }"
