"""Databases with the present schema, without entries."""

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import Engine

from service.ledger.engine import create_engine
from tests.migrated import give_schema


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a fresh database with every table."""
    give_schema(database_url)
    made = create_engine(database_url)
    yield made
    made.dispose()
