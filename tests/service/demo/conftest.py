"""A demonstration coalition, made once for all the tests that look at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from domain.ledger.recorded import Recorded
from service.demo.script import Script
from service.demo.seed import DemoCoalition
from tests.service.demo.story import make, read, script


@pytest.fixture(scope="package")
def told() -> Script:
    """The story as it is written."""
    return script(1)


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoCoalition]:
    """The same story, played."""
    made = make(tmp_path_factory.mktemp("demo"), 1)
    yield made
    made.ledger.close()


@pytest.fixture(scope="package")
def entries(demo: DemoCoalition) -> list[Recorded]:
    """Every entry of it, opened as far as rules may look."""
    return read(demo)
