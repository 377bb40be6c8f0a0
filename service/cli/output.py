"""Data to stdout, everything else to stderr."""

# Help must be there at once, so what takes long to import is imported where it is used.
# ruff: noqa: PLC0415

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import typer


def data(value: object) -> None:
    """Print a value to stdout as one line of JSON."""
    import orjson

    typer.echo(orjson.dumps(value).decode())


def table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows to stdout in columns."""
    lines = [[str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    for line in lines:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        typer.echo("  ".join(padded).rstrip())


def say(text: str) -> None:
    """Tell whoever runs the command something, on stderr."""
    typer.echo(text, err=True)


@contextlib.contextmanager
def progress(doing: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far something is, to people; give what is told of it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
