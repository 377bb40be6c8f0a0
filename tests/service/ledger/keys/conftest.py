"""Key stores that were just created."""

from collections.abc import Iterator

import pytest

from service.ledger.keys import KeyStore
from tests.service.ledger.keys.stores import KEK


@pytest.fixture
def store(database_url: str) -> Iterator[KeyStore]:
    store = KeyStore.create(database_url, KEK)
    yield store
    store.close()


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[KeyStore]:
    store = KeyStore.create(sqlite_url, KEK)
    yield store
    store.close()
