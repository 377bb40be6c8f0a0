"""`coalition erase …`: by an operator who has the key store."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from tests.service.cli.conftest import Installation, assert_fault
from tests.service.coalition import Coalition
from tests.service.ledger.erasures import entry_of, holding, opened, represented


@pytest.fixture
def lived(database_url: str, tmp_path: Path) -> tuple[Installation, Coalition]:
    coalition = Coalition(database_url, tmp_path)
    place = Installation(tmp_path, database_url)
    place.kek.write_bytes(bytes(range(32)))
    place.kek.chmod(0o600)
    return place, coalition


def test_an_operator_erases_and_finishes(lived: tuple[Installation, Coalition]) -> None:
    place, coalition = lived
    party, person = represented(coalition)
    entry, registered = entry_of(coalition.ledger, party)
    _, appointed = entry_of(coalition.ledger, party, 2)
    coalition.close()

    first = place.must("erase", "person", person, "--json")
    assert len(json.loads(first.stdout)["positions"]) == 2  # they speak no more, either
    assert json.loads(place.must("erase", "person", person, "--json").stdout) == {"positions": []}
    place.must("erase", "value", entry, "name")
    assert "docs/operators.md" in place.must("erase", "finish").stderr

    with closing(coalition.reopen()) as reopened:
        assert "data.name" not in opened(reopened, registered)
        assert "data.name" not in opened(reopened, appointed)
    assert holding([place.folder], b"Zanzaboom") == []


def test_what_makes_no_sense_is_refused(lived: tuple[Installation, Coalition]) -> None:
    place, coalition = lived
    party, _ = represented(coalition)
    entry, _ = entry_of(coalition.ledger, party)
    coalition.close()
    assert_fault(place.run("erase", "person", "nobody"), 1, "no such person")
    assert_fault(place.run("erase", "value", "nothing", "name"), 2, "no entry nothing")
    assert_fault(place.run("erase", "value", entry, "shoe"), 1, "no such field")
    assert_fault(place.run("erase", "value", entry, "party_type"), 1, "Rules go by")
