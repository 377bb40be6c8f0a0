"""A coalition with something of everything, and a client that fetches files of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from service.security.principal import Role
from tests.service.coalition import Coalition
from tests.service.graphql.story import Story
from tests.service.http.conftest import new_key, serving
from tests.service.partners.hooks import Telling


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The story on SQLite, for tests that change nothing."""
    folder: Path = tmp_path_factory.mktemp("story")
    story = Story(f"sqlite:///{folder / 'ledger.db'}", folder)
    yield story
    story.close()


@pytest.fixture(scope="module")
def files(told: Story) -> Iterator[TestClient]:
    """A client of it."""
    with serving(told.coalition) as client:
        yield client


@pytest.fixture(scope="module")
def headers(told: Story) -> dict[Role, dict[str, str]]:
    """What each role sends to be known by; nobody signs in as the system."""
    told.coalition.principals[Role.REPRESENTATIVE] = told.representative
    keys = {
        role: new_key(told.coalition, role)
        for role in Role
        if role not in (Role.PUBLIC, Role.SYSTEM)
    }
    return {
        Role.PUBLIC: {},
        **{role: {"authorization": f"Bearer {key}"} for role, key in keys.items()},
    }


@pytest.fixture
def story(database_url: str, tmp_path: Path) -> Iterator[Story]:
    """The story on both kinds of database."""
    made = Story(database_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def telling_all(coalition: Coalition) -> Iterator[Telling]:
    made = Telling(coalition)
    yield made
    made.close()


@pytest.fixture
def small(small_coalition: Coalition) -> Iterator[Telling]:
    made = Telling(small_coalition)
    yield made
    made.close()
