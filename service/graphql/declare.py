"""Declares resolvers, with the types that strawberry's own decorators lose."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

import strawberry

# Whatever is declared may name an enum, which must have its words by then: strawberry would make
# another one without them.
import service.graphql.enums  # noqa: F401 - see above

ResolverT = TypeVar("ResolverT", bound=Callable[..., Any])


def field(resolver: ResolverT) -> ResolverT:
    """Make a method a field of its type, described as its docstring has it.

    It can still be called as a method.
    """
    return cast("ResolverT", strawberry.field(resolver, description=_described(resolver)))


def mutation(resolver: ResolverT) -> ResolverT:
    """Make a method a mutation, described as its docstring has it."""
    return cast("ResolverT", strawberry.mutation(resolver, description=_described(resolver)))


def _described(resolver: Callable[..., Any]) -> str:
    return " ".join((inspect.getdoc(resolver) or "").split())
