"""The present schema for a test's empty database: migrated once a process, then copied.

What migrations do is the subject of `tests.projections.test_schema`, and founding from nothing of
`tests.service.cli.test_founding`. All others only need what comes out of it, forty migrations
later, and copying that takes a fraction of the time.
"""

from __future__ import annotations

import contextlib
import functools
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from projections import schema
from service.ledger.engine import begin_writing, create_engine
from tests.databases import connect, create_database, drop_database

_TEMPLATES: dict[str, str] = {}
"""The URL of a migrated database by that of its server."""


def give_schema(url: str) -> None:
    """Give a database the present schema if it has nothing in it, and else leave it alone."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        assert parsed.database is not None
        file = Path(parsed.database)
        if not file.exists():
            file.write_bytes(_migrated_file())
    elif _is_empty(url):
        _copy(url, _template(_server(url)))


def drop_templates() -> None:
    """Drop what was made to be copied on servers that are still there."""
    while _TEMPLATES:
        with contextlib.suppress(psycopg.OperationalError):
            drop_database(*_TEMPLATES.popitem())


def _copy(url: str, template: str) -> None:
    names = {
        "name": sql.Identifier(str(make_url(url).database)),
        "template": sql.Identifier(str(make_url(template).database)),
    }
    with connect(_server(url)) as connection:
        connection.execute(sql.SQL("DROP DATABASE {name}").format(**names))
        connection.execute(sql.SQL("CREATE DATABASE {name} TEMPLATE {template}").format(**names))


def _server(url: str) -> str:
    return make_url(url).set(database="postgres").render_as_string(hide_password=False)


def _is_empty(url: str) -> bool:
    with connect(url) as connection:
        tables = "SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace LIMIT 1"
        return connection.execute(tables).fetchone() is None


@functools.cache
def _migrated_file() -> bytes:
    with tempfile.TemporaryDirectory(prefix="coalition-") as folder:
        file = Path(folder) / "migrated.db"
        _migrate(f"sqlite:///{file}")
        return file.read_bytes()


def _template(server_url: str) -> str:
    if server_url not in _TEMPLATES:
        _TEMPLATES[server_url] = create_database(server_url)
        _migrate(_TEMPLATES[server_url])
    return _TEMPLATES[server_url]


def _migrate(url: str) -> None:
    engine = create_engine(url)
    with begin_writing(engine) as connection:
        schema.upgrade(connection)
    # The last connection to a SQLite file leaves nothing beside it.
    engine.dispose()
