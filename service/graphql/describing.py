"""Makes the domain's enums enums of the schema."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

import strawberry

EnumT = TypeVar("EnumT", bound=type[Enum])


def describe(
    kind: EnumT, description: str, values: Mapping[Enum, str], name: str | None = None
) -> EnumT:
    """Make an enum one of the schema, with its values in the order and words given here."""
    described = strawberry.enum(kind, name=name, description=description)
    definition = described.__strawberry_definition__  # type: ignore[attr-defined]
    words = {member.name: text for member, text in values.items()}
    for value in definition.values:
        value.description = words[value.name]
    return described
