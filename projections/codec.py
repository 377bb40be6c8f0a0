"""From rows to the values of columns and back, alike for both databases.

Values go to the driver as integers, text and ``None`` only: dates as ISO 8601, enums by value,
everything composed as canonical JSON. psycopg sends text without a type, so that the server
takes the column's; with typed parameters every mix of widths would be a statement of its own.
"""

from __future__ import annotations

import operator
import types
import typing
from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec

StructT = TypeVar("StructT", bound=msgspec.Struct)

Value = int | str | None
"""What a driver is given for a column."""

_Convert = Callable[[Any], Any]

_json = msgspec.json.Encoder(order="sorted")


class Codec(Generic[StructT]):
    """Encodes and decodes the rows of one type."""

    def __init__(self, row_type: type[StructT]) -> None:
        self.row_type = row_type
        self.columns: tuple[str, ...] = row_type.__struct_fields__
        hints = typing.get_type_hints(row_type)
        pairs = [_column(hints[name]) for name in self.columns]
        self._encoders = [(index, pair[0]) for index, pair in enumerate(pairs) if pair[0]]
        self._decoders = [(index, pair[1]) for index, pair in enumerate(pairs) if pair[1]]

    def encode(self, row: StructT) -> list[Value]:
        """Return the values of a row's columns, in order."""
        values: list[Any] = list(msgspec.structs.astuple(row))
        for index, encode in self._encoders:
            value = values[index]
            if value is not None:
                values[index] = encode(value)
        return values

    def decode(self, values: Sequence[Any]) -> StructT:
        """Return the row of column values as either driver gives them.

        Args:
            values: at least as many as there are columns; further ones are left out.
        """
        fields = list(values[: len(self.columns)])
        for index, decode in self._decoders:
            value = fields[index]
            if value is not None:
                fields[index] = decode(value)
        return self.row_type(*fields)


def iso_date(value: date | str) -> date:
    """Return a date as PostgreSQL's driver (a date) or SQLite's (text) gives it."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def _column(hint: object) -> tuple[_Convert, _Convert] | tuple[None, None]:
    kind = _without_none(hint)
    if kind in (int, str):
        return None, None
    if kind is date:
        return date.isoformat, iso_date
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return operator.attrgetter("_value_"), kind
    return _json_text, msgspec.json.Decoder(kind).decode


def _without_none(hint: object) -> object:
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        (kind,) = (part for part in typing.get_args(hint) if part is not type(None))
        return _without_none(kind)
    return getattr(hint, "__supertype__", hint)


def _json_text(value: object) -> str:
    # Most composed columns are empty most of the time.
    return _json.encode(value).decode() if value else _empty(value)


def _empty(value: object) -> str:
    return "{}" if isinstance(value, dict) else "[]"
