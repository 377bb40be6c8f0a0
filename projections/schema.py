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

from projections import generations
from projections.model import ReadModel
from projections.tables import read_models

_REVISION: Final = re.compile(r'^revision(?::[^=]+)? = "(\w+)"', re.MULTILINE)
_REPLACED: Final = re.compile(r'^down_revision(?::[^=]+)? = "(\w+)"', re.MULTILINE)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the schema up to date, or to an earlier revision that a database has not reached.

    Args:
        connection: in a transaction that may write, which the caller commits; on PostgreSQL of
            the role that is to own the tables.
        revision: how far.
    """
    # Alembic is for those who migrate: whoever serves need not keep it in memory.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    # Migrations know the indexes of views by their first names.
    generations.restore_names(connection)
    config = Config()
    config.set_main_option("script_location", "projections:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


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
    newest: str
    (newest,) = revisions() - {each for text in _texts() for each in _REPLACED.findall(text)}
    return newest


def revisions() -> frozenset[str]:
    """Return every revision that this software knows how to bring up to date."""
    return frozenset(each for text in _texts() for each in _REVISION.findall(text))


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


def forget_versions(connection: Connection) -> None:
    """Let every read model count as outdated: the entries came without its rows."""
    connection.execute(sa.update(read_models).values(version=0))


def _texts() -> list[str]:
    return [
        each.read_text()
        for each in files("projections.migrations.versions").iterdir()
        if each.name.endswith(".py")
    ]
