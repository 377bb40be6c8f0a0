"""What every filter has in common."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from strawberry.utils.str_converters import to_camel_case

from service.graphql.errors import InvalidArgumentError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MOST_TERMS: Final = 250
"""In one list of a filter: more than there are counties, and no more than a statement takes."""


def check_filter(given: DataclassInstance) -> None:
    """Refuse a filter that a database should not be asked with.

    Raises:
        InvalidArgumentError: a list is too long, or a text has characters that cannot be
            printed: PostgreSQL takes no NUL, and nothing that is stored has one either.
    """
    for field in dataclasses.fields(given):
        value = getattr(given, field.name)
        terms = value if isinstance(value, list) else [value]
        check_terms(f"filter.{to_camel_case(field.name)}", terms)


def check_terms(name: str, terms: Sequence[object]) -> None:
    """Refuse what something is to be one of, as `check_filter` does.

    Args:
        name: of the argument.
        terms: all of them.

    Raises:
        InvalidArgumentError: see `check_filter`.
    """
    if len(terms) > MOST_TERMS:
        message = f"{name} has {len(terms)} terms, and at most {MOST_TERMS} are taken."
        raise InvalidArgumentError(name, "list-size", message)
    if any(isinstance(term, str) and not term.isprintable() for term in terms):
        message = f"{name} is text of characters that can be printed."
        raise InvalidArgumentError(name, "text", message)
