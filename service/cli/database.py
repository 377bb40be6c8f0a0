"""`coalition db …`: the schema of the ledger's database."""

# Help must be there at once, so what takes long to import is imported where it is used.
# ruff: noqa: PLC0415

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from service.cli.output import say

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from service.settings import DatabaseSettings

app = typer.Typer(help="The schema of the ledger's database.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `upgrade` a command of its own: typer would run a single one without its name."""


@app.command()
def upgrade() -> None:
    """Bring the schema up to date; nothing changes when it is.

    It runs as the role of COALITION_MIGRATION_URL where there is one, and needs no keys.
    """
    from service.settings import DatabaseSettings, load

    settings = load(DatabaseSettings)

    from projections import schema
    from service.opening import existing_database

    existing_database(settings.database_url).dispose()
    before = migrate(settings)
    if before == schema.head():
        say(f"The schema is {before} already.")
    else:
        say(f"The schema is {schema.head()} now.")


def migrate(settings: DatabaseSettings) -> str | None:
    """Bring the schema up to date, and give the role that serves its rights.

    Returns:
        The revision that was found; ``None`` for an empty database.
    """
    import sqlalchemy as sa

    from projections import schema
    from service.ledger.engine import begin_writing, create_engine
    from service.ledger.sql import LOCK_KEY

    engine = create_engine(settings.migration_url or settings.database_url, pool_size=2)
    try:
        with begin_writing(engine) as connection:
            if connection.dialect.name == "postgresql":
                # Two migrations at once would both make the same tables.
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_KEY)))
            before = schema.current(connection)
            schema.upgrade(connection)
            grant_rights(settings, connection)
    finally:
        engine.dispose()
    return before


def grant_rights(settings: DatabaseSettings, connection: Connection) -> None:
    """Give the role that serves its rights, where it is not the one that migrates."""
    from sqlalchemy.engine import make_url

    from projections import grants

    if connection.dialect.name != "postgresql":
        return
    role = settings.api_role or make_url(settings.database_url).username
    owner = connection.exec_driver_sql("SELECT current_user").scalar()
    if role not in (None, owner):
        grants.grant_api(connection, str(role))
