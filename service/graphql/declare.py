"""Declares what is in the schema: described by docstrings, and typed as it is declared."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast, dataclass_transform

import strawberry

# Whatever is declared may name an enum, which must have its words by then: strawberry would make
# another one without them.
import service.graphql.enums  # noqa: F401 - see above

ResolverT = TypeVar("ResolverT", bound=Callable[..., Any])
ClassT = TypeVar("ClassT", bound=type)


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def object_type(cls: ClassT) -> ClassT:
    """Make a class a type of the schema, described as its docstring has it."""
    return strawberry.type(cls, description=_described(cls))


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def interface(cls: ClassT) -> ClassT:
    """Make a class an interface, described as its docstring has it."""
    return strawberry.interface(cls, description=_described(cls))


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def input_type(cls: ClassT) -> ClassT:
    """Make a class an input, described as its docstring has it."""
    return strawberry.input(cls, description=_described(cls))


def field(resolver: ResolverT) -> ResolverT:
    """Make a method a field of its type, described as its docstring has it.

    It can still be called as a method.
    """
    return cast("ResolverT", strawberry.field(resolver, description=_described(resolver)))


def mutation(resolver: ResolverT) -> ResolverT:
    """Make a method a mutation, described as its docstring has it."""
    return cast("ResolverT", strawberry.mutation(resolver, description=_described(resolver)))


def _described(declared: Callable[..., Any]) -> str:
    return " ".join((inspect.getdoc(declared) or "").split())
