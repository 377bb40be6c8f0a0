"""Files of rows, read by others than who wrote them."""

from __future__ import annotations

import csv
import io
from typing import Any

from arro3.core import Table
from arro3.io import read_parquet
from httpx2 import Response


def table(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def parquet(content: bytes) -> Table:
    """Return what a Parquet file holds."""
    return Table.from_arrow(read_parquet(content))


def rows_of(found: Table) -> list[dict[str, Any]]:
    """Return the rows of a table."""
    columns = [column.to_pylist() for column in found.columns]
    return [dict(zip(found.column_names, row, strict=True)) for row in zip(*columns, strict=True)]


def text_of(answer: Response) -> str:
    """Return all that can be read in a file, in its compressed values too."""
    text = answer.content.decode("utf-8", "replace")
    if answer.headers.get("content-type") == "application/vnd.apache.parquet":
        for row in rows_of(parquet(answer.content)):
            for value in row.values():
                values = value if isinstance(value, list) else [value]
                text += "".join(f"\n{each}" for each in values)
    return text
