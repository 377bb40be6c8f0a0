"""`coalition schema …`: the GraphQL schema."""

# Help must be there at once, so what takes long to import is imported where it is used.
# ruff: noqa: PLC0415

from __future__ import annotations

import typer

app = typer.Typer(help="The GraphQL schema.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `print` a command of its own: typer would run a single one without its name."""


@app.command("print")
def print_() -> None:
    """Print the schema, as in schema.graphql."""
    from service.graphql.schema import print_schema

    typer.echo(print_schema().rstrip("\n"))
