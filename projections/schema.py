"""The database's schema: brought up to date by migrations, and by nothing else.

Events are never rewritten by a migration; it makes tables, and views are rebuilt from entries.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from importlib.resources import files
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from projections.model import ReadModel
from projections.tables import read_models

_REVISION: Final = re.compile(r'^revision(?::[^=]+)? = "(\w+)"', re.MULTILINE)
_REPLACED: Final = re.compile(r'^down_revision(?::[^=]+)? = "(\w+)"', re.MULTILINE)


def upgrade(connection: Connection) -> None:
    """Bring the schema up to date.

    Args:
        connection: in a transaction that may write, which the caller commits; on PostgreSQL of
            the role that is to own the tables.
    """
    # Alembic is for those who migrate: whoever serves need not keep it in memory.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "projections:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def current(connection: Connection) -> str | None:
    """Return the revision of a database; ``None`` before the first migration."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(
        sa.text("SELECT version_num FROM alembic_version")
    ).scalar()
    return version


@functools.cache
def head() -> str:
    """Return the revision that this software needs: the one that no other follows."""
    texts = [
        each.read_text()
        for each in files("projections.migrations.versions").iterdir()
        if each.name.endswith(".py")
    ]
    revisions = {found for text in texts for found in _REVISION.findall(text)}
    newest: str
    (newest,) = revisions - {found for text in texts for found in _REPLACED.findall(text)}
    return newest


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
