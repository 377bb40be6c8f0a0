"""Declares resolvers, with the types that strawberry's own decorators lose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import strawberry

# Whatever is declared may name an enum, which must have its words by then: strawberry would make
# another one without them.
import service.graphql.enums  # noqa: F401 - see above

ResolverT = TypeVar("ResolverT", bound=Callable[..., Any])


def field(*, description: str) -> Callable[[ResolverT], ResolverT]:
    """Make a method a field of its type. It can still be called as a method."""
    return cast("Callable[[ResolverT], ResolverT]", strawberry.field(description=description))


def mutation(*, description: str) -> Callable[[ResolverT], ResolverT]:
    """Make a method a mutation."""
    return cast("Callable[[ResolverT], ResolverT]", strawberry.mutation(description=description))
