"""`coalition schema …`: the GraphQL schema."""

# Help must be there at once, so what takes long to import is imported where it is used.
# ruff: noqa: PLC0415

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli.output import data, table

app = typer.Typer(help="The GraphQL schema.", no_args_is_help=True)


@app.command("print")
def print_() -> None:
    """Print the schema, as in schema.graphql."""
    from service.graphql.schema import print_schema

    typer.echo(print_schema().rstrip("\n"))


@app.command()
def documents(
    folder: Annotated[Path, typer.Argument(help="Its files that end in .graphql are read.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check documents that clients are to name, and print the id of each."""
    from service.graphql.schema import build_schema
    from service.graphql.trusted import document_id, read_folder

    schema = build_schema()._schema  # noqa: SLF001 - strawberry has no other name for it
    ids = {name: document_id(text) for name, text in read_folder(folder, schema).items()}
    if as_json:
        data(ids)
    else:
        table(("file", "documentId"), [[name, ids[name]] for name in ids])
