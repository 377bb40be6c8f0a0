"""Databases with the present schema, without entries."""

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import Engine

from projections import schema
from service.ledger.engine import begin_writing, create_engine


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a fresh database with every table."""
    made = create_engine(database_url)
    with begin_writing(made) as connection:
        schema.upgrade(connection)
    yield made
    made.dispose()
