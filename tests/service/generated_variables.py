"""Variables for the arguments of `schema.graphql`, right ones and such as have something wrong."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Container, Iterator, Mapping
from typing import Any

import msgspec
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLUnionType,
    get_named_type,
    is_required_input_field,
)
from hypothesis import strategies as st

from tests.service.generated import MUTATION, QUERY, SCHEMA, Pool

DEEP = "\ufdd0deep "
"""Begins a text that `as_json` writes as lists inside each other, deeper than `json` would."""

ODD: list[Any] = [
    *(None, True, False, 0, -1, 1.5, -0.0, 1e308, 2**31, 2**53 + 1, 2**63, 2**64, 10**400),
    *(float("nan"), float("inf"), "", "\x00", "\ud800", "\udfff\ud800", "\ufeff", "9" * 5_000),
    *("x" * 100_000, "\u202e" * 2_000, "null", "2023-02-30", "1e5", "[object Object]"),
    *([], {}, [None], [[]], [{}], [None] * 1_000, {"unknown": 1}, {"": ""}, {"__proto__": {}}),
    *(f"{DEEP}{depth}" for depth in (3, 45, 60, 600, 1_000, 5_000)),
]
"""Values that hardly any input takes."""


class Asked(msgspec.Struct, frozen=True):
    """A request.

    Attributes:
        field: what it asks for, such as ``Query.memberships``.
        document: its text.
        variables: by name.
    """

    field: str
    document: str
    variables: dict[str, Any]

    @property
    def body(self) -> bytes:
        """The body of the POST."""
        return as_json({"query": self.document, "variables": self.variables})


class _Asking(msgspec.Struct, frozen=True):
    """A field that has arguments, and what stands around it in a document."""

    name: str
    operation: str
    around: str
    arguments: Mapping[str, GraphQLArgument]

    @property
    def document(self) -> str:
        """The text, with a variable for each argument."""
        declared = ", ".join(f"${name}: {each.type}" for name, each in self.arguments.items())
        given = ", ".join(f"{name}: ${name}" for name in self.arguments)
        return f"{self.operation} ({declared}) {self.around % f'({given})'}"


def as_json(value: object) -> bytes:
    """Write a value as JSON, or nearly: with NaN, lone surrogates and numbers of any length."""
    deep = rf'"{re.escape(json.dumps(DEEP)[1:-1])}([0-9]+)"'
    return re.sub(deep, _nested, json.dumps(value)).encode()


def _nested(found: re.Match[str]) -> str:
    return "[" * int(found[1]) + "]" * int(found[1])


def _selected(kind: GraphQLOutputType) -> str:
    """Return what is asked of a field: enough to see whether a command was accepted."""
    named = get_named_type(kind)
    if isinstance(named, GraphQLUnionType):
        receipts = [each.name for each in named.types if "receipt" in each.fields]
        accepted = "".join(f" ... on {each} {{ receipt {{ position }} }}" for each in receipts)
        refused = "... on Rejection { code message } ... on Refused { rule field }"
        return f"{{ __typename{accepted} {refused} }}"
    composed = isinstance(named, GraphQLObjectType | GraphQLInterfaceType)
    return "{ __typename }" if composed else ""


def _asking() -> Iterator[_Asking]:
    for operation, root in (("query", QUERY), ("mutation", MUTATION)):
        assert root is not None
        for name, field in root.fields.items():
            if field.args:
                around = f"{{ {name}%s {_selected(field.type)} }}"
                yield _Asking(f"{root.name}.{name}", operation, around, field.args)
    for kind in SCHEMA.type_map.values():
        if not isinstance(kind, GraphQLObjectType) or kind in (QUERY, MUTATION):
            continue
        is_node = "Node" in {each.name for each in kind.interfaces}
        if not is_node and kind.name != "Ledger":
            continue
        for name, field in kind.fields.items():
            if field.args:
                inner = f"{name}%s {_selected(field.type)}"
                around = f"{{ ledger {{ {inner} }} }}"
                if is_node:
                    around = f"{{ nodes(ids: [IDS]) {{ ... on {kind.name} {{ {inner} }} }} }}"
                yield _Asking(f"{kind.name}.{name}", "query", around, field.args)


FIELDS = list(_asking())


def _right(kind: GraphQLInputType, scalars: Mapping[str, st.SearchStrategy[Any]]) -> Any:  # noqa: ANN401
    """Return a strategy of values that a type takes."""
    if isinstance(kind, GraphQLNonNull):
        return _right(kind.of_type, scalars)
    if isinstance(kind, GraphQLList):
        return st.lists(_right(kind.of_type, scalars), max_size=3)
    if isinstance(kind, GraphQLEnumType):
        return st.sampled_from(sorted(kind.values))
    if not isinstance(kind, GraphQLInputObjectType):
        return scalars[kind.name]
    made = {name: _right(field.type, scalars) for name, field in kind.fields.items()}
    if kind.is_one_of:
        return st.one_of(*[st.fixed_dictionaries({name: each}) for name, each in made.items()])
    return _object(
        made, {name for name, each in kind.fields.items() if is_required_input_field(each)}
    )


def _places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path to everything inside a value."""
    inside: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    for key, each in inside:
        yield (*path, key)
        yield from _places(each, (*path, key))


def any_asked(pool: Pool, *, wrong: int | None = None) -> st.SearchStrategy[Asked]:
    """Return a strategy of requests whose arguments are variables, one for each.

    Args:
        pool: what may be named.
        wrong: in how many places something is; up to two without.
    """
    scalars = pool.plain()
    right = {each.name: _variables(each.arguments, scalars) for each in FIELDS}
    named = st.lists(st.sampled_from(pool.ids), min_size=1, max_size=5)
    faults = st.integers(0, 2) if wrong is None else st.just(wrong)

    @st.composite
    def asked(draw: st.DrawFn) -> Asked:
        asking = draw(st.sampled_from(FIELDS))
        variables: dict[str, Any] = draw(right[asking.name])
        for _ in range(draw(faults)):
            _damage(draw, variables)
        ids = ", ".join(json.dumps(each) for each in draw(named))
        return Asked(asking.name, asking.document.replace("IDS", ids), variables)

    return asked()


def _variables(
    arguments: Mapping[str, GraphQLArgument], scalars: Mapping[str, st.SearchStrategy[Any]]
) -> st.SearchStrategy[dict[str, Any]]:
    made = {name: _right(each.type, scalars) for name, each in arguments.items()}
    needed = {name for name, each in arguments.items() if isinstance(each.type, GraphQLNonNull)}
    return _object(made, needed)


def _object(
    made: Mapping[str, st.SearchStrategy[Any]], needed: Container[str]
) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {name: each for name, each in made.items() if name in needed},
        optional={name: each for name, each in made.items() if name not in needed},
    )


def _damage(draw: st.DrawFn, variables: dict[str, Any]) -> None:
    """Exchange, take out or add something, anywhere."""
    places = list(_places(variables))
    *path, last = draw(st.sampled_from(places or [("unknown",)]))
    inside: Any = variables
    for key in path:
        inside = inside[key]
    what = draw(st.integers(0, 9))
    if what == 0 and places:
        del inside[last]
        return
    name = draw(st.text(max_size=8)) if what == 1 and isinstance(inside, dict) else last
    # What is inside it may be exchanged too.
    inside[name] = copy.deepcopy(draw(st.sampled_from(ODD)))
