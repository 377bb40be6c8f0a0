"""Every field finds its value by one function, and strawberry can go on from what it left."""

from __future__ import annotations

from graphql import GraphQLObjectType
from strawberry.types.fields.resolver import StrawberryResolver

from service.graphql import guard, resolving
from service.graphql.schema import build_schema

_OURS = (guard.__name__, resolving.__name__)


def test_no_field_is_resolved_by_the_functions_of_strawberry() -> None:
    graphql = build_schema()._schema
    roots = {graphql.subscription_type}

    others = [
        f"{kind.name}.{name}"
        for kind in graphql.type_map.values()
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__")
        for name, field in kind.fields.items()
        if kind not in roots and getattr(field.resolve, "__module__", None) not in _OURS
    ]

    assert others == []


def test_what_strawberry_computed_of_resolvers_is_gone_and_comes_again() -> None:
    schema = build_schema()
    definition = schema.get_type_by_name("Query")
    assert definition is not None
    resolvers = [field.base_resolver for field in definition.fields]  # type: ignore[union-attr]
    found = [each for each in resolvers if isinstance(each, StrawberryResolver)]

    assert found
    assert not any("signature" in vars(each) for each in found)
    assert all(each.signature.parameters for each in found)
