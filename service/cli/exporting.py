"""`coalition export`."""

# Help must be there at once, so what takes long to import is imported where it is used.
# ruff: noqa: PLC0415

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Annotated

import typer

from service.cli.exits import UsageError
from service.cli.output import say


def export(
    name: Annotated[
        str, typer.Argument(help="Which file, such as directory.csv or hsds/services.json.")
    ],
    *,
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A parameter, such as counties=29510; repeatable."),
    ] = None,
    to: Annotated[Path | None, typer.Option(help="A file to write; stdout without this.")] = None,
) -> None:
    """Write what is public of a list, as `/export/…` of the service gives it to anybody."""
    from service.graphql.execution import Engine
    from service.graphql.schema import build_schema
    from service.opening import open_ledger
    from service.partners.exports import EXPORTS
    from service.partners.reading import Reading, RefusedError
    from service.settings import Settings, load

    public = [each for each, found in EXPORTS.items() if not found.rows.personal]
    if name not in public:
        raise UsageError(f"There is no export {name}; one of: {', '.join(public)}.")
    wrong = [each for each in where or () if "=" not in each]
    if wrong:
        raise UsageError(f"--where is NAME=VALUE, and {wrong[0]!r} is not.")
    parameters = [(each.partition("=")[0], each.partition("=")[2]) for each in where or ()]
    with contextlib.closing(open_ledger(load(Settings))) as ledger:
        found = EXPORTS[name]
        try:
            wanted = found.wanted(name, parameters)
            reading = Reading(Engine(build_schema(), ledger), wanted)
        except RefusedError as error:
            raise UsageError(str(error)) from None
        layout = found.layout(reading, ledger.origin)
        with contextlib.nullcontext(sys.stdout.buffer) if to is None else to.open("wb") as file:
            file.write(layout.head())
            for rows in reading:
                file.write(layout.rows(rows))
            for written in layout.foot():
                file.write(written)
    say(f"{name} as of position {reading.position}.")
