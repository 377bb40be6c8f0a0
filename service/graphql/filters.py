"""What every filter has in common."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from strawberry.utils.str_converters import to_camel_case

from service.graphql.errors import InvalidArgumentError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MOST_TERMS: Final = 250
"""In one list of a filter: more than there are counties, and no more than a statement takes."""


def refuse_long_lists(given: DataclassInstance) -> None:
    """Refuse a filter with more terms in one of its lists than a statement should take.

    Raises:
        InvalidArgumentError: a list is too long.
    """
    for field in dataclasses.fields(given):
        value = getattr(given, field.name)
        if isinstance(value, list) and len(value) > MOST_TERMS:
            name = f"filter.{to_camel_case(field.name)}"
            message = f"{name} has {len(value)} terms, and at most {MOST_TERMS} are taken."
            raise InvalidArgumentError(name, "list-size", message)
