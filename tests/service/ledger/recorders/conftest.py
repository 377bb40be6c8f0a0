"""Recorders of an empty ledger."""

from collections.abc import Iterator

import pytest

from service.ledger.factory import LedgerFactory
from service.ledger.recorder import LedgerProcessRecorder
from tests.service.ledger.recorders.recorders import opened


@pytest.fixture
def factory(database_url: str) -> Iterator[LedgerFactory]:
    with opened(database_url) as factory:
        yield factory


@pytest.fixture
def recorder(factory: LedgerFactory) -> LedgerProcessRecorder:
    return LedgerProcessRecorder(factory.datastore)
