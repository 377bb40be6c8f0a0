"""The application over a founded coalition, as a client reaches it."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from unittest import mock

import pytest
from starlette.testclient import TestClient

from service.app import build_app
from service.graphql.schema import build_schema
from service.ledger.engine import begin_writing
from service.security import issuing
from service.security.principal import Role
from service.settings import Settings, load
from tests.service.coalition import Coalition

HOST = "ledger.example.org"

# To build it takes longer than most of the tests, and it keeps nothing of what it is asked.
schema_once = functools.cache(build_schema)


def settings_of(coalition: Coalition, **overrides: object) -> Settings:
    """Return settings that name a test's coalition; its ledger is open already."""
    return load(
        Settings,
        **{
            "database_url": coalition.places.database_url,
            "keys_url": coalition.places.keys_url,
            "kek": "unused: the ledger is open",
            "allowed_hosts": HOST,
            "max_body_bytes": 4_096,
            **overrides,
        },
    )


def new_key(coalition: Coalition, role: Role = Role.DIRECTOR) -> str:
    """Make an API key for the one who has a role."""
    with begin_writing(coalition.ledger.engine) as connection:
        made = issuing.create(
            connection, coalition.principals[role], "a test's", now=datetime.now(UTC)
        )
    return made.text


@contextmanager
def serving(coalition: Coalition, **overrides: object) -> Iterator[TestClient]:
    """Give a client of a coalition."""
    with mock.patch("service.app.build_schema", schema_once):
        app = build_app(coalition.ledger, settings_of(coalition, **overrides))
    with TestClient(app, base_url=f"http://{HOST}") as opened:
        yield opened


@pytest.fixture(scope="module")
def shared_coalition(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coalition]:
    """A coalition on SQLite, for tests that change nothing."""
    folder = tmp_path_factory.mktemp("coalition")
    founded = Coalition(f"sqlite:///{folder / 'ledger.db'}", folder)
    yield founded
    founded.close()


@pytest.fixture(scope="module")
def client(shared_coalition: Coalition) -> Iterator[TestClient]:
    """A client of the shared coalition."""
    with serving(shared_coalition) as opened:
        yield opened
