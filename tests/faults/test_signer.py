"""A signer that dies between any two of its effects neither forks nor forgets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.forking import Parent
from tests.faults.signing import DIED
from tests.service.coalition import Coalition
from tests.service.transparency.conftest import SignedLog

EFFECTS = 5  # opening is told twice, and the end of reading is a commit as well


@pytest.fixture(scope="module")
def signing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parent]:
    with Parent("tests.faults.signing", tmp_path_factory.mktemp("signing")) as parent:
        yield parent


@pytest.mark.parametrize("dies_before", range(1, EFFECTS + 2))
def test_killing_the_signer_between_any_two_effects_forks_and_forgets_nothing(
    database_url: str, tmp_path: Path, signing: Parent, dies_before: int
) -> None:
    coalition = Coalition(database_url, tmp_path)
    log = SignedLog(coalition, tmp_path)
    first = log.signer.sign()
    log.grow(9)
    places = coalition.places
    code, said = signing.run(
        places.database_url, places.keys_url, str(log.file.path), str(dies_before)
    )
    assert code == (DIED if dies_before <= EFFECTS else 0), said
    kept, shown = log.verified(log.file.read()), log.verified(log.published())
    assert shown.size <= kept.size, "published before it was durable"
    assert kept.size in {log.verified(first).size, log.verified(first).size + 1}
    log.grow(10)
    # What the dead one signed is extended, or it would be refused here.
    signed = log.signer.sign()
    assert log.published() == log.file.read() == signed
    coalition.close()
