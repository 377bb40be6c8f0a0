"""`coalition log …`: the log as others see it."""

# Help must be there at once, so what takes long to import is imported where it is used.
# ruff: noqa: PLC0415

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from service.cli.output import data, say

app = typer.Typer(help="The log: export it, show its keys.", no_args_is_help=True)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where to; it may hold an earlier export.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print what is there, as JSON.")] = False,
) -> None:
    """Write what is published as files for any web host; repeated, add what is new.

    The service may run meanwhile. No keys are needed.
    """
    from service.settings import DatabaseSettings, load

    settings = load(DatabaseSettings)

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from service.opening import open_database
    from service.transparency.export import export as export_log

    engine = open_database(settings.database_url)
    columns = (TextColumn("writing"), BarColumn(), MofNCompleteColumn())
    try:
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task("writing", total=None)
            checkpoint = export_log(
                engine,
                folder,
                lambda done, total: bar.update(task, completed=done, total=total),
            )
    finally:
        engine.dispose()
    if as_json:
        root = checkpoint.root.hex()
        data({"origin": checkpoint.origin, "size": checkpoint.size, "rootHash": root})
    say(f"{folder} has the {checkpoint.size} entries of {checkpoint.origin}.")


@app.command("keys")
def keys_() -> None:
    """Print the log's verifier keys, as auditors and witnesses are given them."""
    from service.settings import Settings, load

    settings = load(Settings)

    from service.opening import open_ledger

    with closing(open_ledger(settings, outdated=True)) as ledger:
        for key in ledger.signing_keys:
            typer.echo(str(key.verifier))
