"""Files of rows: CSV (RFC 4180) and JSON Lines, written page by page."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

import orjson

from service.partners.columns import Column

BETWEEN: Final = "; "
"""Stands between the values of one cell."""

_ACTIVE: Final = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class Layout(Protocol):
    """How a list is written to a file: `head`, then `rows` of each page, then `foot`.

    All but `head` may take a while and block.
    """

    media_type: str

    def head(self) -> bytes:
        """Return what stands before the rows."""

    def rows(self, found: Sequence[dict[str, Any]]) -> bytes:
        """Return the rows of a page."""

    def foot(self) -> Iterator[bytes]:
        """Yield what stands after them."""


class JsonLines:
    """Each row as the API gives it, on a line of its own."""

    media_type = "application/jsonl; charset=utf-8"

    def head(self) -> bytes:
        """Return nothing."""
        return b""

    def rows(self, found: Sequence[dict[str, Any]]) -> bytes:
        """Return a line for each row."""
        return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in found)

    def foot(self) -> Iterator[bytes]:
        """Yield nothing."""
        yield from ()


class Csv:
    """A table with a header, that spreadsheets open without running what others wrote.

    Args:
        columns: those of a row, by name.
    """

    media_type = "text/csv; charset=utf-8; header=present"

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._columns = columns

    def head(self) -> bytes:
        """Return the names of the columns."""
        return _lines([list(self._columns)])

    def rows(self, found: Sequence[dict[str, Any]]) -> bytes:
        """Return a line for each row."""
        columns = self._columns.values()
        return _lines([[cell(each.of(row)) for each in columns] for row in found])

    def foot(self) -> Iterator[bytes]:
        """Yield nothing."""
        yield from ()


def cell(value: object) -> str:
    """Return a value as a cell: text that a spreadsheet takes for text, never for a formula.

    A spreadsheet runs a cell that begins with one of a few characters, whoever wrote it (OWASP,
    "CSV injection"). An apostrophe before it has it shown instead.
    """
    if isinstance(value, list):
        text = BETWEEN.join(str(each) for each in value if each is not None)
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, int):
        return str(value)
    else:
        text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_ACTIVE) else text


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()
