"""The database's schema: brought up to date by migrations, and by nothing else.

Events are never rewritten by a migration; it makes tables, and views are rebuilt from entries.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from projections.model import ReadModel
from projections.tables import read_models


def upgrade(connection: Connection) -> None:
    """Bring the schema up to date.

    Args:
        connection: in a transaction that may write, which the caller commits; on PostgreSQL of
            the role that is to own the tables.
    """
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def current(connection: Connection) -> str | None:
    """Return the revision of a database; ``None`` before the first migration."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """Return the revision that this software needs."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        message = "there are no migrations"
        raise RuntimeError(message)
    return revision


def is_current(connection: Connection) -> bool:
    """Whether a database has the schema that this software needs."""
    return current(connection) == head()


def outdated(connection: Connection, models: Iterable[ReadModel[Any]]) -> list[str]:
    """Return the names of the read models whose tables another version of their fold made.

    They are to be rebuilt before they answer.
    """
    found = connection.execute(sa.select(read_models.c.name, read_models.c.version))
    made = {row.name: row.version for row in found}
    return [model.name for model in models if made.get(model.name) != model.version]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "projections:migrations")
    return config
