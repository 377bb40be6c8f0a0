"""The columns of a table, and what is in them."""

from __future__ import annotations

import enum
from typing import Any

import msgspec
import orjson


class Kind(enum.Enum):
    """What the values of a column are, where there are any."""

    TEXT = "text"
    TEXTS = "texts"
    DATE = "date"
    TIME = "time"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    JSON = "json"


class Column(msgspec.Struct, frozen=True):
    """A column of a table.

    Attributes:
        path: where it is in a node, by the names of fields; in a list, in each of its items.
        kind: what is there.
    """

    path: str
    kind: Kind = Kind.TEXT

    def of(self, node: dict[str, Any]) -> object:
        """Return what a node has in this column; JSON as its text."""
        value: Any = node
        for name in self.path.split("."):
            if isinstance(value, list):
                value = [each.get(name) for each in value]
            elif value is not None:
                value = value.get(name)
        if self.kind is Kind.JSON and value is not None:
            return orjson.dumps(value).decode()
        return value
