"""Prints ``docs/reference.md``, by ``python -m service.graphql.reference_page``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Final

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)

from service.graphql.schema import build_schema
from service.security.fields import FIELDS

_INTRODUCTION: Final = """\
# Reference of the API

Printed from the code by `make schema`; a test holds both together. `schema.graphql` has the same
for programs. *Who* is the audience of a field, which [access.md](access.md) explains: to everybody
else it is null. A `!` marks what is never null. [errors.md](errors.md) lists the errors, and
[the cookbook](cookbook/README.md) has documents to begin with.
"""

_BUILT_IN: Final = frozenset({"Boolean", "Float", "ID", "Int", "String"})


def page(schema: GraphQLSchema | None = None) -> str:
    """Return the text of ``docs/reference.md``."""
    schema = schema or build_schema()._schema  # noqa: SLF001 - strawberry has no other name for it
    types = [each for name, each in sorted(schema.type_map.items()) if not name.startswith("__")]
    roots = {"Query": "Queries", "Mutation": "Mutations", "Subscription": "Subscriptions"}
    lines = [_INTRODUCTION]
    for name, title in roots.items():
        lines += [f"## {title}", ""]
        root = schema.type_map[name]
        if isinstance(root, GraphQLObjectType):
            lines += [line for field in sorted(root.fields) for line in _root(root, field)]
    for title, kind in (
        ("Objects", GraphQLObjectType),
        ("Interfaces", GraphQLInterfaceType),
        ("Unions", GraphQLUnionType),
        ("Inputs", GraphQLInputObjectType),
        ("Enums", GraphQLEnumType),
        ("Scalars", GraphQLScalarType),
    ):
        lines += [f"## {title}", ""]
        for each in types:
            if isinstance(each, kind) and each.name not in {*roots, *_BUILT_IN}:
                lines += [f"### {each.name}", "", *_description(each), *_type(each)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _root(root: GraphQLObjectType, name: str) -> Iterator[str]:
    field = root.fields[name]
    audience = FIELDS[f"{root.name}.{name}"]
    yield f"### {name}"
    yield ""
    yield f"{_plain(field.description)} Answers with {_link(field)}; for: {audience}."
    yield ""
    if field.args:
        yield from _table(["argument", "type", "is"], _arguments(field.args))


def _type(kind: GraphQLNamedType) -> Iterator[str]:
    match kind:
        case GraphQLObjectType() | GraphQLInterfaceType():
            if kind.interfaces:
                yield f"Implements {', '.join(f'`{each.name}`' for each in kind.interfaces)}."
                yield ""
            rows = [_row(kind, name, field) for name, field in kind.fields.items()]
            yield from _table(["field", "type", "who", "is"], rows)
        case GraphQLUnionType():
            yield f"One of {', '.join(f'`{each.name}`' for each in kind.types)}."
            yield ""
        case GraphQLInputObjectType():
            yield from _table(["field", "type", "is"], _arguments(kind.fields))
        case GraphQLEnumType():
            rows = [[f"`{name}`", _plain(each.description)] for name, each in kind.values.items()]
            yield from _table(["value", "is"], rows)
        case GraphQLScalarType() if kind.specified_by_url:
            yield f"Specified by <{kind.specified_by_url}>."
            yield ""


def _row(
    kind: GraphQLObjectType | GraphQLInterfaceType, name: str, field: GraphQLField
) -> list[str]:
    audience = FIELDS.get(f"{kind.name}.{name}")
    said = _plain(field.description)
    if field.args:
        said += f" Takes {', '.join(f'`{each}`' for each in field.args)}."
    return [f"`{name}`", f"`{field.type}`", "" if audience is None else audience.value, said]


def _arguments(
    given: dict[str, GraphQLArgument] | dict[str, GraphQLInputField],
) -> list[list[str]]:
    return [
        [f"`{name}`", f"`{each.type}`", _plain(each.description)] for name, each in given.items()
    ]


def _description(kind: GraphQLNamedType) -> Iterator[str]:
    yield _plain(kind.description)
    yield ""


def _link(field: GraphQLField) -> str:
    name = get_named_type(field.type).name
    return f"`{field.type}`" if name in _BUILT_IN else f"[`{field.type}`](#{name.lower()})"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{' --- |' * len(header)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def _plain(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(page())
