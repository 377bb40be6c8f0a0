"""Fixtures for the schema: clients of a coalition, fresh or with a story in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.coalition import Coalition
from tests.service.graphql.api import Api
from tests.service.graphql.asked import Asked
from tests.service.graphql.listed import Lived
from tests.service.graphql.recording import write_down_one_of_everything
from tests.service.graphql.story import Story


@pytest.fixture
def api(coalition: Coalition) -> Api:
    """The schema over a coalition that was just founded, on each kind of database."""
    return Api(coalition)


@pytest.fixture
def small_api(small_coalition: Coalition) -> Api:
    """The schema over a coalition that was just founded, on SQLite alone."""
    return Api(small_coalition)


@pytest.fixture
def recorded(api: Api) -> Api:
    """A coalition that has written down one of everything."""
    write_down_one_of_everything(api)
    return api


@pytest.fixture
def lived(database_url: str, tmp_path: Path) -> Iterator[Lived]:
    """Three partners, the first of which is listed, on each kind of database."""
    lived = Lived(database_url, tmp_path)
    yield lived
    lived.assembly.coalition.close()


@pytest.fixture
def asked(database_url: str, tmp_path: Path) -> Iterator[Asked]:
    """Three partners who are asked to vote, on each kind of database."""
    made = Asked(database_url, tmp_path)
    yield made
    made.coalition.close()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A coalition with a story, on SQLite, for tests that change nothing."""
    folder = tmp_path_factory.mktemp("story")
    told = Story(f"sqlite:///{folder / 'ledger.db'}", folder)
    yield told
    told.close()
